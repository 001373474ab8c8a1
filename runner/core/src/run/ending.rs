//! How a run comes to its end.

use super::{Ending, RunState, StepState};
use crate::{
    event::{Event, RunResult, SkipReason},
    model::StepKind,
    time::Reading,
};

/// The event that brings the run nearer to its end, if one is due.
pub(super) fn next(state: &RunState, now: &Reading) -> Option<Event> {
    match state.ending {
        Ending::Working => result(state).map(|result| Event::RunEnding { result }),
        Ending::Finishing(result) => {
            let finally = state.plan.phases.iter().position(|phase| phase.finally);
            let over = finally.is_none_or(|index| state.is_phase_over(index))
                && state.open_items().next().is_none_or(|_| state.is_cut_short());
            let took = now.wall.since(state.opened()?);
            // What a person left undone in `finally` is work left undone as well.
            let result = if result == RunResult::Succeeded { success(state) } else { result };
            // A run whose evidence cannot be kept is not over.
            let kept = state.evidence_blocked.is_none();
            (over && kept).then_some(Event::RunClosed {
                result,
                took,
                outputs: std::collections::BTreeMap::new(),
            })
        }
        Ending::Closed(_) => None,
    }
}

/// The result, once nothing but `finally` is left to do.
fn result(state: &RunState) -> Option<RunResult> {
    let running = || state.active().any(|(_, step)| matches!(step, StepState::Running { .. }));
    if state.is_cut_short() {
        let result = if state.abort.is_some() { RunResult::Aborted } else { state.fatal()? };
        return (!running()).then_some(result);
    }
    let phases = &state.plan.phases;
    let over = phases.iter().enumerate().all(|(i, phase)| phase.finally || state.is_phase_over(i));
    (over && state.open_items().next().is_none()).then(|| success(state))
}

/// Skipped and empty are never success.
fn success(state: &RunState) -> RunResult {
    let mut anything_done = false;
    let mut work_left = false;
    for (step, step_state) in state.steps() {
        match step_state {
            StepState::Succeeded { .. }
            | StepState::Attested { .. }
            | StepState::Approved { .. } => anything_done = true,
            // A wait exists to be skippable; everything else a person skipped was work.
            StepState::Skipped { reason: SkipReason::Person { .. } } => {
                work_left |= !matches!(step.kind, StepKind::Wait(_));
            }
            StepState::Skipped { reason: SkipReason::Condition { .. } }
            | StepState::Pending
            | StepState::Running { .. }
            | StepState::Backoff { .. }
            | StepState::Ticking { .. }
            | StepState::Asking { .. }
            | StepState::Delaying { .. }
            | StepState::Failed { .. }
            | StepState::Unknown { .. } => {}
        }
    }
    if anything_done && !work_left { RunResult::Succeeded } else { RunResult::Incomplete }
}

impl RunState {
    /// Whether the run is to end before its work is done.
    pub(crate) fn is_cut_short(&self) -> bool {
        match self.ending {
            Ending::Working => self.abort.is_some() || self.fatal().is_some(),
            Ending::Finishing(result) | Ending::Closed(result) => {
                matches!(result, RunResult::Aborted | RunResult::Failed)
            }
        }
    }
}
