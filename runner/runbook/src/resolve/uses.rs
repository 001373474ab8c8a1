//! The call of a `uses` step.

use std::collections::BTreeMap;

use hardstop_core::{event::Call, model::Uses, value::Value};

use super::resolver::Resolver;
use crate::expression::secret;

impl<'s> Resolver<'s> {
    /// Values keep their types. A value that is a secret and nothing else is left out of its map,
    /// and nothing in its list; the call says by its path in `with` which secret belongs there,
    /// `headers/authorization` (a JSON pointer without the first `/`).
    pub(super) fn call(&self, uses: &'s Uses) -> Result<Call, String> {
        let (mut with, mut secrets) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in &uses.with {
            if let Some(value) = self.open(&pointed(name), value, &mut secrets)? {
                with.insert(name.clone(), value);
            }
        }
        Ok(Call { action: uses.action.clone(), with, secrets, evidence: self.evidence()? })
    }

    /// What a value comes to; `None` if it is a secret, which `secrets` then knows.
    fn open(
        &self,
        path: &str,
        value: &'s Value,
        secrets: &mut BTreeMap<String, String>,
    ) -> Result<Option<Value>, String> {
        Ok(match value {
            Value::Text(text) => match secret(text) {
                Some(written) => {
                    secrets.insert(path.to_owned(), self.secret(written)?);
                    None
                }
                None => Some(self.value(text).map_err(|why| format!("`with.{path}`: {why}"))?),
            },
            Value::Null | Value::Bool(_) | Value::Integer(_) => Some(value.clone()),
            Value::List(items) => {
                let mut opened = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let item = self.open(&format!("{path}/{index}"), item, secrets)?;
                    opened.push(item.unwrap_or(Value::Null));
                }
                Some(Value::List(opened))
            }
            Value::Map(members) => {
                let mut opened = BTreeMap::new();
                for (name, member) in members {
                    let path = format!("{path}/{}", pointed(name));
                    if let Some(member) = self.open(&path, member, secrets)? {
                        opened.insert(name.clone(), member);
                    }
                }
                Some(Value::Map(opened))
            }
        })
    }
}

/// A name as a part of a JSON pointer.
fn pointed(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
