//! What will happen at which instant, in an order that is always the same.

use std::collections::BTreeMap;

use hardstop_core::{
    effect::EffectId,
    ids::{AttemptNo, StepId},
    input::Outcome,
    time::Timestamp,
};
use hardstop_runbook::scenario::Answered;

/// Something that will happen.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// An attempt ends.
    Ends { run: usize, step: StepId, attempt: AttemptNo, outcome: Outcome },
    /// What is asked again and again is asked.
    Asks {
        run: usize,
        step: StepId,
        attempt: AttemptNo,
        answer: Answered,
        deadline: Option<Timestamp>,
    },
    /// A run is opened.
    Begins { run: usize },
    /// A run of another runbook is asked to end.
    Stops { run: usize },
    /// The runner dies, and starts again.
    Dies,
    /// Time has come for a run.
    Wakes { run: usize, id: EffectId },
    /// Locks were given.
    Locked { run: usize, step: Option<StepId> },
    /// A lock of another run is given back.
    Freed,
    /// The deed of this place in the scenario is done.
    Deed(usize),
}

/// The order of what happens at one instant: what the world does by itself comes before what
/// people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    World,
    People,
}

/// A handle on something that will happen.
pub(super) type Ticket = (Timestamp, u64);

/// All that will happen.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    next: BTreeMap<(Timestamp, Rank, u64), Next>,
    count: u64,
}

impl Agenda {
    pub(super) fn put(&mut self, at: Timestamp, next: Next) -> Ticket {
        let rank = if let Next::Deed(_) = next { Rank::People } else { Rank::World };
        self.count += 1;
        self.next.insert((at, rank, self.count), next);
        (at, self.count)
    }

    /// Takes back what the world was to do.
    pub(super) fn cancel(&mut self, (at, count): Ticket) {
        self.next.remove(&(at, Rank::World, count));
    }

    /// The next that will happen, and when.
    pub(super) fn pop(&mut self) -> Option<(Timestamp, Next)> {
        self.next.pop_first().map(|((at, ..), next)| (at, next))
    }

    /// When the next will happen.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.next.first_key_value().map(|((at, ..), _)| *at)
    }
}
