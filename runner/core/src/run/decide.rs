//! What an input means for a run, as facts.

use super::{Refusal, RunState, apply, clock, ending, person, start, wake};
use crate::{
    event::Event,
    input::{Input, Request},
    policy::Policy,
    step::{attempt, lock},
    time::Reading,
};

/// What a decision may look at besides the run: the clocks and the rules of this moment.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The clocks.
    pub now: &'a Reading,
    /// The policy in force.
    pub policy: &'a Policy,
}

/// Decides what `input` means, without changing anything.
///
/// Pure: equal arguments give equal answers. A release may change the answers; it may not change
/// [`apply`]. No events means that the input is late, repeated, or of no consequence.
///
/// # Errors
///
/// [`Refusal`] if the input is not accepted. Nothing happened.
pub fn decide(
    state: &RunState,
    input: &Input,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    if state.opened.is_none() {
        return open(state, input, context);
    }
    if let super::Ending::Closed(_) = state.ending {
        return match input {
            Input::Person { .. } => Err(Refusal::Closed),
            Input::Open { .. }
            | Input::LeaseTaken { .. }
            | Input::Wake
            | Input::Resolved { .. }
            | Input::Outcome { .. }
            | Input::Locked { .. }
            | Input::Outputs(_)
            | Input::Evidence(_) => Ok(Vec::new()),
        };
    }
    match input {
        Input::LeaseTaken { epoch, holder } => {
            let expected = crate::ids::Epoch(state.epoch.0 + 1);
            if *epoch != expected {
                return Err(Refusal::StaleLease { expected, found: *epoch });
            }
            let mut events = vec![Event::LeaseAcquired { epoch: *epoch, holder: holder.clone() }];
            events.extend(clock::anomaly(state, context.now));
            events.extend(attempt::lost(state));
            Ok(events)
        }
        Input::Wake => Ok(wake::wake(state, context)),
        Input::Resolved { step, attempt, resolution } => {
            refuse_older_policy(state, context.policy)?;
            start::resolved(state, step, *attempt, resolution, context)
        }
        Input::Outcome { step, attempt, outcome } => {
            attempt::outcome(state, step, *attempt, outcome.clone(), context.now.wall)
        }
        Input::Evidence(Ok(())) if state.evidence_blocked.is_some() => {
            Ok(vec![Event::EvidenceUnblocked {}])
        }
        Input::Evidence(Err(reason)) if state.evidence_blocked.is_none() => {
            Ok(vec![Event::EvidenceBlocked { reason: reason.clone() }])
        }
        Input::Outputs(outputs) => {
            Ok(ending::close(state, outputs, context.now).into_iter().collect())
        }
        Input::Locked { step } => Ok(lock::held(state, step.as_ref())),
        Input::Evidence(_) | Input::Open { .. } => Ok(Vec::new()),
        Input::Person { actor, request } => {
            refuse_older_policy(state, context.policy)?;
            person::asks(state, actor, request, context)
        }
    }
}

/// Decides, folds, and goes on deciding until time and circumstances bring no more facts.
///
/// This is the step every driver takes: on return `state` is as if the returned events had been
/// folded, and the driver must make them durable before anything else. If it cannot, it throws
/// `state` away and folds the journal again.
///
/// # Errors
///
/// [`Refusal`] for `input` itself. Facts that the passing of time brought before it was looked at
/// are returned in `events` all the same.
pub fn advance(
    state: &mut RunState,
    input: &Input,
    context: &Context<'_>,
    events: &mut Vec<Event>,
) -> Result<(), Refusal> {
    let fold = |state: &mut RunState, new: Vec<Event>, events: &mut Vec<Event>| {
        for event in new {
            apply(state, &event, context.now);
            events.push(event);
        }
    };
    let settle = |state: &mut RunState, events: &mut Vec<Event>| loop {
        let new = decide(state, &Input::Wake, context).unwrap_or_default();
        if new.is_empty() {
            break;
        }
        fold(state, new, events);
    };
    // The clocks and the policy are looked at before anything is decided under them. Taking the
    // lease does so itself: nothing may be written before it.
    if state.opened.is_some() && !matches!(input, Input::LeaseTaken { .. }) {
        settle(state, events);
    }
    let decided = decide(state, input, context)?;
    if let Input::Person { request: Request::Rebase { onto, .. }, .. } = input {
        state.know(onto.digest, std::sync::Arc::clone(&onto.plan));
    }
    fold(state, decided, events);
    settle(state, events);
    Ok(())
}

fn open(state: &RunState, input: &Input, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    match input {
        Input::Open { plan, inputs, actor, group } => {
            let by = context
                .policy
                .admit(&state.plan, &state.pinned, actor)
                .map_err(Refusal::NotAllowed)?;
            let runbook = state.plan.runbook.clone();
            let opened = Event::RunOpened {
                runbook,
                plan: *plan,
                inputs: *inputs,
                by,
                group: group.clone(),
            };
            Ok(vec![opened])
        }
        Input::LeaseTaken { .. }
        | Input::Wake
        | Input::Resolved { .. }
        | Input::Outcome { .. }
        | Input::Locked { .. }
        | Input::Outputs(_)
        | Input::Evidence(_)
        | Input::Person { .. } => Err(Refusal::NotOpen),
    }
}

/// Nothing is decided under a policy older than one this run has seen, nor under one that was
/// edited without a new version.
pub(super) fn refuse_older_policy(state: &RunState, policy: &Policy) -> Result<(), Refusal> {
    match state.policy {
        Some((seen, digest))
            if policy.version < seen || policy.version == seen && policy.digest != digest =>
        {
            let found = if policy.is_solo() && seen > 0 {
                "there is none".to_owned()
            } else if policy.version == seen {
                format!("its text differs, still as version {seen}")
            } else {
                format!("it is version {}", policy.version)
            };
            Err(Refusal::PolicyWentBack { seen, found })
        }
        _ => Ok(()),
    }
}
