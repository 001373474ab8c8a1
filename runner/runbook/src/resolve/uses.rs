//! The call of a `uses` step.

use std::collections::BTreeMap;

use hardstop_core::{event::Call, model::Uses};

use super::resolver::Resolver;
use crate::expression::secret;

impl<'s> Resolver<'s> {
    /// Values keep their types. A parameter that is a secret goes by the name of the secret.
    pub(super) fn call(&self, uses: &'s Uses) -> Result<Call, String> {
        let (mut with, mut secrets) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in &uses.with {
            if let Some(written) = value.as_text().and_then(secret) {
                secrets.insert(name.clone(), self.secret(written)?);
            } else {
                let value = self.tree(value).map_err(|why| format!("`with.{name}`: {why}"))?;
                with.insert(name.clone(), value);
            }
        }
        let (action, evidence) = (uses.action.clone(), self.evidence()?);
        // What may be reached is the driver's to say.
        Ok(Call { action, with, secrets, evidence, grants: Vec::new() })
    }
}
