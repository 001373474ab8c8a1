//! What must be under way for a run, as a function of its state.

use super::{
    Ending, RunState, StepState,
    admission::{Blocked, Stage, is_ready},
    call_stage::CallStage,
    ending::is_leaving,
    step_state::Locks,
};
use crate::{
    effect::{Effect, Leg},
    event::Work,
    step::attempt::{is_sought, outlives_lease},
};

/// Everything that must be under way now.
///
/// Looks at active steps only, so its cost does not grow with the runbook. A driver that starts
/// what is missing and stops what is no longer listed needs no other memory, before a crash or
/// after it.
pub fn outstanding(state: &RunState) -> impl Iterator<Item = Effect> {
    let cut_short = state.is_cut_short();
    let outputs = is_leaving(state).then_some(Effect::Outputs);
    let steps = state.active.iter().filter_map(move |&at| of_step(state, at, cut_short));
    locks(state).chain(steps).chain(outputs)
}

/// The locks asked for or held. They are kept until the run is over: what is taken back at the
/// end needs them as much as what was done.
fn locks(state: &RunState) -> impl Iterator<Item = Effect> {
    let open = state.opened.is_some() && !matches!(state.ending, Ending::Closed(_));
    let group = state
        .group
        .iter()
        .map(|(name, _)| Effect::Lock { step: None, names: vec![format!("group:{name}")] });
    let steps = state.locked.iter().filter_map(|&at| {
        let record = state.record(at);
        let (Locks::Asked(names) | Locks::Held(names)) = &record.locks else { return None };
        Some(Effect::Lock { step: Some(record.id.clone()), names: names.clone() })
    });
    group.chain(steps).filter(move |_| open)
}

fn of_step(state: &RunState, at: usize, cut_short: bool) -> Option<Effect> {
    let record = state.record(at);
    let step = record.id.clone();
    // Time means nothing to a run that is to end early, and what it does is to be stopped.
    let stopped = cut_short && state.stage(at) == Stage::Forward;
    let wake = |at| (!stopped).then_some(Effect::Wake { step: step.clone(), at });
    match &record.state {
        StepState::Pending => match is_ready(state, at) {
            Ok(()) => Some(Effect::Resolve { step, attempt: record.next_attempt }),
            Err(Blocked::Window { opens: Some(opens), .. }) => wake(opens),
            Err(_) => None,
        },
        StepState::Running { attempt, epoch, work, deadline } => {
            let ours = *epoch == state.epoch || outlives_lease(state, record);
            let leg = match &record.call {
                CallStage::Pending(pending) => Leg::Poll(pending.clone()),
                CallStage::Begun { recovering } => Leg::Begin { recovering: *recovering },
                CallStage::Lost { .. } => Leg::Probe,
            };
            let (attempt, work, deadline) = (*attempt, work.clone(), *deadline);
            // Even if the run ends early, what goes on by itself is looked for: it is to be ended.
            let wanted = leg == Leg::Probe || ours && !stopped;
            wanted.then_some(Effect::Perform { step, attempt, work, leg, deadline })
        }
        StepState::Unknown { attempt } if is_sought(state, record) => {
            let CallStage::Lost { call, .. } = &record.call else { return None };
            let (attempt, work) = (*attempt, Work::Call(call.clone()));
            Some(Effect::Perform { step, attempt, work, leg: Leg::Probe, deadline: None })
        }
        StepState::Backoff { retry_at, .. } => wake(*retry_at),
        StepState::Ticking { deadline, .. } => wake(*deadline),
        StepState::Asking { expires, .. } => {
            wake(crate::step::approval::next_instant(state, at).unwrap_or(*expires))
        }
        StepState::Approved { valid_until, .. } => wake(*valid_until),
        // A clock that is not to be trusted releases nothing.
        StepState::Delaying { due, .. } => {
            let releases = !state.clock_held && !crate::step::delay::is_suspended(state, at);
            releases.then(|| wake(*due)).flatten()
        }
        StepState::Open { .. }
        | StepState::Failed { .. }
        | StepState::Unknown { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => None,
    }
}
