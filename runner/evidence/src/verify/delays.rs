//! L4: time that had to pass did pass.

use hardstop_core::{
    ids::StepId,
    model::{AnchorPoint, StepKind, Until},
    run::StepState,
    time::Timestamp,
};

use super::{Report, authority::Scene, ids};

/// A delay began: what it counts from and when it ends must be what the plan says.
pub(super) fn began(
    scene: &Scene<'_>,
    id: &StepId,
    (since, due): (Timestamp, Timestamp),
    report: &mut Report,
) {
    let Some(StepKind::Wait(delay) | StepKind::HardStop(delay)) =
        scene.planned(id).map(|step| &step.kind)
    else {
        return scene.find(ids::ORDER, format!("`{id}` is not a delay"), report);
    };
    let wanted = match &delay.until {
        Until::Instant(_) => delay.until.constant(),
        Until::After { span, since: None } => Some(scene.entry.at.wall.plus(*span)),
        Until::After { span, since: Some(anchor) } => {
            let (started, ended) = scene.state.times(&anchor.step);
            let point = match anchor.point {
                AnchorPoint::Started => started,
                AnchorPoint::Finished | AnchorPoint::Approved => ended,
            };
            if point != Some(since) {
                let message = format!("`{id}` counts from another instant than the plan says");
                scene.find(ids::DELAY, message, report);
            }
            Some(since.plus(*span))
        }
    };
    if wanted.is_some_and(|wanted| due < wanted) {
        scene.find(ids::DELAY, format!("`{id}` was made shorter than the plan says"), report);
    }
}

/// A delay ended: not before it was due, as the clocks of the whole journal tell it.
pub(super) fn elapsed(scene: &Scene<'_>, id: &StepId, report: &mut Report) {
    match scene.state.step(id) {
        Some(StepState::Delaying { due, .. }) if scene.entry.at.wall >= *due => {}
        Some(StepState::Delaying { due, .. }) => {
            let message = format!("`{id}` ended before {due}");
            scene.find(ids::DELAY, message, report);
        }
        _ => scene.find(ids::DELAY, format!("`{id}` ended without having begun"), report),
    }
}
