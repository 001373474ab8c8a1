//! `kind: Policy`: people, groups and verbs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text;

/// Who may do what. Its version only rises.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "text::api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "text::kind_policy")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// Rises with each change.
    #[schemars(range(min = 1))]
    pub(crate) version: u64,
    /// Everybody who may act, by the name this policy gives them.
    pub(crate) people: BTreeMap<String, Person>,
    /// Groups of people.
    #[serde(default)]
    pub(crate) teams: BTreeMap<String, Vec<String>>,
    /// Who holds a role.
    #[serde(default)]
    pub(crate) roles: BTreeMap<String, Vec<String>>,
    /// Who may use each verb: `alice`, `team:sre`, `role:oncall`, `anyone`. A verb that is not
    /// listed is allowed to nobody.
    #[serde(default)]
    #[schemars(schema_with = "text::verbs")]
    pub(crate) allow: BTreeMap<hardstop_core::policy::Verb, Vec<String>>,
    /// Runbooks that are not to be run any more. No run of one is opened, and one that is under
    /// way starts nothing new.
    #[serde(default)]
    pub(crate) revoked: Vec<Revoked>,
}

/// A runbook that is not to be run any more: either `text` or `commit`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revoked {
    /// Its text, wherever it is committed: `sha256:` and what `sha256sum` says of the file.
    #[serde(default)]
    #[schemars(schema_with = "text::digest")]
    pub(crate) text: Option<String>,
    /// The commit that runs are pinned to: all of its digits. A later commit with the same text is
    /// another one.
    #[serde(default)]
    #[schemars(schema_with = "text::commit")]
    pub(crate) commit: Option<String>,
    /// Why, for whoever wants to run it.
    pub(crate) reason: String,
}

/// One person's accounts and keys: whichever they use, they are one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// E-mail addresses, as Git knows them.
    #[serde(default)]
    pub(crate) emails: Vec<String>,
    /// SSH public keys, as in an `authorized_keys` file.
    #[serde(default)]
    pub(crate) keys: Vec<String>,
    /// Numeric account ids by forge.
    #[serde(default)]
    pub(crate) accounts: BTreeMap<String, u64>,
}
