//! L4: a gate opens by enough entitled people's yes to exactly what was executed.

use hardstop_core::{
    event::{Binding, Event, ShownEvidence},
    ids::{AttemptNo, Digest, PersonId, StepId},
    model::{Approval, SeparatedRole, Step, StepKind},
    policy::{By, Policy, Verb},
    run::StepState,
};

use super::{Report, authority::Scene, ids};
use crate::{
    layout,
    request::{Request, Rule},
};

fn approval<'a>(scene: &'a Scene<'_>, step: &StepId) -> Option<&'a Approval> {
    match &scene.planned(step)?.kind {
        StepKind::Approval(approval) => Some(approval),
        _ => None,
    }
}

/// A request was written: it must ask what the runbook says, about what this run executes.
pub(super) fn reached(scene: &Scene<'_>, report: &mut Report) {
    let Event::GateReached { step, request, digest, binding, .. } = &scene.entry.event else {
        return;
    };
    let Some(approval) = approval(scene, step) else {
        return scene.find(ids::ORDER, format!("`{step}` is not an approval"), report);
    };
    if *binding != current_binding(scene, approval) {
        let message = "the request is bound to something else than this run executes";
        scene.find(ids::BINDING, message, report);
    }
    match scene.case.requests.get(&layout::request(step, *request)) {
        None => scene.find(ids::REQUEST_FILE, "the request's file is not kept", report),
        Some(file) => {
            check_file(scene, (step, *request, *digest), file, (approval, binding), report);
        }
    }
}

fn check_file(
    scene: &Scene<'_>,
    (step, number, digest): (&StepId, AttemptNo, Digest),
    (kept, file): &(Digest, Request),
    (approval, binding): (&Approval, &Binding),
    report: &mut Report,
) {
    if *kept != digest {
        scene.find(ids::REQUEST_FILE, "the request's file has another digest", report);
    }
    if (&file.run, &file.step, file.request) != (scene.case.folder.run, step, number) {
        let message =
            format!("the file is request {} of `{}` in {}", file.request, file.step, file.run);
        scene.find(ids::REQUEST, message, report);
    }
    if file.binding != *binding {
        let message = "the file is bound to something else than the journal says";
        scene.find(ids::BINDING, message, report);
    }
    if file.rule != Rule::from(approval) || file.schema != Request::SCHEMA {
        scene.find(ids::REQUEST_FILE, "the file asks for other answers than the plan", report);
    }
}

/// All that a request of this gate is bound to, as it is at this event.
fn current_binding(scene: &Scene<'_>, approval: &Approval) -> Binding {
    let header = &scene.case.header;
    let shown = approval.show.iter().flat_map(|step| {
        scene.state.artifacts(step).iter().map(|artifact| ShownEvidence {
            step: step.clone(),
            path: artifact.path.clone(),
            digest: artifact.digest,
        })
    });
    Binding {
        runbook: header.runbook.digest,
        plan: header.plan,
        inputs: header.inputs,
        policy: scene.state.policy().map_or(header.policy.digest, |(_, digest)| digest),
        shown: shown.collect(),
    }
}

/// Somebody answered, or the gate opened.
pub(super) fn answered(scene: &Scene<'_>, report: &mut Report) {
    let event = &scene.entry.event;
    if let Event::ApprovalAccepted { step, request, by, .. } = event {
        vote(scene, (step, *request), by, report);
    } else if let Event::GateRejected { step, request, by, .. } = event {
        if !is_asking(scene, step, *request) {
            scene.find(ids::REQUEST, "an answer to a request that was not open", report);
        }
        scene.entitled(Verb::Approve, by, report);
    } else if let Event::GateSatisfied { step, request, .. } = event {
        satisfied(scene, step, *request, report);
    }
}

fn is_asking(scene: &Scene<'_>, step: &StepId, number: AttemptNo) -> bool {
    matches!(scene.state.step(step), Some(StepState::Asking { request, .. }) if *request == number)
}

fn vote(scene: &Scene<'_>, (step, number): (&StepId, AttemptNo), by: &By, report: &mut Report) {
    let (Some(approval), Some(StepState::Asking { request, votes, expires, .. })) =
        (approval(scene, step), scene.state.step(step))
    else {
        let message = format!("a yes for `{step}`, which was not asking");
        return scene.find(ids::REQUEST, message, report);
    };
    if *request != number {
        let message = format!("a yes for request {number}, and {request} was open");
        scene.find(ids::REQUEST, message, report);
    }
    if scene.entry.at.wall > *expires {
        scene.find(ids::EXPIRED, "a yes after the request had expired", report);
    }
    if votes.iter().any(|vote| vote.by.person == by.person) {
        scene.find(ids::DISTINCT, format!("`{by}` said yes before"), report);
    }
    if by.actor.level < approval.min_level {
        let message = format!(
            "assurance level {} where the gate asks for {}",
            by.actor.level, approval.min_level
        );
        scene.find(ids::ASSURANCE, message, report);
    }
    scene.entitled(Verb::Approve, by, report);
    let Some(policy) = scene.policy() else { return };
    if !approval.approvers.iter().any(|subject| policy.includes(subject, &by.person)) {
        let message = format!("`{by}` is not among the approvers of `{step}`");
        scene.find(ids::ENTITLED, message, report);
    }
    let barred = |role: &&SeparatedRole| played(scene, **role, &by.person, policy);
    if let Some(role) = approval.exclude.iter().find(barred).filter(|_| !policy.is_solo()) {
        scene.find(ids::SEPARATION, format!("`{by}` may not approve: {role:?}"), report);
    }
}

fn played(scene: &Scene<'_>, role: SeparatedRole, person: &PersonId, policy: &Policy) -> bool {
    let header = &scene.case.header;
    let initiator = &header.initiator;
    let is = |known: Option<&PersonId>, email: &str| {
        known == Some(person) || policy.person(email).as_ref() == Some(person)
    };
    role == SeparatedRole::Initiator && is(Some(&initiator.person), &initiator.actor.email)
        || header
            .parts
            .iter()
            .any(|part| part.role == role && is(part.person.as_ref(), &part.email))
}

fn satisfied(scene: &Scene<'_>, step: &StepId, number: AttemptNo, report: &mut Report) {
    let Some(approval) = approval(scene, step) else {
        return scene.find(ids::GATE, format!("`{step}` is not an approval"), report);
    };
    let votes = match scene.state.step(step) {
        Some(StepState::Asking { request, votes, .. }) if *request == number => votes.len(),
        _ => 0,
    };
    if u32::try_from(votes).is_ok_and(|votes| votes < approval.min_approvals) || votes == 0 {
        let message = format!("satisfied by {votes} of {} people", approval.min_approvals.max(1));
        scene.find(ids::GATE, message, report);
    }
}

/// Something that a gate guards began: the approval must still hold.
pub(super) fn used(scene: &Scene<'_>, gate: &Step, state: &StepState, report: &mut Report) {
    let (StepKind::Approval(approval), StepState::Approved { binding, valid_until, .. }) =
        (&gate.kind, state)
    else {
        return;
    };
    if scene.entry.at.wall >= *valid_until {
        let message = format!("the approval of `{}` was used after its time", gate.id);
        scene.find(ids::EXPIRED, message, report);
    }
    if *binding != current_binding(scene, approval) {
        let message = format!("what `{}` approved changed before it was used", gate.id);
        scene.find(ids::BINDING, message, report);
    }
}
