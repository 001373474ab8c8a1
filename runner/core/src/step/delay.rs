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
    model::{Anchor, AnchorPoint, AttemptRule, Delay, StepKind, Until},
    run::{
        RunState, StepState,
        step_state::{Point, Role},
    },
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
    let fails = |message: String| Event::StepFailed {
        step: step.clone(),
        attempt,
        cause: Cause::Unresolved { message },
    };
    let (since, due) = match (&delay.until, until) {
        (Until::Instant(_), Some(due)) => (now, due),
        (Until::Instant(text), None) => return fails(format!("`until: {text}` gave no instant")),
        (Until::After { span, since: None }, _) => (now, now.plus(*span)),
        (Until::After { span, since: Some(anchor) }, _) => {
            let Some(point) = point(state, &step, anchor, delay) else {
                return fails(format!(
                    "`{}` was never {}, so there is no instant to count from",
                    anchor.step, anchor.point
                ));
            };
            let since = state.as_set_now(point);
            (since, since.plus(*span))
        }
    };
    if hard {
        Event::HardStopStarted { step, since, due }
    } else {
        Event::WaitStarted { step, since, due }
    }
}

/// What a delay counts from, if that has happened. A step left undone was never finished.
fn point<'a>(
    state: &'a RunState,
    from: &StepId,
    anchor: &Anchor,
    delay: &Delay,
) -> Option<&'a Point> {
    let at = state.at(&state.nearest(from, &anchor.step)?)?;
    let record = state.record(at);
    match (anchor.point, delay.attempt) {
        (AnchorPoint::Started, AttemptRule::First) => record.first_started.as_ref(),
        (AnchorPoint::Started, rule) => {
            let latest = rule == AttemptRule::Latest || delay.continuous;
            let parts = if latest { state.tree.below(at) } else { vec![at] };
            let started = parts.into_iter().filter_map(|part| {
                let record = state.record(part);
                Some((record.began?, record.started.as_ref()?))
            });
            started.max_by_key(|(began, _)| *began).map(|(_, point)| point)
        }
        (AnchorPoint::Finished | AnchorPoint::Approved, _) => {
            let undone = matches!(record.state, StepState::Skipped { .. });
            record.ended.as_ref().filter(|_| !undone)
        }
    }
}

fn anchor(delay: &Delay) -> Option<&Anchor> {
    match &delay.until {
        Until::After { since, .. } => since.as_ref(),
        Until::Instant(_) => None,
    }
}

fn of(state: &RunState, at: usize) -> Option<&Delay> {
    match &state.planned(state.record(at)).kind {
        StepKind::Wait(delay) | StepKind::HardStop(delay) => Some(delay),
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Checklist(_)
        | StepKind::Approval(_)
        | StepKind::Block
        | StepKind::Parallel => None,
    }
}

/// What the delay at `at` counts from as things stand now.
pub(crate) fn counts_from(state: &RunState, at: usize) -> Option<&Point> {
    let delay = of(state, at)?;
    point(state, &state.record(at).id, anchor(delay)?, delay)
}

/// Whether the delay releases nothing for now.
pub(crate) fn is_suspended(state: &RunState, at: usize) -> bool {
    suspended_by(state, at).is_some()
}

/// The step because of which the delay releases nothing for now: the attempt it counts from ended
/// badly, or has yet to begin again (peers' Q2). On the way out that will not change any more.
pub(crate) fn suspended_by(state: &RunState, at: usize) -> Option<usize> {
    let anchor = of(state, at).and_then(anchor)?;
    let anchored = state.nearest(&state.record(at).id, &anchor.step)?;
    let anchored = state.at(&anchored).filter(|&it| state.is_stage_on(it))?;
    let suspends = match state.record(anchored).state {
        StepState::Pending
        | StepState::Backoff { .. }
        | StepState::Failed { .. }
        | StepState::Unknown { .. } => true,
        StepState::Open { .. } => {
            state.record(anchored).role == Role::Fan && state.is_exceeded(anchored)
        }
        StepState::Running { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Approved { .. }
        | StepState::Delaying { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => false,
    };
    suspends.then_some(anchored)
}

/// What the passing of time means for a delay.
pub(crate) fn wake(state: &RunState, at: usize, now: Timestamp) -> Vec<Event> {
    let record = state.record(at);
    let (Some(delay), StepState::Delaying { due, .. }) = (of(state, at), &record.state) else {
        return Vec::new();
    };
    let step = record.id.clone();
    if let (Until::After { span, .. }, Some(moved)) = (&delay.until, moved_to(state, at)) {
        let since = state.as_set_now(moved);
        return vec![Event::DelayMoved { step, since, due: since.plus(*span) }];
    }
    // A clock that is not to be trusted releases nothing.
    if now < *due || state.clock_held || is_suspended(state, at) {
        return Vec::new();
    }
    let hard = matches!(state.planned(record).kind, StepKind::HardStop(_));
    vec![if hard { Event::HardStopElapsed { step } } else { Event::WaitElapsed { step } }]
}

/// The point a delay under way should count from instead, if the step it counts from began again.
fn moved_to(state: &RunState, at: usize) -> Option<&Point> {
    let now = counts_from(state, at)?;
    let then = state.record(at).counts_from.as_ref()?;
    (now.at != then.at).then_some(now)
}

/// By how many milliseconds the wall clock ran ahead unnoticed since the hard stop at `at` began
/// to count, if the wall clock says that it is over and the uptime says that it is not.
pub(crate) fn ran_ahead(state: &RunState, at: usize, now: &Reading) -> Option<i64> {
    let record = state.record(at);
    let (
        StepKind::HardStop(Delay { until: Until::After { .. }, .. }),
        StepState::Delaying { due, .. },
    ) = (&state.planned(record).kind, &record.state)
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
