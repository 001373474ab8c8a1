//! L4: time that had to pass did pass.

use hardstop_core::{
    event::{Entry, Event},
    ids::StepId,
    limits::CLOCK_READING_GAP,
    model::{AnchorPoint, AttemptRule, Delay, StepKind, Until},
    policy::By,
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
        Until::After { span, since: Some(_) } => {
            // Which of several attempts another rule means is a question of the course.
            let effective = delay.attempt == AttemptRule::Effective && !delay.continuous;
            if effective && anchored(scene, id).is_none_or(|point| since < point.as_set_now) {
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

/// Somebody asked for a hard stop to be ended early: among those its plan names, and once.
pub(super) fn glass_asked(scene: &Scene<'_>, id: &StepId, by: &By, report: &mut Report) {
    let glass = delay(scene, id).and_then(|delay| delay.break_glass.as_ref());
    let Some((glass, policy)) = glass.zip(scene.policy()) else {
        return scene.find(ids::GLASS, format!("nobody may end `{id}` early"), report);
    };
    if !glass.approvers.iter().any(|subject| policy.includes(subject, &by.person)) {
        let message = format!("`{by}` is not among those who may end `{id}` early");
        scene.find(ids::ENTITLED, message, report);
    }
    if scene.state.glass_asked(id).iter().any(|other| other.person == by.person) {
        scene.find(ids::DISTINCT, format!("`{by}` asked to end `{id}` before"), report);
    }
}

/// A hard stop was ended early: by as many people as its plan asks for, and never by one alone.
pub(super) fn broken(scene: &Scene<'_>, id: &StepId, report: &mut Report) {
    let glass = delay(scene, id).and_then(|delay| delay.break_glass.as_ref());
    let asked = scene.state.glass_asked(id).len();
    let least = glass.and_then(|glass| usize::try_from(glass.min_approvals.max(2)).ok());
    if least.is_none_or(|least| asked < least) {
        let message = format!("`{id}` was ended early by {asked} people");
        scene.find(ids::GLASS, message, report);
    }
}

/// A hard stop that was ended early was reviewed: by none of those who ended it.
pub(super) fn reviewed(scene: &Scene<'_>, id: &StepId, by: &By, report: &mut Report) {
    let began =
        |entry: &&Entry| !matches!(&entry.event, Event::HardStopStarted { step, .. } if step == id);
    let broke = |entry: &Entry| {
        matches!(&entry.event, Event::GlassAsked { step, by: asked, .. }
            if step == id && asked.person == by.person)
    };
    if scene.past.iter().rev().take_while(began).any(broke) {
        scene.find(ids::DISTINCT, format!("`{by}` reviewed what they ended early"), report);
    }
}

/// Whether the span of a hard stop passed by the uptime; `None` where it cannot tell.
fn by_uptime(scene: &Scene<'_>, id: &StepId, due: Timestamp) -> Option<bool> {
    let planned = scene.planned(id)?;
    let StepKind::HardStop(Delay { until: Until::After { .. }, .. }) = &planned.kind else {
        return None;
    };
    let now = &scene.entry.at;
    let own = scene.state.times(id).0.and_then(|started| point(scene, started));
    // Whichever moment of this boot it is: from there to the end, both clocks must have advanced.
    let mut points = [anchored(scene, id), own].into_iter().flatten();
    let from = points.find(|from| from.at.boot == now.boot)?;
    let passed = now.mono.0.saturating_sub(from.at.mono.0).saturating_add(CLOCK_READING_GAP.0);
    Some(due.since(from.as_set_now).0 <= passed)
}

fn delay<'a>(scene: &'a Scene<'_>, id: &StepId) -> Option<&'a Delay> {
    match &scene.planned(id)?.kind {
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

/// A moment of the past.
struct Point<'a> {
    /// The clocks as they were.
    at: &'a Reading,
    /// The wall clock as it would have been, had it always been set as it is now.
    as_set_now: Timestamp,
}

/// The moment that the plan names for a delay to count from, where it is the last attempt's.
fn anchored<'a>(scene: &'a Scene<'_>, id: &StepId) -> Option<Point<'a>> {
    let Until::After { since: Some(anchor), .. } = &delay(scene, id)?.until else { return None };
    let (started, ended) = scene.state.times(&scene.state.nearest(id, &anchor.step)?);
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
