//! The state of a run: the fold of its journal over its header and plan. The machines of its steps
//! are in [`step_state`](super::step_state).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    admission::is_tolerated,
    step_state::{Attestation, Point, StepRecord, StepState},
};
use crate::{
    event::{Artifact, RunResult},
    header::{Header, Inputs},
    ids::{Digest, Epoch, StepId},
    model::{Anchor, AnchorPoint, Plan, Step},
    policy::By,
    time::{Reading, Timestamp},
    value::Value,
};

/// All that is known of a run.
///
/// Made by folding events with [`apply`](super::apply) and by nothing else. Cheap to query;
/// [`RunState::active`] is bounded by what is under way, not by the size of the runbook.
#[derive(Clone, Debug)]
pub struct RunState {
    pub(crate) header: Arc<Header>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) inputs: Arc<Inputs>,
    /// Where each step lies in `steps`; derived from the plan.
    pub(crate) index: Arc<HashMap<StepId, usize>>,
    pub(crate) steps: Vec<StepRecord>,
    /// Steps under way or before people, and those whose turn it is: all that
    /// [`outstanding`](super::outstanding) has to look at.
    pub(crate) active: BTreeSet<usize>,
    pub(crate) opened: Option<Reading>,
    pub(crate) epoch: Epoch,
    /// The number the next event gets.
    pub(crate) next_seq: u64,
    pub(crate) last: Option<Reading>,
    /// By how much the wall clock was moved in all, as far as it was noticed.
    pub(crate) moved_ms: i64,
    pub(crate) policy: Option<(u64, Digest)>,
    pub(crate) hold: Option<(By, String)>,
    pub(crate) clock_held: bool,
    pub(crate) evidence_blocked: Option<String>,
    pub(crate) abort: Option<(By, String)>,
    pub(crate) ending: Ending,
    /// The last event that should not wait for the next pause to become evidence.
    pub(crate) checkpoint: Option<u64>,
}

/// How far a run is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its phases are under way.
    Working,
    /// The result is decided; `finally` is under way.
    Finishing(RunResult),
    /// It is over.
    Closed(RunResult),
}

impl RunState {
    /// The state of a run of which nothing has happened yet.
    pub fn new(header: Arc<Header>, plan: Arc<Plan>, inputs: Arc<Inputs>) -> Self {
        let mut steps = Vec::new();
        let mut index = HashMap::new();
        for (phase_index, phase) in plan.phases.iter().enumerate() {
            for (step_index, step) in phase.steps.iter().enumerate() {
                index.insert(step.id.clone(), steps.len());
                steps.push(StepRecord::new((phase_index, step_index)));
            }
        }
        Self {
            header,
            plan,
            inputs,
            index: Arc::new(index),
            steps,
            active: BTreeSet::new(),
            opened: None,
            epoch: Epoch(0),
            next_seq: 0,
            last: None,
            moved_ms: 0,
            policy: None,
            hold: None,
            clock_held: false,
            evidence_blocked: None,
            abort: None,
            ending: Ending::Working,
            checkpoint: None,
        }
    }

    /// The immutable header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The compiled runbook.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The header, to be kept by work that outlives this borrow.
    pub fn shared_header(&self) -> Arc<Header> {
        Arc::clone(&self.header)
    }

    /// The compiled runbook, to be kept by work that outlives this borrow.
    pub fn shared_plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan)
    }

    /// The inputs.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// When the run was opened; `None` before its first event.
    pub fn opened(&self) -> Option<Timestamp> {
        self.opened.as_ref().map(|reading| reading.wall)
    }

    /// The number of events folded so far, which is the number the next one gets.
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The lease the last event was written under.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The clocks at the last event.
    pub const fn last(&self) -> Option<&Reading> {
        self.last.as_ref()
    }

    /// Version and digest of the policy in force.
    pub const fn policy(&self) -> Option<(u64, Digest)> {
        self.policy
    }

    /// Who holds the run, and why.
    pub const fn hold(&self) -> Option<&(By, String)> {
        self.hold.as_ref()
    }

    /// Whether a clock that went back holds the run.
    pub const fn clock_held(&self) -> bool {
        self.clock_held
    }

    /// Why evidence cannot be committed, if it cannot.
    pub fn evidence_blocked(&self) -> Option<&str> {
        self.evidence_blocked.as_deref()
    }

    /// Who asked for an early end, and why.
    pub const fn abort(&self) -> Option<&(By, String)> {
        self.abort.as_ref()
    }

    /// How far the run is from its end.
    pub const fn ending(&self) -> Ending {
        self.ending
    }

    /// The last event that should not wait for the next pause to become evidence: the opening,
    /// the end of a step that cannot be repeated, the close.
    pub const fn checkpoint(&self) -> Option<u64> {
        self.checkpoint
    }

    /// Where a step stands; `None` for a step the plan does not have.
    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.index.get(id).map(|&at| &self.steps[at].state)
    }

    /// A step's outputs: empty until it succeeds.
    pub fn outputs(&self, id: &StepId) -> Option<&BTreeMap<String, Value>> {
        self.index.get(id).map(|&at| &self.steps[at].outputs)
    }

    /// What a step's attempts left, in order.
    pub fn artifacts(&self, id: &StepId) -> &[Artifact] {
        self.index.get(id).map_or(&[], |&at| &self.steps[at].artifacts)
    }

    /// When the attempt that counts started, and when the step was settled.
    pub fn times(&self, id: &StepId) -> (Option<Timestamp>, Option<Timestamp>) {
        let wall = |point: &Option<Point>| point.as_ref().map(|point| point.at.wall);
        self.index.get(id).map_or((None, None), |&at| {
            (wall(&self.steps[at].started), wall(&self.steps[at].ended))
        })
    }

    /// A person's word that the step was done outside, still to be confirmed by a second.
    pub fn attestation(&self, id: &StepId) -> Option<&Attestation> {
        self.index.get(id).and_then(|&at| self.steps[at].attestation.as_ref())
    }

    /// Every step with its state, in the order of the plan.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, &StepState)> {
        self.steps.iter().map(|record| (self.planned(record), &record.state))
    }

    /// The steps under way, before people, or whose turn it is, in the order of the plan.
    pub fn active(&self) -> impl Iterator<Item = (&Step, &StepState)> {
        self.active.iter().map(|&at| (self.planned(&self.steps[at]), &self.steps[at].state))
    }

    /// Failures that were tolerated and are not settled yet. The run cannot end before they are.
    pub fn open_items(&self) -> impl Iterator<Item = (&Step, &StepState)> {
        self.steps().filter(|(step, state)| is_tolerated(state, step))
    }

    /// What a delay counts from, if that has happened. A step left undone was never finished.
    pub(crate) fn point(&self, anchor: &Anchor) -> Option<&Point> {
        let record = &self.steps[self.at(&anchor.step)?];
        match anchor.point {
            AnchorPoint::Started => record.started.as_ref(),
            AnchorPoint::Finished | AnchorPoint::Approved => {
                let undone = matches!(record.state, StepState::Skipped { .. });
                record.ended.as_ref().filter(|_| !undone)
            }
        }
    }

    /// What the wall clock, as it is set now, would have shown at that moment.
    pub(crate) fn as_set_now(&self, point: &Point) -> Timestamp {
        let moved_since = self.moved_ms.saturating_sub(point.moved_ms);
        Timestamp::from_millis(point.at.wall.as_millis().saturating_add(moved_since))
    }

    pub(crate) fn at(&self, id: &StepId) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub(crate) fn planned(&self, record: &StepRecord) -> &Step {
        &self.plan.phases[record.at.0].steps[record.at.1]
    }
}
