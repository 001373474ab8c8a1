//! What `plan` prints with `--json`.

use std::{collections::BTreeMap, fmt};

use hardstop_core::{model::Plan, value::Value};
use schemars::JsonSchema;
use serde::Serialize;

use super::forecast::{EarliestView, ForecastView, ItemView, SpanView};

/// `hardstop plan`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanView {
    /// The runbook's id.
    pub(crate) runbook: String,
    /// Its path in the repository.
    pub(crate) path: String,
    /// For people.
    pub(crate) title: String,
    /// Whether its text is not the committed one: a run of it would be a rehearsal.
    pub(crate) draft: bool,
    /// Version of the policy in force.
    pub(crate) policy_version: u64,
    /// Whether one person may approve their own work, because the repository has no policy.
    pub(crate) solo: bool,
    /// The value every input would have.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) inputs: BTreeMap<String, Value>,
    /// The plugins it would call, each as it is locked.
    pub(crate) plugins: Vec<PinnedView>,
    /// The phases, in the order of the runbook.
    pub(crate) phases: Vec<PlannedPhase>,
    /// The least time from start to end in milliseconds; none if the run never ends.
    pub(crate) earliest_end_ms: Option<u64>,
    /// When things happen at the earliest.
    pub(crate) forecast: ForecastView,
    /// What would keep such a run from starting or from ending.
    pub(crate) obstacles: Vec<String>,
}

/// A plugin that a run calls.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PinnedView {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The digest of its component: no other is called.
    pub(crate) digest: String,
    /// What it asks to be granted.
    pub(crate) asks: Vec<String>,
}

impl PinnedView {
    /// All that a plan calls.
    pub(crate) fn of(plan: &Plan) -> Vec<Self> {
        let all = plan.all_plugins().into_iter().map(|(name, pinned)| Self {
            name: name.to_owned(),
            version: pinned.version.clone(),
            digest: pinned.digest.to_string(),
            asks: pinned.asks.iter().cloned().collect(),
        });
        all.collect()
    }
}

/// `plugin jenkins 0.1.0 sha256:…`
impl fmt::Display for PinnedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {} {} {}", self.name, self.version, self.digest)
    }
}

/// One phase of `hardstop plan`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlannedPhase {
    /// The phase's id.
    pub(crate) phase: String,
    /// For people.
    pub(crate) title: String,
    /// The phases that must be over first.
    pub(crate) needs: Vec<String>,
    /// Whether it runs on every exit, once all else is over.
    pub(crate) finally: bool,
    /// From the first turn of a step to the end of the last; none if no turn comes.
    pub(crate) earliest: Option<SpanView>,
    /// Its steps, in order.
    pub(crate) steps: Vec<PlannedStep>,
}

/// One step of `hardstop plan`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlannedStep {
    /// The step's address.
    pub(crate) step: String,
    /// For people, with what is known now filled in.
    pub(crate) title: String,
    /// The kind of step, as in the language: `run`, `hard_stop`, `block`.
    pub(crate) kind: &'static str,
    /// The condition it has, as written.
    pub(crate) condition: Option<String>,
    /// Whether it would be done; none if its condition depends on what happens in the run.
    pub(crate) applies: Option<bool>,
    /// What it does, a line each.
    pub(crate) does: Vec<String>,
    /// The most time an attempt may take, or people have, in milliseconds.
    pub(crate) timeout_ms: Option<u64>,
    /// Who may open it, if it is an approval.
    pub(crate) gate: Option<GateView>,
    /// When it happens at the earliest; none if it runs only when something fails, or its turn
    /// never comes. Of a step inside a fan-out: from the first to the last of `items`.
    pub(crate) earliest: Option<EarliestView>,
    /// The same for each item it is done for, in the order of their turns.
    pub(crate) items: Vec<ItemView>,
}

/// Who may approve, under the policy in force and if the caller started the run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct GateView {
    /// Whom the runbook names.
    pub(crate) approvers: Vec<String>,
    /// How many different people must say yes.
    pub(crate) min_approvals: u32,
    /// The lowest level of assurance that counts.
    pub(crate) min_level: u8,
    /// The people who may say yes; none under the solo policy, where anybody may.
    pub(crate) people: Vec<String>,
    /// The people who could, but for a part they played.
    pub(crate) excluded: Vec<ExcludedView>,
}

/// Somebody who may not approve.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ExcludedView {
    /// Who.
    pub(crate) person: String,
    /// `initiator`, `runbook_author` or `last_editor`.
    pub(crate) role: String,
}
