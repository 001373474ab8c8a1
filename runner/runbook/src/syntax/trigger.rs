//! What starts runs without a person's command, and the request that a merge starts.

use std::collections::BTreeMap;

use hardstop_core::{event::RunResult, value::Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::text;
use crate::trigger::{Missed, Overlap};

fn kind_request(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["RunRequest"] })
}

fn results(_: &mut SchemaGenerator) -> Schema {
    use RunResult::{Aborted, Failed, Incomplete, Succeeded};
    let words = [Succeeded, Incomplete, Failed, Aborted];
    json_schema!({ "type": "array", "items": { "type": "string", "enum": words } })
}

/// What starts runs without a person's command.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Triggers {
    /// Runs at times of the clock.
    #[serde(default)]
    pub(crate) schedules: Vec<Schedule>,
    /// Runs that follow the end of others.
    #[serde(default)]
    pub(crate) after: Vec<After>,
    /// Runs that people ask for by merging a file.
    pub(crate) requests: Option<Requests>,
}

/// A runbook that runs at times of the clock.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schedule {
    /// Its name, unique among all triggers.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// The runbook, by its id or by its path from the top of the repository.
    pub(crate) runbook: String,
    /// Minute, hour, day of the month, month, day of the week.
    #[schemars(example = &"0 3 * * *")]
    pub(crate) cron: String,
    /// The zone whose clocks count; UTC if not given.
    pub(crate) zone: Option<String>,
    /// The inputs of its runs.
    #[schemars(schema_with = "text::values")]
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Value>,
    /// What happens to times at which no runner looked; `skip` if not given.
    #[serde(default)]
    pub(crate) missed: Missed,
    /// What happens while an earlier run of this schedule is still open; `skip` if not given.
    #[serde(default)]
    pub(crate) overlap: Overlap,
    /// Whose runs these are: an e-mail address of a person of the policy. Needed unless the
    /// repository has no policy.
    #[serde(rename = "as")]
    #[schemars(example = &"alice@example.com")]
    pub(crate) actor: Option<String>,
}

/// A runbook that runs when a run of another has ended.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "that is what the key is called")]
pub(crate) struct After {
    /// Its name, unique among all triggers.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// The runbook to run, by its id or by its path from the top of the repository.
    pub(crate) runbook: String,
    /// The runbook whose runs it follows, by its id.
    #[schemars(schema_with = "text::name")]
    pub(crate) after: String,
    /// How they must have ended; `[succeeded]` if not given.
    #[schemars(schema_with = "results")]
    #[serde(default)]
    pub(crate) results: Option<Vec<RunResult>>,
    /// The inputs of its runs; `${{ outputs.name }}` is an output of the run that ended.
    #[schemars(schema_with = "text::values")]
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Value>,
    /// Whose runs these are; whoever started the run that ended, if not given.
    #[serde(rename = "as")]
    #[schemars(example = &"alice@example.com")]
    pub(crate) actor: Option<String>,
}

/// Where files of `kind: RunRequest` lie: each that is merged starts one run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requests {
    /// The folder, from the top of the repository.
    #[schemars(example = &"requests/")]
    pub(crate) folder: String,
    /// The branch on which they count.
    #[schemars(example = &"main")]
    pub(crate) branch: String,
}

/// A run that somebody asks for by merging this file: one run, ever.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunRequest {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "text::api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "kind_request")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// What people call it; the path of the file if not given.
    #[schemars(schema_with = "text::name")]
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// The runbook, by its id or by its path from the top of the repository.
    pub(crate) runbook: String,
    /// The inputs of the run.
    #[schemars(schema_with = "text::values")]
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Value>,
    /// Of all requests with one key at most one is run; the file's path and content if not given.
    pub(crate) idempotency_key: Option<String>,
}
