//! What a plugin is made of, and the manifest that says so.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{Action, action::Callable};

/// The contract this kit speaks.
const CONTRACT: &str = "0.1.0";

/// Everything a plugin is.
pub struct Plugin {
    name: &'static str,
    version: &'static str,
    summary: &'static str,
    settings: Vec<Setting>,
    http: Vec<Value>,
    secrets: Vec<Secret>,
    pub(super) actions: Vec<Box<dyn Callable>>,
}

/// A text of the configuration that the plugin reads.
#[derive(Clone, Debug)]
pub struct Setting {
    name: &'static str,
    summary: &'static str,
    example: &'static str,
    required: bool,
}

/// A secret the plugin would have put into a header.
#[derive(Clone, Debug)]
pub struct Secret {
    name: &'static str,
    summary: &'static str,
    header: &'static str,
    required: bool,
}

impl Setting {
    /// One that nothing goes without.
    pub fn required(name: &'static str, summary: &'static str, example: &'static str) -> Self {
        Self { name, summary, example, required: true }
    }

    /// One that may be left out.
    pub fn optional(name: &'static str, summary: &'static str, example: &'static str) -> Self {
        Self { name, summary, example, required: false }
    }
}

impl Secret {
    /// One that nothing goes without, for the header `header`.
    pub fn required(name: &'static str, header: &'static str, summary: &'static str) -> Self {
        Self { name, summary, header, required: true }
    }

    /// One that may be left out, for the header `header`.
    pub fn optional(name: &'static str, header: &'static str, summary: &'static str) -> Self {
        Self { name, summary, header, required: false }
    }
}

impl Plugin {
    /// A plugin that asks for nothing and does nothing yet.
    pub fn new(name: &'static str, version: &'static str, summary: &'static str) -> Self {
        let (settings, http, secrets, actions) = (vec![], vec![], vec![], vec![]);
        Self { name, version, summary, settings, http, secrets, actions }
    }

    /// It reads a text of the configuration.
    #[must_use]
    pub fn config(mut self, setting: Setting) -> Self {
        self.settings.push(setting);
        self
    }

    /// It would send requests.
    ///
    /// * `origin`: `scheme://host[:port]`, or `${config.<key>}`.
    /// * `why`: for those who decide whether to grant it.
    #[must_use]
    pub fn http(mut self, origin: &str, methods: &[&str], why: &str) -> Self {
        self.http.push(json!({ "origin": origin, "methods": methods, "why": why }));
        self
    }

    /// It would have a secret put into a header.
    #[must_use]
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// It has an action.
    #[must_use]
    pub fn action<I, O, S>(mut self, action: Action<I, O, S>) -> Self
    where
        I: DeserializeOwned + schemars::JsonSchema + 'static,
        O: Serialize + schemars::JsonSchema + 'static,
        S: Serialize + DeserializeOwned + 'static,
    {
        self.actions.push(Box::new(action));
        self
    }

    /// The manifest, a JSON document.
    pub fn describe(&self) -> String {
        self.manifest().to_string()
    }

    pub(crate) fn manifest(&self) -> Value {
        let setting = |it: &Setting| {
            let value =
                json!({ "summary": it.summary, "required": it.required, "example": it.example });
            (it.name.to_owned(), value)
        };
        let secret = |it: &Secret| {
            let value =
                json!({ "summary": it.summary, "header": it.header, "required": it.required });
            (it.name.to_owned(), value)
        };
        json!({
            "name": self.name,
            "version": self.version,
            "contract": CONTRACT,
            "summary": self.summary,
            "config": self.settings.iter().map(setting).collect::<Map<_, _>>(),
            "http": self.http,
            "secrets": self.secrets.iter().map(secret).collect::<Map<_, _>>(),
            "actions": self.actions.iter().map(|it| (it.name().to_owned(), it.manifest())).collect::<Map<_, _>>(),
        })
    }
}
