//! L5: what counts as done was done, and left what it had to leave.

use hardstop_core::{
    event::{Event, RunResult, SkipReason},
    ids::StepId,
    model::{Approval, Plan, StepKind},
    run::{Placed, RunState, StepState},
};

use super::{Report, authority::Scene, folder::Folder, ids};
use crate::layout;

/// A step succeeded: it must have been under way, and left what it declares.
pub(super) fn succeeded(scene: &Scene<'_>, id: &StepId, report: &mut Report) {
    let Event::StepSucceeded { attempt: answered, artifacts, .. } = &scene.entry.event else {
        return;
    };
    let Some(step) = scene.planned(id) else {
        return scene.find(ids::ORDER, format!("the plan has no step `{id}`"), report);
    };
    let was_under_way = match (&step.kind, scene.state.step(id)) {
        // A composite is open whatever it is of; that what is in it is over, says the course.
        (
            StepKind::Run(_) | StepKind::Uses(_) | StepKind::Runbook(_),
            Some(StepState::Running { attempt, .. }),
        )
        | (_, Some(StepState::Open { attempt, .. })) => attempt == answered,
        (StepKind::Checklist(list), Some(StepState::Ticking { answers, attempt, .. })) => {
            for item in list.items.iter().filter(|item| !item.optional) {
                if !answers.contains_key(&item.id) {
                    let message = format!("item `{}` of `{id}` was never answered", item.id);
                    scene.find(ids::CONTRACT, message, report);
                }
            }
            attempt == answered
        }
        (StepKind::Approval(_), _) => {
            return scene.find(ids::GATE, format!("`{id}` succeeded without a gate"), report);
        }
        (StepKind::Wait(_) | StepKind::HardStop(_), _) => {
            return scene.find(ids::DELAY, format!("`{id}` ended without its time"), report);
        }
        (
            StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Checklist(_)
            | StepKind::Block
            | StepKind::Parallel,
            _,
        ) => false,
    };
    if !was_under_way {
        scene.find(ids::ORDER, format!("`{id}` succeeded without that attempt"), report);
    }
    // What a checklist must leave comes with its items; the items of a fan-out leave their own.
    let works = matches!(step.kind, StepKind::Run(_) | StepKind::Uses(_));
    let files = if works && !scene.state.is_fan(id) { &step.evidence[..] } else { &[] };
    for file in files.iter().filter(|file| file.required) {
        if !artifacts.iter().any(|kept| kept.evidence.as_ref() == Some(&file.id)) {
            let message = format!("`{id}` left no `{}`, which it must", file.id);
            scene.find(ids::CONTRACT, message, report);
        }
    }
}

/// An item was answered: with a file where it asks for one.
pub(super) fn ticked(scene: &Scene<'_>, report: &mut Report) {
    let Event::ItemTicked { step, item, artifact, .. } = &scene.entry.event else { return };
    let planned = match (scene.planned(step).map(|step| &step.kind), scene.state.step(step)) {
        (Some(StepKind::Checklist(list)), Some(StepState::Ticking { .. })) => {
            list.items.iter().find(|planned| planned.id == *item)
        }
        _ => None,
    };
    match planned {
        None => scene.find(ids::ORDER, format!("`{step}` does not ask for `{item}`"), report),
        Some(planned) if planned.evidence && artifact.is_none() => {
            let message = format!("item `{item}` of `{step}` came without its file");
            scene.find(ids::CONTRACT, message, report);
        }
        Some(_) => {}
    }
}

/// The plan itself must ask for something.
pub(super) fn check_plan(folder: &Folder<'_>, plan: &Plan, report: &mut Report) {
    let run = Some(folder.run);
    if plan.steps().next().is_none() {
        report.find(ids::EMPTY, run, layout::PLAN, "there are no steps");
    }
    for step in plan.steps() {
        if let StepKind::Approval(approval) = &step.kind
            && asks_nobody(approval)
        {
            let message = format!("approval `{}` asks nobody", step.id);
            report.find(ids::EMPTY, run, layout::PLAN, message);
        }
    }
}

fn asks_nobody(approval: &Approval) -> bool {
    let groups = &approval.groups;
    if groups.is_empty() {
        return approval.approvers.is_empty() || approval.min_approvals == 0;
    }
    groups.iter().any(|group| group.approvers.is_empty() || group.min_approvals == 0)
}

/// A run that counts as a success must be one.
pub(super) fn check_result(
    folder: &Folder<'_>,
    state: &RunState,
    result: RunResult,
    report: &mut Report,
) {
    if result != RunResult::Succeeded {
        return;
    }
    let run = Some(folder.run);
    if !state.steps().any(|step| step.state.is_done()) {
        report.find(ids::EMPTY, run, layout::JOURNAL, "a success in which nothing was done");
    }
    for Placed { id, step, state: step_state } in state.steps() {
        let by_person =
            matches!(step_state, StepState::Skipped { reason: SkipReason::Person { .. } });
        // A wait exists to be skippable; everything else a person skipped was work.
        let left = by_person && !matches!(step.kind, StepKind::Wait(_));
        let phase = state.plan().phases.iter().find(|phase| phase.steps.contains(step));
        let on_abort = phase.is_some_and(|phase| phase.on_abort);
        let forward = step.within.is_none() && !step.backout && !on_abort;
        if left || forward && !step_state.is_settled() {
            let message = format!("a success although `{id}` was not done");
            report.find(ids::UNDONE, run, layout::JOURNAL, message);
        }
    }
}
