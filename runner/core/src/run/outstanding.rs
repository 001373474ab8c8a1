//! What must be under way for a run, as a function of its state.

use super::{Ending, RunState, StepState, admission::is_ready};
use crate::effect::Effect;

/// Everything that must be under way now.
///
/// Looks at active steps only, so its cost does not grow with the runbook. A driver that starts
/// what is missing and stops what is no longer listed needs no other memory, before a crash or
/// after it.
pub fn outstanding(state: &RunState) -> impl Iterator<Item = Effect> {
    // Time means nothing to a run that is to end early.
    let timeless = state.ending == Ending::Working && state.is_cut_short();
    let wanted = move |effect: &Effect| !(timeless && matches!(effect, Effect::Wake { .. }));
    state.active.iter().filter_map(|&at| of_step(state, at)).filter(wanted)
}

fn of_step(state: &RunState, at: usize) -> Option<Effect> {
    let record = &state.steps[at];
    let planned = state.planned(record);
    let step = planned.id.clone();
    match &record.state {
        StepState::Pending => is_ready(state, at)
            .ok()
            .map(|()| Effect::Resolve { step, attempt: record.next_attempt }),
        StepState::Running { attempt, epoch, work, deadline } => {
            let finally = state.plan.phases[record.at.0].finally;
            let wanted = *epoch == state.epoch && (finally || !state.is_cut_short());
            wanted.then(|| Effect::Perform {
                step,
                attempt: *attempt,
                work: work.clone(),
                deadline: *deadline,
            })
        }
        StepState::Backoff { retry_at, .. } => Some(Effect::Wake { step, at: *retry_at }),
        StepState::Ticking { deadline, .. } => Some(Effect::Wake { step, at: *deadline }),
        StepState::Asking { expires, .. } => Some(Effect::Wake { step, at: *expires }),
        StepState::Approved { valid_until, .. } => Some(Effect::Wake { step, at: *valid_until }),
        // A clock that is not to be trusted releases nothing.
        StepState::Delaying { due, .. } => {
            (!state.clock_held).then_some(Effect::Wake { step, at: *due })
        }
        StepState::Failed { .. }
        | StepState::Unknown { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => None,
    }
}
