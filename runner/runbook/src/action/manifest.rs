//! The manifest: what a plugin says of itself.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::limits::MANIFEST_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    error::InvalidManifest,
    examine::{examine, said},
};

/// What a plugin says of itself, as its `describe` gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The plugin's name: the first part of `uses`.
    pub name: String,
    /// Its release, `0.1.0`.
    pub version: String,
    /// The contract it was built for, `0.1.0`.
    pub contract: String,
    /// What it is for, in one line.
    pub summary: String,
    /// The programs it would execute. Only what is built in may ask for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecWish>,
    /// What it reads from the configuration, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, Setting>,
    /// Where it would send requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpWish>,
    /// The secrets it would have put into headers, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretWish>,
    /// What it can do, by name: the second part of `uses`.
    pub actions: BTreeMap<String, Action>,
}

/// Programs it would execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecWish {
    /// Which, and what for.
    pub why: String,
}

/// A text of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What it means.
    pub summary: String,
    /// Whether nothing works without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// How it may look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// Requests it would send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpWish {
    /// `scheme://host[:port]` with `*` or `*.example.com` for the host and `*` for the port, or
    /// `${config.<key>}`.
    pub origin: String,
    /// In upper case; any if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// What for.
    pub why: String,
}

/// A secret it would have put into a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretWish {
    /// What it is.
    pub summary: String,
    /// The header, in lower case.
    pub header: String,
    /// Whether nothing works without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// One thing it can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What it does, in one line.
    pub summary: String,
    /// More about it, in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Role::is_action")]
    pub role: Role,
    /// Whether doing it twice equals doing it once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// Whether it may go on by itself once it was begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub long: bool,
    /// The JSON Schema of what it is given.
    pub input: Value,
    /// The JSON Schema of what it gives.
    pub output: Value,
    /// How it is called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

/// What an action is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The work of a step.
    #[default]
    Action,
    /// Telling people.
    Notify,
    /// Listing what a fleet consists of: reserved.
    Targets,
    /// Keeping a change train: reserved.
    Train,
}

impl Role {
    /// The role in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Notify => "notify",
            Self::Targets => "targets",
            Self::Train => "train",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about so")]
    const fn is_action(&self) -> bool {
        matches!(self, Self::Action)
    }
}

/// A call of an action, as a runbook writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// What stands at `with`.
    pub with: Value,
}

impl Manifest {
    /// Reads what a component's `describe` gave, and examines all of it: names, roles, wishes,
    /// schemas, and whether its examples fit them.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong. Its author has to mend the plugin.
    pub fn parse(text: &str) -> Result<Self, InvalidManifest> {
        if text.len() > MANIFEST_BYTES_MAX {
            let why = format!("it has {} bytes; at most {MANIFEST_BYTES_MAX}", text.len());
            return Err(InvalidManifest::new("", why));
        }
        let manifest: Self = serde_json::from_str(text).map_err(|error| {
            InvalidManifest::new("", format!("it is no manifest: {}", said(&error)))
        })?;
        examine(&manifest)?;
        Ok(manifest)
    }

    /// What it asks to be granted, each in a line for people.
    pub fn asks(&self) -> BTreeSet<String> {
        let exec = self.exec.iter().map(|wish| format!("exec {}", wish.why));
        let http = self.http.iter().map(|wish| {
            let methods = if wish.methods.is_empty() {
                "any method".to_owned()
            } else {
                wish.methods.join(",")
            };
            format!("http {} {methods}", wish.origin)
        });
        let secrets = self.secrets.iter();
        let secrets = secrets.map(|(name, wish)| format!("secret {name} in {}", wish.header));
        exec.chain(http).chain(secrets).collect()
    }
}
