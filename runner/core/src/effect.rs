//! Work the core wants under way.
//!
//! Effects are derived from the state by [`outstanding`](crate::run::outstanding), never queued:
//! a driver compares them with what it has under way, starts what is missing and stops what is no
//! longer wanted.

use std::fmt;

use crate::{
    event::{Pending, Work},
    ids::{AttemptNo, StepId},
    time::Timestamp,
};

/// Something the world should be doing for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "few are under way at once, and most are the large one"
)]
pub enum Effect {
    /// Evaluate the expressions of a step that may start, and answer with
    /// [`Input::Resolved`](crate::input::Input::Resolved). Only a driver that moves the run does
    /// this; a process that merely delivers a person's verb leaves it alone.
    Resolve {
        /// The step.
        step: StepId,
        /// The attempt that is about to start.
        attempt: AttemptNo,
    },
    /// Have work done, and answer with [`Input::Outcome`](crate::input::Input::Outcome).
    Perform {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: AttemptNo,
        /// What to do.
        work: Work,
        /// Which part of it.
        leg: Leg,
        /// Give up at this instant; a run of another runbook has none.
        deadline: Option<Timestamp>,
    },
    /// Ask for locks and keep them as long as this is outstanding. Answered with
    /// [`Input::Locked`](crate::input::Input::Locked) once they are held.
    Lock {
        /// The step that needs them; `None` for the run's own group.
        step: Option<StepId>,
        /// Their names, sorted.
        names: Vec<String>,
    },
    /// Evaluate what the run leaves for others, now that nothing else keeps it from closing, and
    /// answer with [`Input::Outputs`](crate::input::Input::Outputs).
    Outputs,
    /// Deliver [`Input::Wake`](crate::input::Input::Wake) at this instant.
    Wake {
        /// The step whose time it is.
        step: StepId,
        /// The instant.
        at: Timestamp,
    },
}

/// A part of an attempt. Commands and runs of other runbooks have but one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    /// The first, and the only one unless the action says otherwise.
    Begin {
        /// An earlier driver may have begun it, and it was looked for and not found.
        recovering: bool,
    },
    /// The action goes on by itself, and is to be asked again when it said.
    Poll(Pending),
    /// An earlier driver may have begun it: it is looked for, and nothing is changed.
    Probe,
}

/// An effect's name, unique in its run: doing the same name twice must equal doing it once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectId {
    /// Of [`Effect::Resolve`].
    Resolve(StepId, AttemptNo),
    /// Of [`Effect::Perform`].
    Perform(StepId, AttemptNo),
    /// Of [`Effect::Lock`].
    Lock(Option<StepId>),
    /// Of [`Effect::Outputs`].
    Outputs,
    /// Of [`Effect::Wake`].
    Wake(StepId, Timestamp),
}

impl Effect {
    /// The effect's name.
    pub fn id(&self) -> EffectId {
        match self {
            Self::Resolve { step, attempt } => EffectId::Resolve(step.clone(), *attempt),
            Self::Perform { step, attempt, .. } => EffectId::Perform(step.clone(), *attempt),
            Self::Lock { step, .. } => EffectId::Lock(step.clone()),
            Self::Outputs => EffectId::Outputs,
            Self::Wake { step, at } => EffectId::Wake(step.clone(), *at),
        }
    }
}

/// `resolve/<step>/<attempt>`, `perform/<step>/<attempt>`, `lock/<step>`, `outputs`,
/// `wake/<step>/<instant>`.
impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(step, attempt) => write!(f, "resolve/{step}/{attempt}"),
            Self::Perform(step, attempt) => write!(f, "perform/{step}/{attempt}"),
            Self::Lock(Some(step)) => write!(f, "lock/{step}"),
            Self::Lock(None) => f.write_str("lock"),
            Self::Outputs => f.write_str("outputs"),
            Self::Wake(step, at) => write!(f, "wake/{step}/{at}"),
        }
    }
}
