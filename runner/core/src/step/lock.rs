//! Locks: taken all at once, sorted by name, first come first served; kept until the step is over.
//!
//! All locks of a step are asked for at once and in one order, so that two runs never wait for
//! each other (peers' Q29). Who holds what is the business of the store behind
//! [`Effect::Lock`](crate::effect::Effect::Lock); the journal says when it was had.

use crate::{
    event::Event,
    ids::StepId,
    model::Step,
    run::{
        RunState,
        step_state::{Locks, Role, StepRecord},
    },
};

/// Whether the step has to ask for its locks before anything else. The items of a fan-out ask,
/// each for its own; the fan-out does not.
pub(crate) fn are_due(record: &StepRecord, planned: &Step) -> bool {
    record.role != Role::Fan && !planned.locks.is_empty() && record.locks == Locks::None
}

/// The answer to a request for locks. A repeated one means nothing.
pub(crate) fn held(state: &RunState, step: Option<&StepId>) -> Vec<Event> {
    let asked = match step {
        None => state.group.as_ref().is_some_and(|(_, held)| !held),
        Some(id) => {
            state.at(id).is_some_and(|at| matches!(state.record(at).locks, Locks::Asked(_)))
        }
    };
    if asked { vec![Event::LocksAcquired { step: step.cloned() }] } else { Vec::new() }
}
