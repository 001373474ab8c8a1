//! `kind: Runbook`: the file as a whole.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::value::Value;

use super::{Step, text};

/// A procedure: what it asks for, what it does, and where it stops.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runbook {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "text::api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "text::kind_runbook")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// The runbook's identity. The title may change, the id may not.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// For people; the id if not given.
    pub(crate) title: Option<String>,
    /// What it is for and when to use it. For readers of the file.
    #[expect(dead_code, reason = "informative")]
    description: Option<String>,
    /// Who looks after it: `alice`, `team:sre`, `role:oncall`. Informative.
    #[serde(default)]
    pub(crate) owners: Vec<String>,
    /// What must be given when a run is started.
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Input>,
    /// Constants; each may refer to inputs and to those before it.
    #[serde(default)]
    #[schemars(schema_with = "text::values")]
    pub(crate) vars: BTreeMap<String, Value>,
    /// Secrets by the name the runbook gives them.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// The steps of a short runbook, in order. A runbook has these or `phases`.
    pub(crate) steps: Option<Vec<Step>>,
    /// The phases of a long runbook. Each waits for the one before unless it says `needs`.
    pub(crate) phases: Option<Vec<Phase>>,
    /// Steps that run on every exit, once all else is over.
    #[serde(default)]
    pub(crate) finally: Vec<Step>,
}

/// A named group of steps that run one after the other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    /// The phase's name, unique in the runbook.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// For people; the id if not given.
    pub(crate) title: Option<String>,
    /// The phases that must be over first; the phase before if not given. `[]` for none.
    #[schemars(schema_with = "text::names")]
    #[serde(default)]
    pub(crate) needs: Option<Vec<String>>,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
}

/// A named value given when a run is started.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// What may be given.
    #[serde(rename = "type")]
    pub(crate) kind: InputType,
    /// For people.
    pub(crate) description: Option<String>,
    /// Used where nothing is given; an input without one must be given.
    #[schemars(schema_with = "text::any")]
    #[serde(default)]
    pub(crate) default: Option<Value>,
    /// `text`: a regular expression the whole text must match.
    pub(crate) pattern: Option<String>,
    /// `text`: the texts allowed.
    pub(crate) choices: Option<Vec<String>>,
    /// `integer`: the least allowed.
    pub(crate) min: Option<i64>,
    /// `integer`: the greatest allowed.
    pub(crate) max: Option<i64>,
}

/// The type of an input.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputType {
    /// Text, at most 8 KiB.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A span of time such as `90s`; a number of milliseconds in expressions.
    Duration,
    /// A list of texts; `a,b,c` on the command line.
    List,
}

/// Where a secret's value comes from: one of these. It is fetched when a command that needs it
/// starts, has 6 bytes to 16 KiB, and stands in no file and no event.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secret {
    /// An environment variable of the runner.
    pub(crate) env: Option<String>,
    /// An absolute path outside the repository, which others may not read. The last line break is
    /// no part of the value.
    pub(crate) file: Option<String>,
    /// Program and arguments, as they are; needs the same grant as `run`. What it prints to
    /// standard output within 30 s is the value, the last line break left out.
    pub(crate) command: Option<Vec<String>>,
}
