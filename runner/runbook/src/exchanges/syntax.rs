//! The file as it is written. What its texts mean is decided when it is read.

use std::collections::BTreeMap;

use hardstop_core::value::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// An action of a plugin, call by call: what it asks of the world, what comes back, and what it
/// must come to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchanges {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "kind")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// What these exchanges show, in one line.
    pub(crate) title: String,
    /// The action, without the plugin's name.
    pub(crate) action: String,
    /// The parameters, as a step has them.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) with: BTreeMap<String, Value>,
    /// The plugin's settings.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, String>,
    /// Names of the secrets that are granted. The value of `token` is `value-of-token` here.
    #[serde(default)]
    pub(crate) secrets: Vec<String>,
    /// The calls, one after the other, each in a fresh instance.
    pub(crate) legs: Vec<Leg>,
}

/// One call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leg {
    /// Which. `poll` and `cancel` get the state that the last `pending` left; `invoke` after a
    /// probe that said `not_started` is a recovering one.
    #[serde(rename = "leg")]
    pub(crate) kind: LegKind,
    /// How much time has passed since the leg before.
    #[serde(default)]
    #[schemars(schema_with = "duration")]
    pub(crate) after: Option<String>,
    /// What it asks, in this order, and nothing else.
    #[serde(default)]
    pub(crate) requests: Vec<Request>,
    /// What it must come to. It has one key beside `link` and `artifacts`.
    pub(crate) expect: Expect,
}

/// A call of the contract.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LegKind {
    /// Begins an attempt.
    Invoke,
    /// Goes on with it.
    Poll,
    /// Finds out what became of it.
    Probe,
    /// Ends it.
    Cancel,
}

/// A request, and what comes back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// The method and the whole address: `GET https://example.com/path?query`.
    #[serde(rename = "request")]
    pub(crate) asked: String,
    /// Headers it must have, with these values.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// What its body must be, as JSON.
    #[serde(default)]
    #[schemars(schema_with = "any")]
    pub(crate) json: Option<Value>,
    /// What its body must be, as text.
    pub(crate) body: Option<String>,
    /// What comes back.
    pub(crate) answer: Option<Answer>,
    /// Nothing comes back.
    pub(crate) breaks: Option<Breaks>,
}

/// What comes back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// The status; 200 if not given.
    #[schemars(range(min = 100, max = 599))]
    pub(crate) status: Option<u16>,
    /// Its headers.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Its body, as JSON.
    #[serde(default)]
    #[schemars(schema_with = "any")]
    pub(crate) json: Option<Value>,
    /// Its body, as text.
    pub(crate) body: Option<String>,
}

/// How a request breaks.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Breaks {
    /// Nobody was reached, and nothing sent.
    Unreachable,
    /// It may have arrived, but no answer came.
    NoAnswer,
}

/// What a leg must come to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// It did what it is for: these are its outputs, all of them.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) done: Option<BTreeMap<String, Value>>,
    /// It goes on.
    pub(crate) pending: Option<Pending>,
    /// It failed.
    pub(crate) failed: Option<Failed>,
    /// A probe found an attempt that had failed.
    pub(crate) over: Option<Failed>,
    /// A probe found that the attempt had never begun.
    #[serde(default)]
    pub(crate) not_started: bool,
    /// A probe could not tell: a part of the reason.
    pub(crate) cannot_tell: Option<String>,
    /// It is ended.
    #[serde(default)]
    pub(crate) cancelled: bool,
    /// Where people can look; any link, or none, if not given.
    pub(crate) link: Option<String>,
    /// The names of all files it keeps; any if not given.
    pub(crate) artifacts: Option<Vec<String>>,
}

/// What is said of an action that goes on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    /// All that is needed to go on; any if not given.
    #[serde(default)]
    #[schemars(schema_with = "any")]
    pub(crate) state: Option<Value>,
    /// When it wants to be asked again; at any time if not given.
    #[serde(default)]
    #[schemars(schema_with = "duration")]
    pub(crate) poll_after: Option<String>,
    /// What people are told meanwhile; anything, or nothing, if not given.
    pub(crate) note: Option<String>,
}

/// A failure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failed {
    /// Its code.
    pub(crate) code: String,
    /// A part of its message; any if not given.
    pub(crate) message: Option<String>,
    /// Whether the very same call may succeed later; either if not given.
    pub(crate) retryable: Option<bool>,
}

fn api_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["hardstop/v1"] })
}

fn kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["Exchanges"] })
}

/// A span of time. `x-unit` completes a bare number in the message that refuses it.
fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
        "examples": ["2s", "10m", "24h"],
        "x-unit": "s",
    })
}

fn any(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["boolean", "integer", "string", "array", "object"] })
}

fn values(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": any(generator) })
}
