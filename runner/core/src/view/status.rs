//! A run, and a step, in one word.

use std::fmt;

use super::{Need, waiting};
use crate::{
    event::RunResult,
    run::{Ending, RunState, StepState, outstanding},
    step::verbs::word,
};

/// A run in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Something is under way, or would be as soon as a driver moves the run.
    Running,
    /// It waits for people's answers or for time to pass, as the runbook wants it.
    Waiting,
    /// It waits for a person because something went wrong, or because a person holds it.
    Paused,
    /// It ended, and all was done.
    Succeeded,
    /// It ended, and something was left undone.
    Incomplete,
    /// It ended because a step failed.
    Failed,
    /// It was ended early.
    Aborted,
}

impl Status {
    /// The word itself.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

impl From<RunResult> for Status {
    fn from(result: RunResult) -> Self {
        match result {
            RunResult::Succeeded => Self::Succeeded,
            RunResult::Incomplete => Self::Incomplete,
            RunResult::Failed => Self::Failed,
            RunResult::Aborted => Self::Aborted,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Where a run stands. If one branch works and another waits, the run is running.
pub fn status(state: &RunState) -> Status {
    use crate::effect::{Effect, Leg};
    if let Ending::Closed(result) = state.ending() {
        return result.into();
    }
    if state.opened().is_none() {
        return Status::Running;
    }
    let moving = |effect: Effect| match effect {
        Effect::Perform { leg: Leg::Poll(_), .. } | Effect::Lock { .. } | Effect::Wake { .. } => {
            false
        }
        Effect::Resolve { .. } | Effect::Perform { .. } | Effect::Outputs => true,
    };
    if outstanding(state).any(moving) {
        return Status::Running;
    }
    let trouble = waiting(state).iter().any(|open| match open.need {
        Need::Answers { .. }
        | Need::Approval { .. }
        | Need::Time { .. }
        | Need::NextAttempt { .. }
        | Need::Locks { .. }
        | Need::Run { .. }
        | Need::Action { .. }
        | Need::Turn { .. } => false,
        Need::Window { ref opens, .. } => opens.is_none(),
        Need::Verb { .. }
        | Need::Word { .. }
        | Need::Confirmation { .. }
        | Need::Settlement { .. }
        | Need::Lift { .. }
        | Need::Revision { .. }
        | Need::Clock
        | Need::Storage { .. } => true,
    });
    if trouble { Status::Paused } else { Status::Waiting }
}

/// A step in one word, as shown to people. A step that a finished run never reached says so, for
/// "pending" would promise that it is still to come.
pub fn step_word(run: &RunState, state: &StepState) -> &'static str {
    match (run.ending(), state) {
        (Ending::Closed(_), StepState::Pending) => "not reached",
        _ => word(state),
    }
}
