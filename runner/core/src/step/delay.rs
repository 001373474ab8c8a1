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
    model::{AnchorPoint, Delay, Until},
    run::RunState,
    time::Timestamp,
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
            let (started, ended) = state.times(&anchor.step);
            let point = match anchor.point {
                AnchorPoint::Started => started,
                AnchorPoint::Finished | AnchorPoint::Approved => ended,
            };
            let Some(since) = point else {
                let message = format!(
                    "`{}` was never {}, so there is no instant to count from",
                    anchor.step, anchor.point
                );
                return Event::StepFailed { step, attempt, cause: Cause::Unresolved { message } };
            };
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
