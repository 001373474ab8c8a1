//! What `diff` prints with `--json`.

use hardstop_runbook::Change;
use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop diff`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DiffView {
    /// What was compared: a commit's id, or a file.
    pub(crate) from: String,
    /// With what: a commit's id, `work tree`, or a file.
    pub(crate) to: String,
    /// The runbooks that were compared, those without a difference included.
    pub(crate) runbooks: Vec<RunbookDiff>,
    /// How many differences weaken a runbook.
    pub(crate) weakened: usize,
    /// How many differences there are in all.
    pub(crate) differences: usize,
}

/// One runbook that was compared.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunbookDiff {
    /// Its path; where it is no more, the path it had.
    pub(crate) path: String,
    /// Its differences, the gravest first.
    pub(crate) changes: Vec<ChangeView>,
}

/// One difference in meaning.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChangeView {
    /// `weakened`, `changed`, `removed`, `added` or `strengthened`.
    pub(crate) class: &'static str,
    /// What kind of difference, stable across releases: `diff.hard-stop-shortened`.
    pub(crate) id: String,
    /// The step or phase it is about; empty for the runbook as a whole.
    pub(crate) address: String,
    /// What happened, in words.
    pub(crate) what: String,
    /// How it was; none where there was nothing.
    pub(crate) before: Option<String>,
    /// How it is; none where there is nothing.
    pub(crate) after: Option<String>,
    /// Where the step or phase begins in the newer text, from 1, if it is there.
    pub(crate) line: Option<usize>,
}

impl ChangeView {
    pub(crate) fn of(change: Change, line: Option<usize>) -> Self {
        let Change { class, address, id, what, before, after } = change;
        Self { class: class.word(), id, address, what, before, after, line }
    }
}
