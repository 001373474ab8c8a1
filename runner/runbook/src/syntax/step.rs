//! A step: its kind, and what every kind shares.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::value::Value;

use super::{
    Approval, Capture, Checklist, Command, Delay, Ensure, Evidence, ForEach, OnFailure, Only, Poll,
    Retry, Work, text,
};

/// The unit of a runbook. Exactly one of `run`, `uses`, `checklist`, `approval`, `wait`,
/// `hard_stop`, `runbook`, `parallel`, `block`, `ensure`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The step's name, unique in its phase however deep it stands. Renaming it makes it another
    /// step, unless `formerly` says otherwise.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// For people; may hold `${{ }}`. The id if not given.
    pub(crate) title: Option<String>,
    /// Why and how, for people; may hold `${{ }}`.
    pub(crate) description: Option<String>,
    /// One `${{ }}` that gives true or false; the step is skipped if false.
    #[serde(rename = "if")]
    #[schemars(schema_with = "text::condition")]
    #[serde(default)]
    pub(crate) condition: Option<String>,
    /// Runs a command on the runner's host.
    pub(crate) run: Option<Command>,
    /// Calls an action of a plugin, `plugin/action`.
    pub(crate) uses: Option<String>,
    /// Has people confirm things.
    pub(crate) checklist: Option<Checklist>,
    /// Asks named people for a yes or a no.
    pub(crate) approval: Option<Approval>,
    /// Lets time pass; a permitted person may skip it.
    pub(crate) wait: Option<Delay>,
    /// Lets time pass; nobody skips it.
    pub(crate) hard_stop: Option<Delay>,
    /// Runs another runbook of the same commit, by its path relative to this file.
    pub(crate) runbook: Option<String>,
    /// Steps side by side.
    pub(crate) parallel: Option<Vec<Step>>,
    /// Steps one after the other.
    pub(crate) block: Option<Vec<Step>>,
    /// `block`: steps that run when one of the block failed for good.
    pub(crate) rescue: Option<Vec<Step>>,
    /// `block`: steps that run however the block ends.
    pub(crate) always: Option<Vec<Step>>,
    /// Sets something, and sets it back at the end.
    pub(crate) ensure: Option<Ensure>,
    /// Does the step once for each of several items.
    pub(crate) for_each: Option<ForEach>,
    /// `uses`: what it is given, of any shape; texts may hold `${{ }}`.
    #[schemars(schema_with = "text::values")]
    #[serde(default)]
    pub(crate) with: Option<BTreeMap<String, Value>>,
    /// `runbook`: its inputs; texts may hold `${{ }}`.
    #[schemars(schema_with = "text::values")]
    #[serde(default)]
    pub(crate) inputs: Option<BTreeMap<String, Value>>,
    /// What happens when the step fails for good; `pause` if not given, or the `rescue` of the
    /// block around it.
    #[schemars(schema_with = "text::on_failure")]
    #[serde(default)]
    pub(crate) on_failure: Option<OnFailure>,
    /// What takes back what the step did, when a run is aborted.
    pub(crate) undo: Option<Work>,
    /// `backout`: the step never runs forward.
    pub(crate) only: Option<Only>,
    /// Names that nobody else, another run or another step, may hold meanwhile, `prod/symlink`,
    /// among the runs of one clone; may hold `${{ }}`.
    pub(crate) locks: Option<Vec<String>>,
    /// The id it had before it was renamed.
    pub(crate) formerly: Option<String>,
    /// `run`, `uses`: files the step must leave.
    pub(crate) evidence: Option<Vec<Evidence>>,
    /// `run`: added to the environment; the values may hold `${{ }}`. With `with`, the only place
    /// for `${{ secrets.name }}`.
    pub(crate) env: Option<BTreeMap<String, String>>,
    /// `run`: where it runs, relative to the repository; may hold `${{ }}`.
    pub(crate) working_directory: Option<String>,
    /// `run`, `uses`: the most time one attempt may take; 6 h if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) timeout: Option<String>,
    /// `run`, `uses`: how often the runner tries by itself; once if not given.
    pub(crate) retry: Option<Retry>,
    /// `run`, `uses`: whether doing it twice equals doing it once, so that an attempt lost in a
    /// crash is tried again without asking.
    pub(crate) idempotent: Option<bool>,
    /// `run`: how output becomes outputs.
    pub(crate) capture: Option<Capture>,
    /// `run`, `uses`: asked again until it holds.
    pub(crate) until: Option<Poll>,
}
