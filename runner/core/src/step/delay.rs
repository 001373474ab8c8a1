//! Waits and hard stops: time that must pass.
//!
//! ```text
//! Pending ── reached ──> Delaying ── due ──> Succeeded
//!                           └────── skipped by a person (a wait only) ──> Skipped
//! ```
//!
//! The instant is fixed when the delay begins and stands in the journal. Nothing is computed
//! again after a restart, and no verb shortens a hard stop.

use crate::{
    event::{Cause, Event},
    ids::{AttemptNo, StepId},
    limits::CLOCK_READING_GAP,
    model::{Delay, StepKind, Until},
    run::{RunState, StepState},
    time::{Millis, Reading, Timestamp},
};

/// The beginning of a delay, or its failure where there is nothing to count from.
pub(crate) fn start(
    state: &RunState,
    (step, delay, hard): (&StepId, &Delay, bool),
    attempt: AttemptNo,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Event {
    let step = step.clone();
    let (since, due) = match (&delay.until, until) {
        (Until::Instant(_), Some(due)) => (now, due),
        (Until::After { span, since: None }, _) => (now, now.plus(*span)),
        (Until::After { span, since: Some(anchor) }, _) => {
            let Some(point) = state.point(anchor) else {
                let message = format!(
                    "`{}` was never {}, so there is no instant to count from",
                    anchor.step, anchor.point
                );
                return Event::StepFailed { step, attempt, cause: Cause::Unresolved { message } };
            };
            let since = state.as_set_now(point);
            (since, since.plus(*span))
        }
        (Until::Instant(text), None) => {
            let message = format!("`until: {text}` gave no instant");
            return Event::StepFailed { step, attempt, cause: Cause::Unresolved { message } };
        }
    };
    if hard {
        Event::HardStopStarted { step, since, due }
    } else {
        Event::WaitStarted { step, since, due }
    }
}

/// What the passing of time means for a delay.
pub(crate) fn wake(step: &StepId, hard: bool, due: Timestamp, now: Timestamp) -> Vec<Event> {
    if now < due {
        return Vec::new();
    }
    let step = step.clone();
    vec![if hard { Event::HardStopElapsed { step } } else { Event::WaitElapsed { step } }]
}

/// By how many milliseconds the wall clock ran ahead unnoticed since the hard stop at `at` began
/// to count, if the wall clock says that it is over and the uptime says that it is not.
pub(crate) fn ran_ahead(state: &RunState, at: usize, now: &Reading) -> Option<i64> {
    let record = &state.steps[at];
    let (StepKind::HardStop(Delay { until: Until::After { .. }, .. }), StepState::Delaying { due, .. }) =
        (&state.planned(record).kind, &record.state)
    else {
        return None;
    };
    let mut points = [record.counts_from.as_ref(), record.started.as_ref()].into_iter().flatten();
    let from = points.find(|point| point.at.boot == now.boot)?;
    let began = state.as_set_now(from);
    let passed = Millis(now.mono.0.saturating_sub(from.at.mono.0));
    let too_soon = due.since(began).0 > passed.0.saturating_add(CLOCK_READING_GAP.0);
    let ahead = now.wall.since(began).0.saturating_sub(passed.0);
    (now.wall >= *due && too_soon).then(|| i64::try_from(ahead).unwrap_or(i64::MAX))
}
