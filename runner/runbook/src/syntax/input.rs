//! What a runbook asks for: inputs and secrets.

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::value::Value;

use super::text;

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
    /// A day, `yyyy-mm-dd`.
    Date,
    /// An instant such as `2026-11-20T15:53:32Z`.
    Instant,
    /// Texts by name; `a=x,b=y` on the command line.
    Map,
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
