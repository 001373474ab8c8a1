//! `kind: Config`: what a repository grants and where it keeps evidence.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Triggers, text};

/// The configuration of a repository.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "text::api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "text::kind_config")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// What `run` steps may execute.
    pub(crate) exec: Option<Exec>,
    /// Where evidence is kept and who may sign it.
    pub(crate) evidence: Option<EvidencePlace>,
    /// What starts runs without a person's command.
    pub(crate) triggers: Option<Triggers>,
}

/// What `run` steps may execute.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exec {
    /// The programs, by name; any if not given, none if empty.
    pub(crate) allow: Option<Vec<String>>,
}

/// Where evidence is kept and who may sign it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidencePlace {
    /// The branch; `hardstop/evidence` if not given.
    pub(crate) branch: Option<String>,
    /// The file of allowed signers, relative to the repository; `.hardstop/allowed_signers` if
    /// not given.
    pub(crate) allowed_signers: Option<String>,
}
