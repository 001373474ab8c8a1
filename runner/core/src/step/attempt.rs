//! Attempts at a `run` step.
//!
//! ```text
//! Pending ── command resolved ──> Running ── done ────────────────> Succeeded
//!    ^                               ├────── failed, may retry ───> Backoff ──┐
//!    │                               ├────── failed for good ─────> Failed    │
//!    │                               └────── runner gone ─────────> Unknown   │
//!    └──────────────── delay over, or idempotent and lost ────────────────────┘
//! ```

use crate::{
    event::{Cause, Command, Event, Lost},
    ids::{AttemptNo, StepId},
    input::Outcome,
    limits::ATTEMPTS_AUTO_MAX,
    model::{Retry, RetryOn, Run, StepKind},
    run::{Ending, Refusal, RunState, StepState},
    time::{Millis, Timestamp},
};

/// The start of an attempt.
pub(crate) fn start(
    step: &StepId,
    run: &Run,
    attempt: AttemptNo,
    command: Command,
    now: Timestamp,
) -> Event {
    Event::AttemptStarted { step: step.clone(), attempt, command, deadline: now.plus(run.timeout) }
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
    let record = &state.steps[at];
    let StepKind::Run(run) = &state.planned(record).kind else {
        return Err(Refusal::WrongAnswer(step.clone()));
    };
    let current = matches!(&record.state, StepState::Running { attempt, epoch, .. }
        if *attempt == answered && *epoch == state.epoch);
    if !current {
        return Ok(Vec::new());
    }
    let step = step.clone();
    Ok(match outcome {
        Outcome::Succeeded { outputs, artifacts } => {
            vec![Event::StepSucceeded { step, attempt: answered, outputs, artifacts }]
        }
        Outcome::NotYet { .. } => Vec::new(),
        Outcome::Failed { cause, artifacts } => {
            let stopping = state.ending == Ending::Working && state.is_cut_short();
            let again = !stopping && may_retry(&run.retry, &cause, record.attempts_since_asked);
            let retry_at = again.then(|| now.plus(delay(&run.retry, record.attempts_since_asked)));
            let attempt = answered;
            let failed = Event::AttemptFailed {
                step: step.clone(),
                attempt,
                cause: cause.clone(),
                artifacts,
                retry_at,
            };
            let mut events = vec![failed];
            if !again {
                events.push(Event::StepFailed { step, attempt, cause });
            }
            events
        }
    })
}

/// What becomes of the attempts that an earlier holder of the lease had under way.
pub(crate) fn lost(state: &RunState) -> Vec<Event> {
    state
        .active()
        .filter_map(|(step, step_state)| {
            let StepState::Running { attempt, .. } = step_state else { return None };
            let StepKind::Run(run) = &step.kind else { return None };
            let tries = state.at(&step.id).map_or(0, |at| state.steps[at].next_attempt.0);
            let again = run.idempotent && tries <= ATTEMPTS_AUTO_MAX;
            let step = step.id.clone();
            Some(Event::AttemptLost { step, attempt: *attempt, cause: Lost::RunnerGone, again })
        })
        .collect()
}

/// The end of the delay before the next attempt.
pub(crate) fn backoff(step: &StepId, retry_at: Timestamp, now: Timestamp) -> Vec<Event> {
    if now < retry_at { Vec::new() } else { vec![Event::BackoffElapsed { step: step.clone() }] }
}

fn may_retry(retry: &Retry, cause: &Cause, attempts: u32) -> bool {
    let end = match cause {
        Cause::Exit { .. } | Cause::Signal { .. } => RetryOn::Failed,
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
        | _ => return false,
    };
    attempts < retry.max_attempts && retry.on.contains(&end)
}

/// The delay after attempt number `attempts`, counted from 1.
fn delay(retry: &Retry, attempts: u32) -> Millis {
    let factor = u64::from(retry.backoff.max(1)).saturating_pow(attempts.saturating_sub(1));
    Millis(retry.delay.0.saturating_mul(factor)).min(retry.max_delay)
}
