//! What `check` and `init` print with `--json`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::failure::FileProblem;

/// `hardstop check`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckView {
    /// The files, in the order they were checked.
    pub(crate) files: Vec<CheckedFile>,
    /// How many errors there are in all.
    pub(crate) errors: usize,
    /// How many warnings there are in all.
    pub(crate) warnings: usize,
}

/// One file that was checked.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CheckedFile {
    /// Its path as typed or found.
    pub(crate) path: String,
    /// `Runbook`, `Policy` or `Config`; none for a file that could not be read.
    pub(crate) kind: Option<&'static str>,
    /// What is wrong with it.
    pub(crate) errors: Vec<FileProblem>,
    /// What is not wrong, but probably not meant.
    pub(crate) warnings: Vec<FileProblem>,
    /// Actions it calls of plugins that are not locked: they were not checked, and it cannot be run.
    pub(crate) unlocked: BTreeSet<String>,
}

/// `hardstop init`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InitView {
    /// The top folder of the repository.
    pub(crate) repository: String,
    /// The files that were made, by their paths in it.
    pub(crate) made: Vec<String>,
    /// The files that were there and were left as they are.
    pub(crate) kept: Vec<String>,
    /// The commands to go on with, in order.
    pub(crate) next: Vec<String>,
}
