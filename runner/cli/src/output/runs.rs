//! What the commands that move and show runs print with `--json`.

use std::collections::BTreeMap;

use hardstop_core::value::Value;
use schemars::JsonSchema;
use serde::Serialize;

use super::{FiredView, PinnedView, RunView};

/// `hardstop run`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunEndView {
    /// The run as it stands when the command ends.
    pub(crate) run: RunView,
    /// When time alone will move it again.
    pub(crate) wake: Option<String>,
    /// Where its evidence lies.
    pub(crate) evidence: Option<EvidenceView>,
}

/// Where the evidence of a run lies.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EvidenceView {
    /// The branch.
    pub(crate) branch: String,
    /// The newest commit of it.
    pub(crate) commit: String,
    /// The run's folder at that commit.
    pub(crate) folder: String,
}

/// `hardstop advance`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AdvanceView {
    /// What triggers did before the runs were moved, if that is news.
    pub(crate) triggers: Vec<FiredView>,
    /// Every live run.
    pub(crate) runs: Vec<AdvancedView>,
    /// The earliest instant at which time alone will move one of them or a trigger open one.
    pub(crate) wake: Option<String>,
}

/// One run under `hardstop advance`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AdvancedView {
    /// The run's id.
    pub(crate) run: String,
    /// Where it stands.
    pub(crate) status: String,
    /// Whether this command moved it, or had nothing to do.
    pub(crate) moved: bool,
    /// Who holds it, if somebody else does.
    pub(crate) held_by: Option<String>,
    /// What kept it from being moved, if anything did.
    pub(crate) error: Option<String>,
    /// When time alone will move it again.
    pub(crate) wake: Option<String>,
    /// Why it does not move, one sentence a branch; empty for a run that was not looked into.
    pub(crate) why: Vec<String>,
    /// The commands that would move it, the likeliest first.
    pub(crate) next: Vec<String>,
}

/// The verbs of people: `tick`, `approve`, `reject`, `retry`, `skip`, `attest`, `hold`, `lift`,
/// `abort`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DeliveredView {
    /// The run as it stands now.
    pub(crate) run: RunView,
    /// What was recorded, a sentence each.
    pub(crate) recorded: Vec<String>,
}

/// `hardstop status`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StatusView {
    /// Live runs, then closed ones, the newest first.
    pub(crate) runs: Vec<StatusRow>,
    /// How many more closed runs there are.
    pub(crate) more: usize,
}

/// One run of `hardstop status`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StatusRow {
    /// The run's id.
    pub(crate) run: String,
    /// The part of it that is enough to name it.
    pub(crate) short: String,
    /// The runbook's id; none for closed runs that were not looked into.
    pub(crate) runbook: Option<String>,
    /// Where it stands; `elsewhere` for a run that is open and not live in this clone, `damaged` for
    /// one that cannot be read back.
    pub(crate) status: String,
    /// Since when it stands there.
    pub(crate) since: Option<String>,
    /// What it waits for.
    pub(crate) waits_for: Option<String>,
}

/// `hardstop show`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShowView {
    /// The run.
    pub(crate) run: RunView,
    /// The commit the runbook was read at.
    pub(crate) commit: String,
    /// Digest of the runbook's text.
    pub(crate) digest: String,
    /// Version of the policy in force.
    pub(crate) policy_version: u64,
    /// The release of the time zones it was opened with; none if it is older than this is kept.
    pub(crate) zones: Option<String>,
    /// Who cares for it, and what they said when they took it over.
    pub(crate) care: Option<String>,
    /// The last note somebody left: who, on which step, and what.
    pub(crate) last_note: Option<String>,
    /// Who started it.
    pub(crate) initiator: String,
    /// The value of every input.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) inputs: BTreeMap<String, Value>,
    /// The plugins it calls, each as it was locked.
    pub(crate) plugins: Vec<PinnedView>,
    /// What happened to the run as a whole, a sentence each: holds, an early end, moved clocks.
    pub(crate) notes: Vec<String>,
    /// The phases, in the order of the runbook.
    pub(crate) phases: Vec<PhaseView>,
}

/// One phase of `hardstop show`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PhaseView {
    /// The phase's id.
    pub(crate) phase: String,
    /// For people.
    pub(crate) title: String,
    /// Its steps, in order.
    pub(crate) steps: Vec<StepView>,
}

/// One step of `hardstop show`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StepView {
    /// The step's address.
    pub(crate) step: String,
    /// For people.
    pub(crate) title: String,
    /// `run`, `checklist`, `approval`, `wait` or `hard_stop`.
    pub(crate) kind: &'static str,
    /// Where it stands.
    pub(crate) state: String,
    /// What is to be known of it, a line each: answers, approvals, causes, files.
    pub(crate) notes: Vec<String>,
    /// When the attempt that counts started.
    pub(crate) started: Option<String>,
    /// When it was settled.
    pub(crate) ended: Option<String>,
    /// Its outputs.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) outputs: BTreeMap<String, Value>,
    /// The files it left, by their paths in the run's folder.
    pub(crate) artifacts: Vec<String>,
}

/// `hardstop why`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WhyView {
    /// The run, and why it does not move.
    pub(crate) run: RunView,
}

/// `hardstop report`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReportView {
    /// The run.
    pub(crate) run: RunView,
    /// The report, in Markdown.
    pub(crate) markdown: String,
}
