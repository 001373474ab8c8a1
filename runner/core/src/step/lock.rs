//! Locks: taken all at once, sorted by name, first come first served; kept until the step is over,
//! or its failure keeps nobody waiting.
//!
//! All locks of a step are asked for at once and in one order, so that two runs never wait for
//! each other (peers' Q29). Who holds what is the business of the store behind
//! [`Effect::Lock`](crate::effect::Effect::Lock); the journal says when it was had.

use crate::{
    event::Event,
    ids::StepId,
    model::Step,
    run::{
        Blocked, RunState, Stage, StepState, is_ready,
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

/// What becomes of the step's locks now: let go once nothing needs them, and asked for again by a
/// composite in which something goes on after all. Whether they are needed does not depend on
/// whether they are had, so that the one never brings about the other.
pub(crate) fn wake(state: &RunState, at: usize) -> Option<Event> {
    let record = state.record(at);
    let step = record.id.clone();
    // What is done on the way out may ask for the same. Nothing is let go while anything of a run
    // that ends early is still under way.
    if state.is_stopped(at) {
        let is_over = record.locks != Locks::None && !is_stopping(state);
        return is_over.then_some(Event::LocksReleased { step });
    }
    match (&record.locks, are_needed(state, at)) {
        (Locks::None, true) if state.is_without_locks(at) && state.lacking(at).is_none() => {
            Some(Event::LocksRequested { step: Some(step), names: record.lock_names.clone() })
        }
        (Locks::Asked(_) | Locks::Held(_), false) => Some(Event::LocksReleased { step }),
        (Locks::None | Locks::Asked(_) | Locks::Held(_), _) => None,
    }
}

fn is_stopping(state: &RunState) -> bool {
    state.active.iter().any(|&at| {
        state.stage(at) == Stage::Forward
            && matches!(state.record(at).state, StepState::Running { .. })
    })
}

/// Whether the step needs its locks: it is next or under way, or others wait until its failure is
/// settled. What follows may ask for the same, and so may an earlier step that is done again.
fn are_needed(state: &RunState, at: usize) -> bool {
    let is_waited_for = || !state.is_let_be(at) && !state.is_behind_again(at);
    match &state.record(at).state {
        StepState::Pending => is_next(state, at),
        StepState::Open { .. } => is_waited_for() || goes_on_within(state, at),
        StepState::Failed { .. } => is_waited_for(),
        StepState::Running { .. }
        | StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Approved { .. }
        | StepState::Delaying { .. }
        | StepState::Unknown { .. } => true,
        StepState::Succeeded { .. } | StepState::Skipped { .. } | StepState::Attested { .. } => {
            false
        }
    }
}

fn is_next(state: &RunState, at: usize) -> bool {
    match is_ready(state, at) {
        Ok(()) | Err(Blocked::Held | Blocked::Queued | Blocked::Locks | Blocked::Window { .. }) => {
            true
        }
        Err(
            Blocked::NotPending
            | Blocked::RunNotWorking
            | Blocked::NotItsTurn
            | Blocked::Void { .. },
        ) => false,
    }
}

/// Whether anything that stands under the composite's locks is next or under way.
fn goes_on_within(state: &RunState, composite: usize) -> bool {
    let below = state.tree.below(composite).into_iter();
    below
        .filter(|&at| state.around(at).any(|above| above == composite))
        .any(|at| state.record(at).state.is_moving() || is_next(state, at))
}
