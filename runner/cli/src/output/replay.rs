//! What `dev replay` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop dev replay`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReplayView {
    /// The run's id.
    pub(crate) run: String,
    /// Every event, in order, and what it changed.
    pub(crate) events: Vec<ReplayedView>,
}

/// One event of `hardstop dev replay`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReplayedView {
    /// Its number, from 0.
    pub(crate) seq: u64,
    /// When it was written.
    pub(crate) at: String,
    /// The lease it was written under.
    pub(crate) epoch: u64,
    /// What happened, in a sentence.
    pub(crate) event: String,
    /// What it changed: `the run: running -> waiting`, `greet: pending -> running`,
    /// `+ perform/greet/1`, `- wake/settle/...`.
    pub(crate) changed: Vec<String>,
}
