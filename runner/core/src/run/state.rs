//! The state of a run: the fold of its journal over its header and plan. The machines of its steps
//! are in [`step_state`](super::step_state).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    step_state::{Point, StepRecord, StepState},
    tree::{self, Layout, Tree},
};
use crate::{
    event::{OpenItem, RunResult},
    header::{Header, Inputs},
    ids::{Digest, Epoch, PersonId, StepId},
    model::{Plan, Step},
    policy::{By, Revocation},
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
    /// The plan in force.
    pub(crate) plan: Arc<Plan>,
    /// What the run is pinned to now.
    pub(crate) pinned: Pinned,
    /// Every plan its journal may speak of besides the first, by digest.
    pub(crate) revisions: BTreeMap<Digest, Arc<Plan>>,
    pub(crate) inputs: Arc<Inputs>,
    /// How the plan's steps stand within each other.
    pub(crate) layout: Arc<Layout>,
    pub(crate) tree: Tree,
    /// Steps under way or before people, and those whose turn it is: all that
    /// [`outstanding`](super::outstanding) has to look at.
    pub(crate) active: BTreeSet<usize>,
    /// Steps that asked for locks or hold them.
    pub(crate) locked: BTreeSet<usize>,
    /// The group of runs it may not be under way beside, and whether it is its turn.
    pub(crate) group: Option<(String, bool)>,
    pub(crate) opened: Option<Reading>,
    pub(crate) epoch: Epoch,
    /// The number the next event gets.
    pub(crate) next_seq: u64,
    pub(crate) last: Option<Reading>,
    /// By how much the wall clock was moved in all, as far as it was noticed.
    pub(crate) moved_ms: i64,
    pub(crate) policy: Option<(u64, Digest)>,
    /// What the policy has against the runbook.
    pub(crate) revoked: Option<Revocation>,
    pub(crate) hold: Option<(By, String)>,
    pub(crate) clock_held: bool,
    pub(crate) evidence_blocked: Option<String>,
    pub(crate) abort: Option<(By, String)>,
    pub(crate) ending: Ending,
    /// What has to be taken or set back at the end, one after the other.
    pub(crate) backout: Vec<usize>,
    /// What people let be although it is open.
    pub(crate) waived: BTreeSet<OpenItem>,
    /// Who did a part of it by hand: the person and the account they used.
    pub(crate) hands: BTreeSet<(PersonId, String)>,
    /// Who cares for the run, and what they were told.
    pub(crate) claim: Option<(By, Option<String>)>,
    /// The last note somebody left, and the step it is about.
    pub(crate) note: Option<(Option<StepId>, By, String)>,
    /// What the run left for others, once it is over.
    pub(crate) outputs: BTreeMap<String, Value>,
    /// The last event that should not wait for the next pause to become evidence.
    pub(crate) checkpoint: Option<u64>,
    /// The last event by which a step that must leave evidence ended.
    pub(crate) evidence_due: Option<u64>,
}

/// The exact runbook a run goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The commit.
    pub commit: String,
    /// Digest of the text.
    pub runbook: Digest,
    /// Digest of the plan's bytes.
    pub plan: Digest,
}

/// How far a run is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its phases are under way.
    Working,
    /// The result is decided; what has to be taken or set back is under way.
    BackingOut(RunResult),
    /// The result is decided; `finally` is under way.
    Finishing(RunResult),
    /// It is over.
    Closed(RunResult),
}

impl RunState {
    /// The state of a run of which nothing has happened yet.
    pub fn new(header: Arc<Header>, plan: Arc<Plan>, inputs: Arc<Inputs>) -> Self {
        let layout = Layout::new(&plan);
        let tree = Tree::new(&plan, &layout);
        let pinned = Pinned {
            commit: header.runbook.commit.clone(),
            runbook: header.runbook.digest,
            plan: header.plan,
        };
        Self {
            header,
            plan,
            pinned,
            revisions: BTreeMap::new(),
            inputs,
            layout: Arc::new(layout),
            tree,
            active: BTreeSet::new(),
            locked: BTreeSet::new(),
            group: None,
            opened: None,
            epoch: Epoch(0),
            next_seq: 0,
            last: None,
            moved_ms: 0,
            policy: None,
            revoked: None,
            hold: None,
            clock_held: false,
            evidence_blocked: None,
            abort: None,
            ending: Ending::Working,
            backout: Vec::new(),
            waived: BTreeSet::new(),
            hands: BTreeSet::new(),
            claim: None,
            note: None,
            outputs: BTreeMap::new(),
            checkpoint: None,
            evidence_due: None,
        }
    }

    /// The same, knowing the plans that its journal may have it go on with, by digest. Without
    /// them a journal that speaks of one is folded over the plan before it.
    #[must_use]
    pub fn with_revisions(mut self, plans: BTreeMap<Digest, Arc<Plan>>) -> Self {
        self.revisions = plans;
        self
    }

    /// What the run is pinned to now: the header's, until it is rebased.
    pub const fn pinned(&self) -> &Pinned {
        &self.pinned
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

    /// What the policy has against the runbook of the run, if it was taken out of use.
    pub const fn revoked(&self) -> Option<&Revocation> {
        self.revoked.as_ref()
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

    /// The last event by which a step that must leave evidence ended. A driver starts nothing
    /// new before that event is committed as evidence.
    pub const fn evidence_due(&self) -> Option<u64> {
        self.evidence_due
    }

    /// Who cares for the run, and what they were told.
    pub const fn claim(&self) -> Option<&(By, Option<String>)> {
        self.claim.as_ref()
    }

    /// The last note somebody left, and the step it is about.
    pub const fn note(&self) -> Option<&(Option<StepId>, By, String)> {
        self.note.as_ref()
    }

    /// The group of runs this one may not be under way beside, and whether it is its turn.
    pub fn group(&self) -> Option<(&str, bool)> {
        self.group.as_ref().map(|(name, held)| (name.as_str(), *held))
    }

    /// What the run left for others, once it is over.
    pub const fn run_outputs(&self) -> &BTreeMap<String, Value> {
        &self.outputs
    }

    /// Every step with its state, in the order of the plan, each item of a fan-out after the
    /// fan-out itself.
    pub fn steps(&self) -> impl Iterator<Item = Placed<'_>> {
        self.tree.in_order().into_iter().map(|at| self.placed(at))
    }

    /// The steps under way, before people, or whose turn it is.
    pub fn active(&self) -> impl Iterator<Item = Placed<'_>> {
        self.active.iter().map(|&at| self.placed(at))
    }

    pub(crate) fn placed(&self, at: usize) -> Placed<'_> {
        let record = &self.tree.records[at];
        Placed { id: &record.id, step: tree::planned(&self.plan, record), state: &record.state }
    }

    /// What the wall clock, as it is set now, would have shown at that moment.
    pub(crate) fn as_set_now(&self, point: &Point) -> Timestamp {
        let moved_since = self.moved_ms.saturating_sub(point.moved_ms);
        Timestamp::from_millis(point.at.wall.as_millis().saturating_add(moved_since))
    }

    pub(crate) fn at(&self, id: &StepId) -> Option<usize> {
        self.tree.index.get(id).copied()
    }

    pub(crate) fn record(&self, at: usize) -> &StepRecord {
        &self.tree.records[at]
    }

    pub(crate) fn planned(&self, record: &StepRecord) -> &Step {
        tree::planned(&self.plan, record)
    }
}

/// A step where it stands in a run: one of several, if it is an item of a fan-out.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Its address in the run.
    pub id: &'a StepId,
    /// What the plan says of it.
    pub step: &'a Step,
    /// Where it stands.
    pub state: &'a StepState,
}
