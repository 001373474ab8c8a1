//! What `simulate` prints with `--json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::failure::FileProblem;

/// `hardstop simulate`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SimulateView {
    /// The scenarios, in the order they were played.
    pub(crate) scenarios: Vec<RehearsedView>,
    /// How many came out as expected.
    pub(crate) passed: usize,
    /// How many did not.
    pub(crate) failed: usize,
    /// How many could not be played, because a file is wrong.
    pub(crate) wrong: usize,
    /// What no scenario reached, by runbook; empty without `--coverage`.
    pub(crate) coverage: Vec<CoverageView>,
}

/// One scenario that was played.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RehearsedView {
    /// Its path as typed or found.
    pub(crate) path: String,
    /// What it shows.
    pub(crate) title: String,
    /// The path of the runbook; none for a scenario that could not be read.
    pub(crate) runbook: Option<String>,
    /// Whether all came out as expected.
    pub(crate) passed: bool,
    /// How the run ended; none for one that still waits.
    pub(crate) result: Option<String>,
    /// From its start to its end, in milliseconds.
    pub(crate) took_ms: u64,
    /// What did not come true, or is wrong with a file.
    pub(crate) problems: Vec<FileProblem>,
    /// All that happened; empty without `--verbose`.
    pub(crate) events: Vec<RehearsedEvent>,
}

/// One event of a rehearsal.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RehearsedEvent {
    /// When, in milliseconds after the start.
    pub(crate) at_ms: u64,
    /// Its type, as in a journal.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The step it speaks of; ` > ` leads into the runs of other runbooks.
    pub(crate) step: Option<String>,
    /// What happened.
    pub(crate) sentence: String,
}

/// What of a runbook no scenario reached.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CoverageView {
    /// The runbook's path.
    pub(crate) runbook: String,
    /// How many steps it has.
    pub(crate) steps: usize,
    /// Those that were never begun.
    pub(crate) not_begun: Vec<String>,
    /// Those that never failed although they can.
    pub(crate) never_failed: Vec<String>,
    /// Those whose condition was never false.
    pub(crate) never_skipped: Vec<String>,
}
