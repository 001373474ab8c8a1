//! Commands and calls: what is executed, how often, and what it leaves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::{
    limits::ATTEMPTS_AUTO_MAX,
    model::{RetryOn, Shell},
    value::Value,
};

use super::text;

/// A command or a call of a plugin that belongs to a step: its `undo`, or a part of `ensure`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Work {
    /// Runs a command on the runner's host.
    pub(crate) run: Option<Command>,
    /// Calls an action of a plugin, `plugin/action`.
    pub(crate) uses: Option<String>,
    /// `uses`: what it is given, of any shape; texts may hold `${{ }}`.
    #[schemars(schema_with = "text::values")]
    #[serde(default)]
    pub(crate) with: Option<BTreeMap<String, Value>>,
    /// Files it must leave.
    pub(crate) evidence: Option<Vec<Evidence>>,
    /// `run`: added to the environment; the values may hold `${{ }}`.
    pub(crate) env: Option<BTreeMap<String, String>>,
    /// `run`: where it runs, relative to the repository; may hold `${{ }}`.
    pub(crate) working_directory: Option<String>,
    /// The most time one attempt may take; 6 h if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) timeout: Option<String>,
    /// How often the runner tries by itself; once if not given.
    pub(crate) retry: Option<Retry>,
    /// Whether doing it twice equals doing it once.
    pub(crate) idempotent: Option<bool>,
    /// `run`: how output becomes outputs.
    pub(crate) capture: Option<Capture>,
    /// Asked again until it holds.
    pub(crate) until: Option<Poll>,
}

/// What is executed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Command {
    /// A program and its arguments, each passed verbatim; each may hold `${{ }}`.
    Argv(Vec<String>),
    /// Text for a shell.
    Script(Script),
}

/// Constant text for a shell. Values come by `env`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// The text; without `${{ }}`.
    pub(crate) script: String,
    /// The shell that reads it: `sh -eu` or `bash -euo pipefail`.
    #[schemars(schema_with = "text::shell")]
    pub(crate) shell: Shell,
}

/// Attempts the runner makes by itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// All attempts together.
    #[schemars(range(min = 1, max = ATTEMPTS_AUTO_MAX))]
    pub(crate) max_attempts: u32,
    /// From the end of an attempt to the start of the next; `0s` if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) delay: Option<String>,
    /// Each delay is this many times the one before; 1 if not given.
    #[schemars(range(min = 1))]
    pub(crate) backoff: Option<u32>,
    /// The longest delay.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) max_delay: Option<String>,
    /// Which ends are worth another attempt; `[failed]` if not given.
    #[schemars(schema_with = "text::retry_on")]
    #[serde(default)]
    pub(crate) on: Option<Vec<RetryOn>>,
}

/// Asking again until something holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Poll {
    /// One `${{ }}` over `self.outputs` that gives true or false; success alone if not given.
    #[schemars(schema_with = "text::condition")]
    #[serde(default)]
    pub(crate) condition: Option<String>,
    /// From the end of one try to the start of the next.
    #[schemars(schema_with = "text::duration")]
    pub(crate) interval: String,
    /// All together.
    #[schemars(schema_with = "text::duration")]
    pub(crate) timeout: String,
}

/// How output becomes outputs: `json` or `regex`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Capture {
    /// Standard output is one JSON object; its members are the outputs.
    pub(crate) json: Option<CaptureFrom>,
    /// Each output is found by a regular expression in standard output, line by line; the first
    /// group, or the whole match, is the value.
    pub(crate) regex: Option<BTreeMap<String, CapturePattern>>,
}

/// Where values are found.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaptureFrom {
    /// Standard output.
    Stdout,
}

/// One output: its pattern, or its pattern and type.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum CapturePattern {
    /// The pattern; the value is text.
    Text(String),
    /// The pattern and the value's type.
    Typed(TypedPattern),
}

/// A pattern and the type of what it finds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypedPattern {
    /// The regular expression.
    pub(crate) pattern: String,
    /// The type of the value.
    #[serde(rename = "type")]
    pub(crate) kind: CaptureType,
}

/// The type of an output found by a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaptureType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
}

/// A file a step must leave.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    /// The name it is kept under, unique in the step.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// Where the step leaves it: in the repository, or in `${{ run.workspace }}`. With `content`,
    /// what it is called.
    pub(crate) file: String,
    /// What the runner writes there itself, made of the step's own `${{ self.outputs }}` and
    /// `${{ self.files }}`.
    pub(crate) content: Option<String>,
    /// Whether the step has failed without it; true if not given.
    pub(crate) required: Option<bool>,
    /// The most bytes it may have, `1MiB`; 10 MiB if not given.
    #[schemars(schema_with = "text::size")]
    #[serde(default)]
    pub(crate) max_size: Option<String>,
}
