//! L4: time that had to pass did pass.

use hardstop_core::{
    event::Entry,
    ids::StepId,
    limits::CLOCK_READING_GAP,
    model::{Anchor, AnchorPoint, Delay, StepKind, Until},
    run::StepState,
    time::{Reading, Timestamp},
};

use super::{Report, authority::Scene, ids, journal};

/// A delay began: what it counts from and when it ends must be what the plan says.
pub(super) fn began(
    scene: &Scene<'_>,
    id: &StepId,
    (since, due): (Timestamp, Timestamp),
    report: &mut Report,
) {
    let Some(delay) = delay(scene, id) else {
        return scene.find(ids::ORDER, format!("`{id}` is not a delay"), report);
    };
    let wanted = match &delay.until {
        Until::Instant(_) => delay.until.constant(),
        Until::After { span, since: None } => Some(scene.entry.at.wall.plus(*span)),
        Until::After { span, since: Some(anchor) } => {
            if anchored(scene, anchor).is_none_or(|point| since < point.as_set_now) {
                let message = format!("`{id}` counts from an earlier instant than the plan says");
                scene.find(ids::DELAY, message, report);
            }
            Some(since.plus(*span))
        }
    };
    if wanted.is_some_and(|wanted| due < wanted) {
        scene.find(ids::DELAY, format!("`{id}` was made shorter than the plan says"), report);
    }
}

/// A delay ended: not before it was due by the clock, and a hard stop not by the uptime either.
pub(super) fn elapsed(scene: &Scene<'_>, id: &StepId, report: &mut Report) {
    let Some(StepState::Delaying { due, .. }) = scene.state.step(id) else {
        return scene.find(ids::DELAY, format!("`{id}` ended without having begun"), report);
    };
    if scene.entry.at.wall < *due {
        scene.find(ids::DELAY, format!("`{id}` ended before {due}"), report);
    }
    if by_uptime(scene, id, *due).is_some_and(|passed| !passed) {
        let message = format!("`{id}` ended before its time by the machine's uptime");
        scene.find(ids::DELAY, message, report);
    }
}

/// Whether the span of a hard stop passed by the uptime; `None` where it cannot tell.
fn by_uptime(scene: &Scene<'_>, id: &StepId, due: Timestamp) -> Option<bool> {
    let planned = scene.planned(id)?;
    let StepKind::HardStop(Delay { until: Until::After { since, .. }, .. }) = &planned.kind else {
        return None;
    };
    let now = &scene.entry.at;
    let anchor = since.as_ref().and_then(|anchor| anchored(scene, anchor));
    let own = scene.state.times(id).0.and_then(|started| point(scene, started));
    let from = [anchor, own].into_iter().flatten().find(|from| from.at.boot == now.boot)?;
    let passed = now.mono.0.saturating_sub(from.at.mono.0).saturating_add(CLOCK_READING_GAP.0);
    Some(due.since(from.as_set_now).0 <= passed)
}

fn delay<'a>(scene: &'a Scene<'_>, id: &StepId) -> Option<&'a Delay> {
    match &scene.planned(id)?.kind {
        StepKind::Wait(delay) | StepKind::HardStop(delay) => Some(delay),
        _ => None,
    }
}

/// A moment of the past.
struct Point<'a> {
    /// The clocks as they were.
    at: &'a Reading,
    /// The wall clock as it would have been, had it always been set as it is now.
    as_set_now: Timestamp,
}

/// The moment an anchor names.
fn anchored<'a>(scene: &'a Scene<'_>, anchor: &Anchor) -> Option<Point<'a>> {
    let (started, ended) = scene.state.times(&anchor.step);
    point(
        scene,
        match anchor.point {
            AnchorPoint::Started => started?,
            AnchorPoint::Finished | AnchorPoint::Approved => ended?,
        },
    )
}

fn point<'a>(scene: &'a Scene<'_>, wall: Timestamp) -> Option<Point<'a>> {
    let index = scene.past.iter().rposition(|entry: &Entry| entry.at.wall == wall)?;
    let moved = scene.past[index + 1..]
        .iter()
        .filter_map(|entry| journal::jump_ms(&entry.event))
        .fold(0, i64::saturating_add);
    let as_set_now = Timestamp::from_millis(wall.as_millis().saturating_add(moved));
    Some(Point { at: &scene.past[index].at, as_set_now })
}
