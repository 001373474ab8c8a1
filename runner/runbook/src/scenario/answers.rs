//! What steps answer, as it is written.

use std::collections::BTreeMap;

use hardstop_core::value::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::syntax::{duration, values};

/// One answer for every attempt, or one for each: the last is given again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Answers {
    /// For every attempt.
    One(Answer),
    /// For one attempt after the other.
    Each(Vec<Answer>),
}

/// How an attempt ends: well, if nothing else is said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The outputs.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) outputs: BTreeMap<String, Value>,
    /// How long it takes; no time if not given.
    #[schemars(schema_with = "duration")]
    #[serde(default)]
    pub(crate) takes: Option<String>,
    /// It fails: `exit 1`, `timed out`, or what an action says.
    pub(crate) failed: Option<String>,
    /// The runner dies meanwhile, and starts again.
    #[serde(default)]
    pub(crate) lost: bool,
    /// `uses`: what looking for the call finds once its answer was lost, by `lost` or a restart;
    /// `cannot_tell` if not given. What was `not_started` begins then, and the next answer is given.
    #[schemars(schema_with = "found")]
    #[serde(default)]
    pub(crate) found: Option<Found>,
}

/// What looking for a lost call finds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Found {
    /// In one word.
    Word(FoundWord),
    /// How it ends.
    End(FoundEnd),
}

/// What is found in one word.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FoundWord {
    /// It never began.
    NotStarted,
    /// Nobody can tell.
    CannotTell,
}

/// How a call that was found ends: well, if nothing else is said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FoundEnd {
    /// The outputs.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) outputs: BTreeMap<String, Value>,
    /// For how long it still goes on; it is over if not given.
    #[schemars(schema_with = "duration")]
    #[serde(default)]
    pub(crate) takes: Option<String>,
    /// It failed, or fails: what the action says.
    pub(crate) failed: Option<String>,
}

/// A word or an end. Both are closed sets, so that each can be told apart.
fn found(generator: &mut SchemaGenerator) -> Schema {
    let end = generator.subschema_for::<FoundEnd>();
    let words = json_schema!({ "type": "string", "enum": ["not_started", "cannot_tell"] });
    json_schema!({ "anyOf": [words, end] })
}
