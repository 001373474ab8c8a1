//! The state of a run: the fold of its journal over its header and plan.
//!
//! ```text
//!                 ┌──────────── retry ─────────────┐
//!                 v                                │
//!  Pending ── resolved ──> Running ──> Backoff     │
//!     │                      │  └────> Unknown ────┤
//!     │                      └───────> Failed ─────┤
//!     ├──> Ticking ──────────────────> Failed ─────┘
//!     ├──> Asking ──> Approved ──> (voided: back to Pending)
//!     ├──> Delaying
//!     └──> Succeeded | Skipped | Attested                  (all of these absorb)
//! ```

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::admission::is_tolerated;
use crate::{
    event::{Artifact, Binding, Cause, Command, OpenedItem, RunResult, SkipReason},
    header::{Header, Inputs},
    ids::{AttemptNo, Digest, Epoch, ItemId, StepId},
    model::{Plan, Step},
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

/// One step's place in the plan, its state, and what its past attempts left.
#[derive(Clone, Debug)]
pub(crate) struct StepRecord {
    /// The phase it belongs to, and its place in it.
    pub(crate) at: (usize, usize),
    pub(crate) state: StepState,
    /// When the attempt that counts started.
    pub(crate) started: Option<Timestamp>,
    /// When the step was settled.
    pub(crate) ended: Option<Timestamp>,
    /// The number the next attempt or request gets.
    pub(crate) next_attempt: AttemptNo,
    /// Attempts made since a person last asked for one.
    pub(crate) attempts_since_asked: u32,
    pub(crate) outputs: BTreeMap<String, Value>,
    /// What the attempts left, in order.
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) attestation: Option<Attestation>,
}

/// Where one step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Not begun. Whether it *may* begin is a question to the whole run.
    Pending,
    /// A command is under way.
    Running {
        /// Which try.
        attempt: AttemptNo,
        /// The lease under which it was started.
        epoch: Epoch,
        /// What is executed.
        command: Command,
        /// It is given up then.
        deadline: Timestamp,
    },
    /// Between two attempts.
    Backoff {
        /// When the next is due.
        retry_at: Timestamp,
    },
    /// A checklist lies before people.
    Ticking {
        /// Which time it is asked.
        attempt: AttemptNo,
        /// The items as shown.
        items: Vec<OpenedItem>,
        /// The answers so far.
        answers: BTreeMap<ItemId, Ticked>,
        /// People's time ends here.
        deadline: Timestamp,
    },
    /// A request lies before approvers.
    Asking {
        /// Which request.
        request: AttemptNo,
        /// Its digest; the first ten digits are its code.
        digest: Digest,
        /// What it is bound to.
        binding: Binding,
        /// The yeses so far.
        votes: Vec<Vote>,
        /// Answers that did not count, by account and reason: each is journaled once.
        refused: BTreeSet<(String, String)>,
        /// It can be answered until here.
        expires: Timestamp,
    },
    /// Enough people said yes; not used yet.
    Approved {
        /// Which request.
        request: AttemptNo,
        /// What it is bound to.
        binding: Binding,
        /// The yeses.
        votes: Vec<Vote>,
        /// To be used before this instant.
        valid_until: Timestamp,
    },
    /// Time is passing.
    Delaying {
        /// What it counts from.
        since: Timestamp,
        /// When it is over. A clock that is moved moves this with it where a span was asked for,
        /// so that setting the clock cannot shorten a hard stop.
        due: Timestamp,
    },
    /// Failed for good.
    Failed {
        /// The attempt or request that counts.
        attempt: AttemptNo,
        /// Why.
        cause: Cause,
    },
    /// Nobody can tell whether the attempt happened.
    Unknown {
        /// The attempt.
        attempt: AttemptNo,
    },
    /// Done.
    Succeeded {
        /// The attempt that counts.
        attempt: AttemptNo,
    },
    /// Left undone.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// Done outside.
    Attested {
        /// Who says so.
        by: By,
        /// Who confirms it.
        second: Option<By>,
        /// What was done.
        reason: String,
    },
}

/// An answer to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// The answer; `true` for a tick.
    pub value: Value,
    /// Who answered.
    pub by: By,
    /// When.
    pub at: Timestamp,
}

/// A yes that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Who said it.
    pub by: By,
    /// When.
    pub at: Timestamp,
}

/// A person's word that a step was done outside, not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Who says so.
    pub by: By,
    /// What was done.
    pub reason: String,
    /// The proof.
    pub artifacts: Vec<Artifact>,
}

impl StepState {
    /// Whether nothing more will happen to the step, except that a used approval stays used.
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Approved { .. }
                | Self::Succeeded { .. }
                | Self::Skipped { .. }
                | Self::Attested { .. }
        )
    }
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
        self.index
            .get(id)
            .map_or((None, None), |&at| (self.steps[at].started, self.steps[at].ended))
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

    pub(crate) fn at(&self, id: &StepId) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub(crate) fn planned(&self, record: &StepRecord) -> &Step {
        &self.plan.phases[record.at.0].steps[record.at.1]
    }
}

impl StepRecord {
    fn new(at: (usize, usize)) -> Self {
        Self {
            at,
            state: StepState::Pending,
            started: None,
            ended: None,
            next_attempt: AttemptNo::FIRST,
            attempts_since_asked: 0,
            outputs: BTreeMap::new(),
            artifacts: Vec::new(),
            attestation: None,
        }
    }
}
