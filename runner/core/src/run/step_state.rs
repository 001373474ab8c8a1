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
//!     └──> Succeeded | Skipped | Attested                  (all of these absorb)
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    event::{Artifact, Binding, Cause, OpenedItem, SkipReason, Work},
    ids::{AttemptNo, Digest, Epoch, ItemId},
    policy::By,
    time::{Reading, Timestamp},
    value::Value,
};

/// One step's place in the plan, its state, and what its past attempts left.
#[derive(Clone, Debug)]
pub(crate) struct StepRecord {
    /// The phase it belongs to, and its place in it.
    pub(crate) at: (usize, usize),
    pub(crate) state: StepState,
    /// When the attempt that counts started.
    pub(crate) started: Option<Point>,
    /// When the step was settled.
    pub(crate) ended: Option<Point>,
    /// What the delay under way counts from. Fixed when it begins, whatever happens there later.
    pub(crate) counts_from: Option<Point>,
    /// The number the next attempt or request gets.
    pub(crate) next_attempt: AttemptNo,
    /// Attempts made since a person last asked for one.
    pub(crate) attempts_since_asked: u32,
    pub(crate) outputs: BTreeMap<String, Value>,
    /// What the attempts left, in order.
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) attestation: Option<Attestation>,
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

    /// Whether the step was done. One that was skipped was not.
    pub fn is_done(&self) -> bool {
        self.is_settled() && !matches!(self, Self::Skipped { .. })
    }
}

impl StepRecord {
    pub(super) fn new(at: (usize, usize)) -> Self {
        Self {
            at,
            state: StepState::Pending,
            started: None,
            ended: None,
            counts_from: None,
            next_attempt: AttemptNo::FIRST,
            attempts_since_asked: 0,
            outputs: BTreeMap::new(),
            artifacts: Vec::new(),
            attestation: None,
        }
    }
}
