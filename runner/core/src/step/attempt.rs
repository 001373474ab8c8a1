//! Attempts at the steps that do something: `run`, `uses` and `runbook`.
//!
//! ```text
//! Pending ── command resolved ──> Running ── done ────────────────> Succeeded
//!    ^                               ├────── failed, may retry ───> Backoff ──┐
//!    │                               ├────── failed for good ─────> Failed    │
//!    │                               └────── runner gone ─────────> Unknown   │
//!    └──────────────── delay over, or idempotent and lost ────────────────────┘
//! ```

use crate::{
    event::{Artifact, Cause, Event, Found, Lost, Work},
    ids::{AttemptNo, StepId},
    input::Outcome,
    limits::ATTEMPTS_AUTO_MAX,
    model::{Retry, RetryOn, StepKind},
    run::{Refusal, RunState, StepState, call_stage::CallStage, step_state::StepRecord},
    time::{Millis, Timestamp},
};

/// Whether an attempt goes on under the next lease: a run of another runbook has a journal of its
/// own and is simply looked after again, what is asked again and again is asked once more, and an
/// action that goes on by itself does. Its time does not begin anew.
pub(crate) fn outlives_lease(state: &RunState, record: &StepRecord) -> bool {
    let kind = &state.planned(record).kind;
    matches!(kind, StepKind::Runbook(_)) || kind.poll().is_some() || is_pending(record)
}

fn is_pending(record: &StepRecord) -> bool {
    matches!(record.call, CallStage::Pending(_))
}

/// Whether a call whose answer was lost is looked for now: at once, and then once under each lease,
/// because what kept it from being found may have been the network.
pub(crate) fn is_sought(state: &RunState, record: &StepRecord) -> bool {
    match (&record.state, &record.call) {
        (StepState::Running { .. }, CallStage::Lost { .. }) => true,
        (StepState::Unknown { .. }, CallStage::Lost { sought, .. }) => {
            sought.as_ref().is_none_or(|(epoch, _)| *epoch != state.epoch)
        }
        _ => false,
    }
}

/// What the answer to an attempt means. A late answer means nothing: the journal already says
/// how that attempt ended, and a fact is not revised.
pub(crate) fn outcome(
    state: &RunState,
    step: &StepId,
    answered: AttemptNo,
    outcome: Outcome,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let at = state.at(step).ok_or_else(|| Refusal::UnknownStep(step.clone()))?;
    let record = state.record(at);
    let kind = &state.planned(record).kind;
    if !kind.is_work() {
        return Err(Refusal::WrongAnswer(step.clone()));
    }
    let current = matches!(&record.state,
        StepState::Running { attempt, .. } | StepState::Unknown { attempt } if *attempt == answered);
    if !current {
        return Ok(Vec::new());
    }
    if is_sought(state, record) {
        return Ok(found(state, at, answered, outcome, now));
    }
    let ours = matches!(&record.state, StepState::Running { epoch, .. }
        if *epoch == state.epoch || outlives_lease(state, record));
    let tried = record.attempts_since_asked;
    Ok(if ours { answer(state, at, (answered, tried), outcome, now) } else { Vec::new() })
}

/// What the answer to an attempt under way means.
///
/// * `tried`: the attempts made since a person last asked for one, this one included.
fn answer(
    state: &RunState,
    at: usize,
    (attempt, tried): (AttemptNo, u32),
    outcome: Outcome,
    now: Timestamp,
) -> Vec<Event> {
    let record = state.record(at);
    let step = record.id.clone();
    match outcome {
        Outcome::Succeeded { outputs, artifacts } => {
            vec![Event::StepSucceeded { step, attempt, outputs, artifacts }]
        }
        Outcome::NotYet { outputs, cause, artifacts } => {
            let known = record.probe.as_ref();
            let same = known.is_some_and(|last| last.outputs == outputs && last.cause == cause);
            let probed = Event::AttemptProbed { step, attempt, outputs, cause, artifacts };
            // What goes on by itself no longer does.
            if same && !is_pending(record) { Vec::new() } else { vec![probed] }
        }
        Outcome::Pending { pending, artifacts } => {
            // Said twice is said once.
            let same = matches!(&record.call, CallStage::Pending(known) if *known == pending);
            let goes_on = Event::CallPending { step, attempt, pending, artifacts };
            if same { Vec::new() } else { vec![goes_on] }
        }
        Outcome::Failed { cause, artifacts } => {
            failed(state, at, (attempt, tried), (cause, artifacts), now)
        }
        // They answer another question.
        Outcome::NotStarted { .. } | Outcome::CannotTell { .. } => Vec::new(),
    }
}

fn failed(
    state: &RunState,
    at: usize,
    (attempt, tried): (AttemptNo, u32),
    (cause, artifacts): (Cause, Vec<Artifact>),
    now: Timestamp,
) -> Vec<Event> {
    let record = state.record(at);
    let step = record.id.clone();
    // What a run of another runbook came to is not tried again without a person.
    let retry = state.planned(record).kind.tries().map(|tries| tries.retry);
    let retry = retry.filter(|retry| !state.is_stopped(at) && may_retry(retry, &cause, tried));
    let retry_at = retry.map(|retry| now.plus(delay(retry, tried).max(asked_for(&cause))));
    let failed = Event::AttemptFailed {
        step: step.clone(),
        attempt,
        cause: cause.clone(),
        artifacts,
        retry_at,
    };
    let mut events = vec![failed];
    if retry.is_none() {
        events.push(Event::StepFailed { step, attempt, cause });
    }
    events
}

/// What became of a call whose answer was lost.
fn found(
    state: &RunState,
    at: usize,
    attempt: AttemptNo,
    outcome: Outcome,
    now: Timestamp,
) -> Vec<Event> {
    let record = state.record(at);
    let step = record.id.clone();
    let (found, artifacts, came_to) = match outcome {
        // Nobody wants it to begin now.
        Outcome::NotStarted { artifacts } if state.is_stopped(at) => {
            let stopped = Outcome::Failed { cause: Cause::Aborted, artifacts: Vec::new() };
            (Found::NotStarted, artifacts, Some(stopped))
        }
        Outcome::NotStarted { artifacts } => (Found::NotStarted, artifacts, None),
        Outcome::CannotTell { message, artifacts } => {
            let again = is_repeated(state, at);
            (Found::CannotTell { message, again }, artifacts, None)
        }
        goes_on @ Outcome::Pending { .. } => (Found::UnderWay, Vec::new(), Some(goes_on)),
        over @ (Outcome::Succeeded { .. } | Outcome::Failed { .. } | Outcome::NotYet { .. }) => {
            (Found::Over, Vec::new(), Some(over))
        }
    };
    let mut events = vec![Event::CallProbed { step, attempt, found, artifacts }];
    // It counts as an attempt again.
    let tried = record.attempts_since_asked + 1;
    let came_to = came_to.map(|outcome| answer(state, at, (attempt, tried), outcome, now));
    events.extend(came_to.into_iter().flatten());
    events
}

/// Whether an attempt that was lost is made again without asking. Nobody asks for a run that ends
/// early.
fn is_repeated(state: &RunState, at: usize) -> bool {
    let record = state.record(at);
    let tries = state.planned(record).kind.tries();
    let repeatable = tries.is_some_and(|tries| tries.is_repeatable());
    !state.is_stopped(at) && repeatable && record.next_attempt.0 <= ATTEMPTS_AUTO_MAX
}

/// What becomes of the attempts that an earlier holder of the lease had under way. A call is not
/// made again before it was looked for.
pub(crate) fn lost(state: &RunState) -> Vec<Event> {
    state
        .active
        .iter()
        .filter_map(|&at| {
            let record = state.record(at);
            let StepState::Running { attempt, work, .. } = &record.state else { return None };
            let planned = state.planned(record);
            // Nobody asks for a run that ends early, so nobody would answer. What goes on by itself
            // is to be ended.
            if outlives_lease(state, record) && (!state.is_stopped(at) || is_pending(record))
                || is_sought(state, record)
            {
                return None;
            }
            let tries = planned.kind.tries()?;
            let again = !matches!(work, Work::Call(_))
                && tries.is_repeatable()
                && record.next_attempt.0 <= ATTEMPTS_AUTO_MAX;
            let (step, attempt) = (record.id.clone(), *attempt);
            Some(Event::AttemptLost { step, attempt, cause: Lost::RunnerGone, again })
        })
        .collect()
}

/// The end of the delay before the next attempt.
pub(crate) fn backoff(step: &StepId, retry_at: Timestamp, now: Timestamp) -> Vec<Event> {
    if now < retry_at { Vec::new() } else { vec![Event::BackoffElapsed { step: step.clone() }] }
}

fn may_retry(retry: &Retry, cause: &Cause, attempts: u32) -> bool {
    let end = match cause {
        Cause::Exit { .. } | Cause::Signal { .. } | Cause::Action { permanent: false, .. } => {
            RetryOn::Failed
        }
        Cause::TimedOut => RetryOn::TimedOut,
        // Trying again cannot help, or nobody wants it to.
        Cause::Aborted
        | Cause::Interrupted
        | Cause::NotStarted { .. }
        | Cause::NotGranted { .. }
        | Cause::Unresolved { .. }
        | Cause::Capture { .. }
        | Cause::Evidence { .. }
        | Cause::Storage { .. }
        | Cause::Action { permanent: true, .. }
        | Cause::Child { .. }
        | Cause::Rejected => return false,
    };
    attempts < retry.max_attempts && retry.on.contains(&end)
}

/// The delay after attempt number `attempts`, counted from 1.
fn delay(retry: &Retry, attempts: u32) -> Millis {
    let factor = u64::from(retry.backoff.max(1)).saturating_pow(attempts.saturating_sub(1));
    Millis(retry.delay.0.saturating_mul(factor)).min(retry.max_delay)
}

/// How long the other side asked to be left alone.
fn asked_for(cause: &Cause) -> Millis {
    let Cause::Action { retry_after, .. } = cause else { return Millis(0) };
    retry_after.unwrap_or(Millis(0))
}
