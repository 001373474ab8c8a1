//! What an input means for a run, as facts.

use super::{
    Blocked, Refusal, RunState, StepState,
    admission::{is_ready, may_start},
    apply, clock, ending,
};
use crate::{
    event::{Cause, Event},
    ids::{AttemptNo, StepId},
    input::{Input, Request, Resolution},
    model::{Step, StepKind},
    policy::{Actor, By, Policy, Verb},
    step::{approval, attempt, checklist, delay, verbs},
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
        Input::Wake => Ok(wake(state, context)),
        Input::Resolved { step, attempt, resolution } => {
            refuse_older_policy(state, context.policy)?;
            resolved(state, step, *attempt, resolution, context)
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
        Input::Evidence(_) | Input::Open { .. } | Input::Locked { .. } => Ok(Vec::new()),
        Input::Person { actor, request } => {
            refuse_older_policy(state, context.policy)?;
            person(state, actor, request, context)
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
    fold(state, decided, events);
    settle(state, events);
    Ok(())
}

fn open(state: &RunState, input: &Input, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    match input {
        Input::Open { plan, inputs, actor, group } => {
            let by = context.policy.authorise(Verb::Start, actor).map_err(Refusal::NotAllowed)?;
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
        | Input::Evidence(_)
        | Input::Person { .. } => Err(Refusal::NotOpen),
    }
}

/// What the passing of time brings: one group of facts at a time; ask again until there are none.
fn wake(state: &RunState, context: &Context<'_>) -> Vec<Event> {
    let mut events: Vec<Event> = clock::anomaly(state, context.now).into_iter().collect();
    let Policy { version, digest, .. } = *context.policy;
    let current = state.policy == Some((version, digest));
    if !current && refuse_older_policy(state, context.policy).is_ok() {
        events.push(Event::PolicyLoaded { version, digest });
    }
    if !events.is_empty() || refuse_older_policy(state, context.policy).is_err() {
        return events;
    }
    let events: Vec<Event> =
        state.active.iter().flat_map(|&at| wake_step(state, at, context)).collect();
    if events.is_empty() { ending::next(state, context.now).into_iter().collect() } else { events }
}

fn wake_step(state: &RunState, at: usize, context: &Context<'_>) -> Vec<Event> {
    let record = &state.steps[at];
    let (step, now) = (state.planned(record), context.now.wall);
    // Once the run is to end early, only what is under way still matters.
    if state.ending == super::Ending::Working && state.is_cut_short() {
        return Vec::new();
    }
    match (&record.state, &step.kind) {
        (StepState::Backoff { retry_at }, _) => attempt::backoff(&step.id, *retry_at, now),
        (ticking @ StepState::Ticking { .. }, StepKind::Checklist(list)) => {
            checklist::wake(&step.id, list, ticking, now)
        }
        (StepState::Asking { .. } | StepState::Approved { .. }, _) => {
            approval::wake(state, at, context)
        }
        (StepState::Delaying { due, .. }, kind) => {
            // A clock that is not to be trusted releases nothing.
            let hard = matches!(kind, StepKind::HardStop(_));
            if state.clock_held { Vec::new() } else { delay::wake(&step.id, hard, *due, now) }
        }
        _ => Vec::new(),
    }
}

fn resolved(
    state: &RunState,
    id: &StepId,
    attempt: AttemptNo,
    resolution: &Result<Resolution, String>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = state.at(id).ok_or_else(|| Refusal::UnknownStep(id.clone()))?;
    let record = &state.steps[at];
    if record.next_attempt != attempt {
        return Ok(Vec::new());
    }
    match may_start(state, id, context) {
        Ok(()) => {}
        Err(Blocked::Void { approval, reason }) => return Ok(void(state, approval, reason)),
        Err(Blocked::NotPending | Blocked::RunNotWorking | Blocked::Held | Blocked::NotItsTurn) => {
            return Ok(Vec::new());
        }
    }
    let step = state.planned(record);
    Ok(vec![match resolution {
        Err(message) => {
            let cause = Cause::Unresolved { message: message.clone() };
            Event::StepFailed { step: id.clone(), attempt, cause }
        }
        Ok(resolution) => match start(state, step, attempt, resolution, context)? {
            Some(event) => event,
            None => return Ok(Vec::new()),
        },
    }])
}

/// The event that starts a step; `None` if what was resolved is out of date already.
fn start(
    state: &RunState,
    step: &Step,
    attempt: AttemptNo,
    resolution: &Resolution,
    context: &Context<'_>,
) -> Result<Option<Event>, Refusal> {
    let now = context.now.wall;
    Ok(Some(match (&step.kind, resolution) {
        (_, Resolution::Skip) => {
            let Some(condition) = step.condition.clone() else {
                return Err(Refusal::WrongAnswer(step.id.clone()));
            };
            let reason = crate::event::SkipReason::Condition { condition };
            Event::StepSkipped { step: step.id.clone(), reason }
        }
        (StepKind::Run(run), Resolution::Run(command)) => {
            attempt::start(&step.id, run, attempt, command.clone(), now)
        }
        (StepKind::Checklist(list), Resolution::Checklist(items)) => Event::ChecklistOpened {
            step: step.id.clone(),
            attempt,
            items: items.clone(),
            deadline: now.plus(list.timeout),
        },
        (StepKind::Approval(gate), Resolution::Approval { digest, binding }) => {
            if approval::binding(state, context.policy, &step.id).as_ref() != Some(binding) {
                return Ok(None);
            }
            approval::start((&step.id, gate), attempt, *digest, binding.clone(), now)
        }
        (StepKind::Wait(wait), Resolution::Delay { until }) => {
            delay::start(state, (&step.id, wait, false), attempt, *until, now)
        }
        (StepKind::HardStop(stop), Resolution::Delay { until }) => {
            delay::start(state, (&step.id, stop, true), attempt, *until, now)
        }
        _ => return Err(Refusal::WrongAnswer(step.id.clone())),
    }))
}

fn void(state: &RunState, step: StepId, reason: crate::event::VoidReason) -> Vec<Event> {
    match state.step(&step) {
        Some(StepState::Approved { request, .. } | StepState::Asking { request, .. }) => {
            vec![Event::ApprovalVoided { step, request: *request, reason }]
        }
        _ => Vec::new(),
    }
}

fn person(
    state: &RunState,
    actor: &Actor,
    request: &Request,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let allowed = |verb| context.policy.authorise(verb, actor).map_err(Refusal::NotAllowed);
    match request {
        Request::Tick { step, item, value, artifact } => {
            let by = allowed(Verb::Tick)?;
            let StepKind::Checklist(list) = &working_step(state, step)?.0.kind else {
                return Err(Refusal::NotNow(format!("`{step}` is not a checklist")));
            };
            checklist::tick(state, (step, list), item, (value.clone(), artifact.clone()), by)
        }
        Request::Approve { code, comment, .. } => {
            let answer = approval::Answer::Yes { comment: comment.clone() };
            approval::vote(state, actor, code, answer, context)
        }
        Request::Reject { code, reason } => {
            let answer = approval::Answer::No { reason: reason.clone() };
            approval::vote(state, actor, code, answer, context)
        }
        Request::Retry { step, after, reason } => {
            let by = allowed(Verb::Retry)?;
            let (_, step_state, _) = working_step(state, step)?;
            verbs::retry(step_state, step, *after, by, reason.clone())
        }
        Request::Skip { step, reason } => {
            let by = allowed(Verb::Skip)?;
            let (planned, step_state, is_next) = working_step(state, step)?;
            verbs::skip((planned, step_state), is_next, by, reason.clone())
        }
        Request::Attest { step, reason, artifacts } => {
            let by = allowed(Verb::Attest)?;
            let (planned, step_state, is_next) = working_step(state, step)?;
            let proof = (reason.clone(), artifacts.clone());
            verbs::attest(state, (planned, step_state), is_next, by, proof, context.policy)
        }
        Request::Hold { reason } => Ok(hold(state, allowed(Verb::Hold)?, reason)),
        Request::Lift { reason } => {
            let by = allowed(Verb::Hold)?;
            if state.hold.is_none() && !state.clock_held {
                return Err(Refusal::NotNow("the run is not held".to_owned()));
            }
            Ok(vec![Event::RunLifted { by, reason: reason.clone() }])
        }
        Request::Abort { reason } => {
            let by = allowed(Verb::Abort)?;
            if state.ending != super::Ending::Working {
                return Err(Refusal::NotNow("the run is ending already".to_owned()));
            }
            let asked = state.abort.is_some();
            let reason = reason.clone();
            Ok(if asked { Vec::new() } else { vec![Event::AbortRequested { by, reason }] })
        }
        _ => Err(Refusal::NotNow("not built yet".to_owned())),
    }
}

fn hold(state: &RunState, by: By, reason: &str) -> Vec<Event> {
    if state.hold.is_some() {
        return Vec::new();
    }
    vec![Event::RunHeld { by, reason: reason.to_owned() }]
}

/// A step a person's verb may speak of, one whose phase is still under way; and whether it is
/// next.
fn working_step<'a>(
    state: &'a RunState,
    id: &StepId,
) -> Result<(&'a Step, &'a StepState, bool), Refusal> {
    let at = state.at(id).ok_or_else(|| Refusal::UnknownStep(id.clone()))?;
    let record = &state.steps[at];
    let finally = state.plan.phases[record.at.0].finally;
    if !finally && (state.ending != super::Ending::Working || state.is_cut_short()) {
        return Err(Refusal::NotNow(format!("the run is ending; `{id}` can no longer change")));
    }
    let is_next = matches!(is_ready(state, at), Ok(()) | Err(Blocked::Held));
    Ok((state.planned(record), &record.state, is_next))
}

/// Nothing is decided under a policy older than one this run has seen, nor under one that was
/// edited without a new version.
fn refuse_older_policy(state: &RunState, policy: &Policy) -> Result<(), Refusal> {
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
