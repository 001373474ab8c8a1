//! What the passing of time brings.

use super::{Context, RunState, StepState, clock, composite, decide::refuse_older_policy, ending};
use crate::{
    event::Event,
    ids::StepId,
    model::{OnFailure, StepKind},
    policy::Policy,
    step::{approval, attempt, checklist, delay, lock, window},
};

/// What the passing of time brings: one group of facts at a time; ask again until there are none.
pub(super) fn wake(state: &RunState, context: &Context<'_>) -> Vec<Event> {
    let mut events: Vec<Event> = clock::anomaly(state, context.now).into_iter().collect();
    let Policy { version, digest, .. } = *context.policy;
    let current = state.policy == Some((version, digest));
    if !current && refuse_older_policy(state, context.policy).is_ok() {
        let revoked = context.policy.revocation(&state.plan, &state.pinned).cloned();
        events.push(Event::PolicyLoaded { version, digest, revoked });
    }
    if !events.is_empty() || refuse_older_policy(state, context.policy).is_err() {
        return events;
    }
    let at_hand = state.active.union(&state.locked);
    let events: Vec<Event> = at_hand.flat_map(|&at| wake_step(state, at, context)).collect();
    if events.is_empty() { ending::next(state, context.now).into_iter().collect() } else { events }
}

fn wake_step(state: &RunState, at: usize, context: &Context<'_>) -> Vec<Event> {
    let record = state.record(at);
    let (step, now) = (state.planned(record), context.now.wall);
    if let Some(event) = lock::wake(state, at) {
        return vec![event];
    }
    // Once the run is to end early, only what is under way still matters.
    if state.is_stopped(at) || !state.active.contains(&at) {
        return Vec::new();
    }
    match (&record.state, &step.kind) {
        (StepState::Pending, _) => window::wake(state, at, now),
        (StepState::Open { .. }, _) => composite::wake(state, at).into_iter().collect(),
        (StepState::Running { .. }, _) => window::overrun(state, at, now),
        (StepState::Failed { .. }, _) => remedy(state, at),
        (StepState::Backoff { retry_at }, _) => attempt::backoff(&record.id, *retry_at, now),
        (ticking @ StepState::Ticking { .. }, StepKind::Checklist(list)) => {
            checklist::wake(&record.id, list, ticking, now)
        }
        (StepState::Asking { .. } | StepState::Approved { .. }, _) => {
            approval::wake(state, at, context)
        }
        (StepState::Delaying { .. }, _) => delay::wake(state, at, now),
        (
            StepState::Ticking { .. }
            | StepState::Unknown { .. }
            | StepState::Succeeded { .. }
            | StepState::Skipped { .. }
            | StepState::Attested { .. },
            _,
        ) => Vec::new(),
    }
}

/// The steps the runbook has for a failure of this one, once each time it failed for good. What is still under
/// way of them since an earlier failure ends first, because they begin anew.
fn remedy(state: &RunState, at: usize) -> Vec<Event> {
    let record = state.record(at);
    let OnFailure::Run { steps, .. } = &state.planned(record).on_failure else { return Vec::new() };
    // A no is an answer, not a failure: `on_rejected` says what it does.
    let is_answer = matches!(state.planned(record).kind, StepKind::Approval(_));
    if is_answer || !record.remedy.is_empty() {
        return Vec::new();
    }
    let steps: Vec<StepId> =
        steps.iter().filter_map(|step| state.nearest(&record.id, step)).collect();
    if steps.iter().filter_map(|step| state.at(step)).any(|at| state.is_moving(at)) {
        return Vec::new();
    }
    vec![Event::RemedyStarted { step: record.id.clone(), steps }]
}
