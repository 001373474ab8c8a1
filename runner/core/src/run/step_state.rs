//! Where one step of a run stands, and what its past attempts left.
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
//!     ├──> Open (a block, a parallel, a fan-out)
//!     └──> Succeeded | Skipped | Attested                  (all of these absorb)
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, call_stage::CallStage};
use crate::{
    event::{Artifact, Binding, Cause, OpenedItem, SkipReason, Work},
    ids::{AttemptNo, Digest, Epoch, ItemId, StepId},
    model::Part,
    policy::By,
    time::{Reading, Timestamp},
    value::Value,
};

/// One step's place in the run, its state, and what its past attempts left.
#[derive(Clone, Debug)]
pub(crate) struct StepRecord {
    /// Its address in this run.
    pub(crate) id: StepId,
    /// The phase it belongs to, and its place in the phase's list.
    pub(crate) at: (usize, usize),
    /// The record it belongs to.
    pub(crate) parent: Option<usize>,
    /// As which part of it.
    pub(crate) part: Part,
    /// The records that belong to it.
    pub(crate) children: Vec<usize>,
    pub(crate) role: Role,
    /// What expressions see under the fan-out's name, if it is one of its items.
    pub(crate) item: Option<Value>,
    pub(crate) state: StepState,
    /// When the attempt that counts started.
    pub(crate) started: Option<Point>,
    /// When the first attempt ever started.
    pub(crate) first_started: Option<Point>,
    /// When the step was settled.
    pub(crate) ended: Option<Point>,
    /// What the delay under way counts from. Fixed when it begins, whatever happens there later.
    pub(crate) counts_from: Option<Point>,
    /// The number of the event that began the last attempt.
    pub(crate) began: Option<u64>,
    /// The number the next attempt or request gets.
    pub(crate) next_attempt: AttemptNo,
    /// Attempts made since a person last asked for one.
    pub(crate) attempts_since_asked: u32,
    pub(crate) outputs: BTreeMap<String, Value>,
    /// What the attempts left, in order.
    pub(crate) artifacts: Vec<Artifact>,
    /// How many of the first of them no longer count.
    pub(crate) superseded: usize,
    pub(crate) attestation: Option<Attestation>,
    /// The answer of the last probe that differed from the one before.
    pub(crate) probe: Option<Probe>,
    /// How far the call of the last attempt came.
    pub(crate) call: CallStage,
    pub(crate) locks: Locks,
    /// The locks it asked for last.
    pub(crate) lock_names: Vec<String>,
    /// The window that keeps it from starting.
    pub(crate) closed: Option<Closed>,
    /// Whether it was still under way after its window closed.
    pub(crate) overrun: bool,
    /// The steps that run because it failed.
    pub(crate) remedy: Vec<usize>,
    /// In which list it was called, if it does not run forward.
    pub(crate) called: Option<Caller>,
    /// How many items may fail.
    pub(crate) allowed: usize,
    /// What it read was done again since.
    pub(crate) stale: bool,
    /// Who asked for the hard stop to be ended early.
    pub(crate) glass: Glass,
    /// The requests it has written, in order.
    pub(crate) asked: Vec<Asked>,
}

/// What a record stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A step that exists once where it stands.
    Single,
    /// A step with `for_each`, as a whole.
    Fan,
    /// The same step, for one of the items.
    Item,
}

/// Who called a step that does not run forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The run is backed out.
    Backout,
    /// This one failed.
    Failure(usize),
}

/// The locks of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Locks {
    /// None are asked for.
    None,
    /// These are asked for.
    Asked(Vec<String>),
    /// These are held.
    Held(Vec<String>),
}

/// A window that keeps a step from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When the step may start; `None` if no such instant is known.
    pub opens: Option<Timestamp>,
    /// Which window, in words.
    pub because: String,
}

/// A hard stop ended early.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Glass {
    /// Who asked for it.
    pub(crate) asked: Vec<By>,
    /// Those who had it ended, however often.
    pub(crate) broken_by: Vec<By>,
    /// The review is due by then.
    pub(crate) review_by: Option<Timestamp>,
    /// Whether it was reviewed.
    pub(crate) reviewed: bool,
}

/// An answer to what is asked again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it was.
    pub outputs: BTreeMap<String, Value>,
    /// Why there was none.
    pub cause: Option<Cause>,
}

/// A moment in a step's life.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) at: Reading,
    /// [`RunState::moved_ms`] at that moment.
    pub(crate) moved_ms: i64,
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
        /// What is under way.
        work: Work,
        /// It is given up then; a run of another runbook is not.
        deadline: Option<Timestamp>,
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
        /// How often people were reminded.
        reminded: u32,
        /// How many times more people were asked.
        escalated: u32,
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
        /// How many times more people had been asked.
        escalated: u32,
    },
    /// A composite whose steps are under way.
    Open {
        /// Which time.
        attempt: AttemptNo,
        /// Which part of it.
        part: Part,
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
    /// The file that came with it.
    pub artifact: Option<Artifact>,
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
    /// It counts from this instant on, if it was deferred.
    pub from: Option<Timestamp>,
    /// The groups the person may count for; none where the gate has none.
    pub groups: Vec<String>,
    /// The person's own signature over the request file.
    pub signature: Option<String>,
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

    /// Whether the step is under way, or nobody can tell whether it is.
    pub(crate) fn is_moving(&self) -> bool {
        match self {
            Self::Running { .. }
            | Self::Backoff { .. }
            | Self::Ticking { .. }
            | Self::Asking { .. }
            | Self::Delaying { .. }
            | Self::Unknown { .. } => true,
            Self::Pending
            | Self::Approved { .. }
            | Self::Open { .. }
            | Self::Failed { .. }
            | Self::Succeeded { .. }
            | Self::Skipped { .. }
            | Self::Attested { .. } => false,
        }
    }

    /// Whether a composite is past that part of it.
    pub(crate) fn is_past(&self, part: Part) -> bool {
        if let Self::Open { part: turned, .. } = self { *turned > part } else { self.is_settled() }
    }

    /// Whether the step was done. One that was skipped was not.
    pub fn is_done(&self) -> bool {
        self.is_settled() && !matches!(self, Self::Skipped { .. })
    }
}

impl StepRecord {
    pub(super) fn new(id: StepId) -> Self {
        Self {
            id,
            at: (0, 0),
            parent: None,
            part: Part::Steps,
            children: Vec::new(),
            role: Role::Single,
            item: None,
            state: StepState::Pending,
            started: None,
            first_started: None,
            ended: None,
            counts_from: None,
            began: None,
            next_attempt: AttemptNo::FIRST,
            attempts_since_asked: 0,
            outputs: BTreeMap::new(),
            artifacts: Vec::new(),
            superseded: 0,
            attestation: None,
            probe: None,
            call: CallStage::Begun { recovering: false },
            locks: Locks::None,
            lock_names: Vec::new(),
            closed: None,
            overrun: false,
            remedy: Vec::new(),
            called: None,
            allowed: 0,
            stale: false,
            glass: Glass::default(),
            asked: Vec::new(),
        }
    }
}
