//! What forces builds, and the parameters it takes.

use std::collections::BTreeMap;

use hardstop_ci::scalar;
use hardstop_sdk::{Call, Failure, http::encode};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::{get, list};

/// The parameter that takes the attempt's key, where it is declared.
pub(crate) const KEY: &str = "hardstop";

/// A `ForceScheduler`, as `data/forceschedulers.py` of Buildbot describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct ForceScheduler {
    name: String,
    builder_names: Vec<String>,
    enabled: bool,
    all_fields: Vec<Field>,
}

/// A parameter, or a group of them.
#[derive(Debug, Deserialize)]
struct Field {
    /// What it is sent as; a group may have none.
    #[serde(rename = "fullName")]
    name: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    /// Those of a group.
    #[serde(default)]
    fields: Vec<Field>,
}

impl Field {
    fn takes_text(&self) -> bool {
        matches!(&*self.kind, "text" | "textarea")
    }
}

impl ForceScheduler {
    pub(crate) fn ask(call: &Call, name: &str) -> Result<Self, Failure> {
        let mut found: Vec<Self> = list("forceschedulers", get(call, &path(name))?)?;
        found.pop().ok_or_else(|| {
            Failure::new("not_found", format!("Buildbot has no scheduler `{name}` that forces"))
        })
    }

    pub(crate) fn forces(&self, builder: &str) -> bool {
        self.enabled && self.builder_names.iter().any(|it| it == builder)
    }

    /// What the reason is sent as, if it may be any text: people may have renamed it, or fixed it.
    pub(crate) fn reason(&self) -> Option<&str> {
        // A group of name and reason, in this order, comes first: `reconfigService` in
        // `schedulers/forcesched.py` of Buildbot.
        let reason = self.all_fields.first()?.fields.get(1)?;
        reason.name.as_deref().filter(|_| reason.takes_text())
    }

    /// Whether a parameter takes the attempt's key.
    pub(crate) fn takes_key(&self) -> bool {
        self.parameters().any(|it| it.name.as_deref() == Some(KEY) && it.takes_text())
    }

    /// Parameters as it takes them: a truth value as one, since it takes a text for false, and
    /// everything else as text.
    ///
    /// # Errors
    ///
    /// `bad_input` for a value that is none, and for a name that it does not take: Buildbot would
    /// drop it without a word.
    pub(crate) fn arguments(
        &self,
        given: &BTreeMap<String, Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let pairs = given.iter();
        pairs.map(|(name, value)| Ok((name.clone(), self.argument(name, value)?))).collect()
    }

    fn argument(&self, name: &str, value: &Value) -> Result<Value, Failure> {
        let text = scalar(name, value)?;
        if name == KEY || self.reason() == Some(name) {
            let message = format!("the parameter `{name}` is not given here: the step fills it in");
            return Err(Failure::bad_input(message));
        }
        let declared = self.parameters().find(|it| it.name.as_deref() == Some(name));
        match (declared.map(|it| &*it.kind), &*text) {
            (Some("bool"), "true" | "false") => Ok(Value::Bool(text == "true")),
            (Some("bool"), _) => Err(Failure::bad_input(format!(
                "the parameter `{name}` is true or false, not `{text}`"
            ))),
            (Some("fixed"), _) => Err(Failure::bad_input(format!(
                "`{}` fixes the parameter `{name}`: leave it out",
                self.name
            ))),
            (Some(_), _) => Ok(Value::String(text)),
            (None, _) => Err(Failure::bad_input(format!(
                "`{}` declares no parameter `{name}`; it takes {}",
                self.name,
                self.known()
            ))),
        }
    }

    /// The names that may be given.
    fn known(&self) -> String {
        let open = self.parameters().filter(|it| it.kind != "fixed");
        let names = open.filter_map(|it| it.name.as_deref());
        let names = names.filter(|it| *it != KEY && self.reason() != Some(*it));
        let names: Vec<String> = names.map(|it| format!("`{it}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    fn parameters(&self) -> impl Iterator<Item = &Field> {
        let mut left: Vec<&Field> = self.all_fields.iter().rev().collect();
        std::iter::from_fn(move || {
            loop {
                let field = left.pop()?;
                if field.kind != "nested" {
                    return Some(field);
                }
                left.extend(field.fields.iter().rev());
            }
        })
    }
}

/// Where a scheduler is asked and told.
pub(crate) fn path(name: &str) -> String {
    format!("forceschedulers/{}", encode(name))
}
