//! `kind: Config`: what a repository grants and where it keeps evidence.

use std::collections::BTreeMap;

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
    /// What plugins are told and granted, by their names.
    #[serde(default)]
    pub(crate) plugins: BTreeMap<String, Plugin>,
    /// What starts runs without a person's command.
    pub(crate) triggers: Option<Triggers>,
}

/// What a plugin is told and granted. It gets what its manifest asks for and is granted here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plugin {
    /// Texts that it reads, by the names its manifest gives them.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, String>,
    /// What it may reach; nothing if not given.
    pub(crate) grants: Option<PluginGrants>,
    /// How much one call may take.
    pub(crate) caps: Option<PluginCaps>,
}

/// What a plugin may reach.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginGrants {
    /// Where it may send requests; nowhere if not given.
    #[serde(default)]
    pub(crate) http: Vec<PluginHttp>,
    /// The secrets that are put into its requests, by the names its manifest gives them. One
    /// without a source is the runbook's secret of that name.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, PluginSecret>,
}

/// Requests a plugin may send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginHttp {
    /// `https://ci.example.com`, with a port if it is not the usual one. The host may be
    /// `*.example.com`, which is any host below it, or `*`.
    pub(crate) origin: String,
    /// The methods, in upper case; any if not given.
    pub(crate) methods: Option<Vec<String>>,
    /// Whether the host may be in a private network, or be this machine; false if not given.
    pub(crate) private: Option<bool>,
}

/// A secret, and where its value may go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginSecret {
    /// The runner's environment variable it is in.
    pub(crate) env: Option<String>,
    /// The file it is in, by its absolute path.
    pub(crate) file: Option<String>,
    /// A program that prints it, with its arguments.
    pub(crate) command: Option<Vec<String>>,
    /// The one header it may be put into, such as `authorization`.
    pub(crate) header: String,
    /// The hosts it may go to, written as in `origin`.
    pub(crate) hosts: Vec<String>,
}

/// How much one call of a plugin may take.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginCaps {
    /// The most bytes of one response; 16 MiB if not given.
    #[schemars(schema_with = "text::size")]
    #[serde(default)]
    pub(crate) response: Option<String>,
    /// The most time one request may take; 1 min if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) request_time: Option<String>,
    /// The most requests of one call, redirects included; 100 if not given.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) requests: Option<u32>,
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
