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
    event::{Cause, Event, Lost},
    ids::{AttemptNo, StepId},
    input::Outcome,
    limits::ATTEMPTS_AUTO_MAX,
    model::{Retry, RetryOn, Step, StepKind},
    run::{Refusal, RunState, Stage, StepState},
    time::{Millis, Timestamp},
};

/// Whether an attempt goes on under the next lease: a run of another runbook has a journal of its
/// own and is simply looked after again, and what is asked again and again is asked once more.
/// Its time does not begin anew.
pub(crate) fn outlives_lease(step: &Step) -> bool {
    matches!(step.kind, StepKind::Runbook(_)) || step.kind.poll().is_some()
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
    // What a run of another runbook came to is not tried again without a person.
    let retry = kind.tries().map(|tries| tries.retry);
    let current = matches!(&record.state, StepState::Running { attempt, epoch, .. }
        if *attempt == answered
            && (*epoch == state.epoch || outlives_lease(state.planned(record))));
    if !current {
        return Ok(Vec::new());
    }
    let step = step.clone();
    Ok(match outcome {
        Outcome::Succeeded { outputs, artifacts } => {
            vec![Event::StepSucceeded { step, attempt: answered, outputs, artifacts }]
        }
        Outcome::NotYet { outputs, cause, artifacts } => {
            let known = record.probe.as_ref();
            let same = known.is_some_and(|last| last.outputs == outputs && last.cause == cause);
            let attempt = answered;
            let probed = Event::AttemptProbed { step, attempt, outputs, cause, artifacts };
            if same { Vec::new() } else { vec![probed] }
        }
        Outcome::Failed { cause, artifacts } => {
            let stopping = state.stage(at) == Stage::Forward && state.is_cut_short();
            let retry =
                retry.filter(|it| !stopping && may_retry(it, &cause, record.attempts_since_asked));
            let retry_at = retry.map(|it| now.plus(delay(it, record.attempts_since_asked)));
            let attempt = answered;
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
    })
}

/// What becomes of the attempts that an earlier holder of the lease had under way.
pub(crate) fn lost(state: &RunState) -> Vec<Event> {
    state
        .active
        .iter()
        .filter_map(|&at| {
            let record = state.record(at);
            let StepState::Running { attempt, .. } = record.state else { return None };
            let planned = state.planned(record);
            // Nobody asks for a run that ends early, so nobody would answer.
            let stopped = state.stage(at) == Stage::Forward && state.is_cut_short();
            if outlives_lease(planned) && !stopped {
                return None;
            }
            let again =
                planned.kind.tries()?.is_repeatable() && record.next_attempt.0 <= ATTEMPTS_AUTO_MAX;
            let step = record.id.clone();
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
        Cause::Exit { .. } | Cause::Signal { .. } | Cause::Action { .. } => RetryOn::Failed,
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
