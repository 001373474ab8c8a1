//! L4: a gate opens by enough entitled people's yes to exactly what was executed.

use hardstop_core::{
    event::{Binding, Event, ShownEvidence},
    ids::{AttemptNo, Digest, PersonId, StepId},
    limits::APPROVAL_GROUPS_MAX,
    model::{Approval, Bound, SeparatedRole, StepKind},
    policy::{By, Policy, Subject, Verb},
    run::{Placed, StepState, Vote},
};

use super::{Report, authority::Scene, ids};
use crate::{
    keys::check_own,
    layout,
    request::{Request, Rule},
};

/// The level of a yes that the person signed themself.
const OWN_SIGNATURE: u8 = 3;

fn approval<'a>(scene: &'a Scene<'_>, step: &StepId) -> Option<&'a Approval> {
    if let StepKind::Approval(approval) = &scene.planned(step)?.kind {
        Some(approval)
    } else {
        None
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
    if *binding != current_binding(scene, step, approval) {
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
    } else if !matches!(scene.entry.event, Event::GateReached { expires, .. } if expires == file.expires)
    {
        let message = "the file can be answered until another instant than the journal says";
        scene.find(ids::REQUEST_FILE, message, report);
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
fn current_binding(scene: &Scene<'_>, gate: &StepId, approval: &Approval) -> Binding {
    let header = &scene.case.header;
    let shown = approval.show.iter().flat_map(|step| {
        let own = scene.state.nearest(gate, step);
        let keys: Vec<String> = own.iter().flat_map(|own| own.keys().map(str::to_owned)).collect();
        let of_these =
            move |id: &&StepId| keys.iter().map(String::as_str).eq(id.keys().take(keys.len()));
        scene.state.instances(step).filter(of_these)
    });
    let files = shown.flat_map(|step| {
        scene.state.current_artifacts(step).iter().map(|artifact| ShownEvidence {
            step: step.clone(),
            path: artifact.path.clone(),
            digest: artifact.digest,
        })
    });
    Binding {
        runbook: scene.state.pinned().runbook,
        plan: scene.state.pinned().plan,
        inputs: header.inputs,
        policy: scene.state.policy().map_or(header.policy.digest, |(_, digest)| digest),
        shown: files.collect(),
    }
}

/// A binding with what a gate is not bound to taken from another.
fn bound_alike(approval: &Approval, mut binding: Binding, other: &Binding) -> Binding {
    let free = |part| !approval.binds.is_empty() && !approval.binds.contains(&part);
    if free(Bound::Runbook) {
        binding.runbook = other.runbook;
    }
    if free(Bound::Plan) {
        binding.plan = other.plan;
    }
    if free(Bound::Inputs) {
        binding.inputs = other.inputs;
    }
    if free(Bound::Policy) {
        binding.policy = other.policy;
    }
    if free(Bound::Evidence) {
        binding.shown.clone_from(&other.shown);
    }
    binding
}

/// Somebody answered, or the gate opened.
pub(super) fn answered(scene: &Scene<'_>, report: &mut Report) {
    let event = &scene.entry.event;
    if let Event::ApprovalAccepted { step, request, by, signature, groups, .. } = event {
        vote(scene, (step, *request), by, groups, report);
        signed(scene, (step, *request), by, signature.as_deref(), report);
    } else if let Event::ApprovalWithdrawn { step, by, .. } = event {
        withdrawn(scene, step, by, report);
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

/// A yes that was taken back: there must have been one of that person.
fn withdrawn(scene: &Scene<'_>, step: &StepId, by: &By, report: &mut Report) {
    let votes = match scene.state.step(step) {
        Some(StepState::Asking { votes, .. } | StepState::Approved { votes, .. }) => &votes[..],
        _ => &[],
    };
    let person = scene.policy().map(|policy| policy.person(&by.actor.email));
    if !votes.iter().any(|vote| vote.by.person == by.person) {
        let message = format!("`{by}` took back a yes that there was not");
        scene.find(ids::REQUEST, message, report);
    } else if person.is_some_and(|person| person.as_ref() != Some(&by.person)) {
        let message = format!("somebody else took the yes of `{by}` back");
        scene.find(ids::ENTITLED, message, report);
    }
}

/// A yes of level 3 is one that the person signed; whoever wrote the journal could claim others.
fn signed(
    scene: &Scene<'_>,
    (step, number): (&StepId, AttemptNo),
    by: &By,
    signature: Option<&str>,
    report: &mut Report,
) {
    let Some(signature) = signature else {
        if by.actor.level >= OWN_SIGNATURE {
            let message = format!("the yes of `{by}` is of level {OWN_SIGNATURE} and not signed");
            scene.find(ids::ASSURANCE, message, report);
        }
        return;
    };
    // A missing file is reported where the request was written.
    let Some((_, file)) = scene.case.requests.get(&layout::request(step, number)) else { return };
    let Some(policy) = scene.policy() else { return };
    if let Err(error) = check_own(policy, &by.person, &file.to_file().0, signature) {
        scene.find(ids::ASSURANCE, format!("the yes of `{by}`: {error}"), report);
    }
}

fn vote(
    scene: &Scene<'_>,
    (step, number): (&StepId, AttemptNo),
    by: &By,
    groups: &[String],
    report: &mut Report,
) {
    let (Some(approval), Some(StepState::Asking { request, votes, expires, escalated, .. })) =
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
    let is_one =
        |subjects: &[Subject]| subjects.iter().any(|subject| policy.includes(subject, &by.person));
    let so_far = usize::try_from(*escalated).unwrap_or(usize::MAX);
    let added = approval.escalate.iter().take(so_far).any(|more| is_one(&more.add_approvers));
    let own = approval.groups.iter().filter(|group| added || is_one(&group.approvers));
    let own: Vec<&str> = own.map(|group| group.name.as_str()).collect();
    if !added && own.is_empty() && !is_one(&approval.approvers) {
        let message = format!("`{by}` is not among the approvers of `{step}`");
        scene.find(ids::ENTITLED, message, report);
    }
    if let Some(group) = groups.iter().find(|group| !own.contains(&group.as_str())) {
        let message = format!("`{by}` is said to count for `{group}`, and does not");
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
    let by_hand = || {
        scene.past.iter().any(|entry| {
            let hands = by_hand_of(&entry.event);
            hands.into_iter().flatten().any(|by| is(Some(&by.person), &by.actor.email))
        })
    };
    role == SeparatedRole::Initiator && is(Some(&initiator.person), &initiator.actor.email)
        || role == SeparatedRole::Executor && by_hand()
        || header
            .parts
            .iter()
            .any(|part| part.role == role && is(part.person.as_ref(), &part.email))
}

/// Those who did a part of the run by hand with this event.
#[expect(clippy::wildcard_enum_match_arm, reason = "nobody does a part by hand with another event")]
fn by_hand_of(event: &Event) -> [Option<&By>; 2] {
    match event {
        Event::ItemTicked { by, .. } | Event::AttestationOffered { by, .. } => [Some(by), None],
        Event::StepAttested { by, second, .. } => [Some(by), second.as_ref()],
        _ => [None, None],
    }
}

fn satisfied(scene: &Scene<'_>, step: &StepId, number: AttemptNo, report: &mut Report) {
    let Some(approval) = approval(scene, step) else {
        return scene.find(ids::GATE, format!("`{step}` is not an approval"), report);
    };
    let votes = match scene.state.step(step) {
        Some(StepState::Asking { request, votes, .. }) if *request == number => &votes[..],
        _ => &[],
    };
    let now = scene.entry.at.wall;
    let counting: Vec<&Vote> =
        votes.iter().filter(|vote| vote.from.is_none_or(|from| from <= now)).collect();
    if let Some((have, want)) = missing(approval, &counting) {
        scene.find(ids::GATE, format!("satisfied by {have} of {want} people"), report);
    }
}

/// How many people there are and how many it takes, where that is too few. By the theorem of Hall:
/// people can be given to groups, each to one, if for any groups there are enough people who may
/// count for one of them.
fn missing(approval: &Approval, votes: &[&Vote]) -> Option<(usize, usize)> {
    let least = |wanted: u32| usize::try_from(wanted.max(1)).unwrap_or(usize::MAX);
    if approval.groups.is_empty() {
        let want = least(approval.min_approvals);
        return (votes.len() < want).then_some((votes.len(), want));
    }
    let groups = approval.groups.get(..APPROVAL_GROUPS_MAX).unwrap_or(&approval.groups);
    if groups.len() < approval.groups.len() {
        return Some((votes.len(), usize::MAX));
    }
    (1_u32..1 << groups.len()).find_map(|chosen| {
        let chosen = groups.iter().zip(0..).filter(|&(_, at)| chosen >> at & 1 == 1);
        let chosen: Vec<_> = chosen.map(|(group, _)| group).collect();
        let may = |vote: &&&Vote| chosen.iter().any(|group| vote.groups.contains(&group.name));
        let have = votes.iter().filter(may).count();
        let want =
            chosen.iter().map(|group| least(group.min_approvals)).fold(0, usize::saturating_add);
        (have < want).then_some((have, want))
    })
}

/// Something that a gate guards began: the approval must still hold.
pub(super) fn used(scene: &Scene<'_>, gate: &Placed<'_>, report: &mut Report) {
    let (StepKind::Approval(approval), StepState::Approved { binding, valid_until, .. }) =
        (&gate.step.kind, gate.state)
    else {
        return;
    };
    if scene.entry.at.wall >= *valid_until {
        let message = format!("the approval of `{}` was used after its time", gate.id);
        scene.find(ids::EXPIRED, message, report);
    }
    let current = current_binding(scene, gate.id, approval);
    if *binding != bound_alike(approval, current, binding) {
        let message = format!("what `{}` approved changed before it was used", gate.id);
        scene.find(ids::BINDING, message, report);
    }
}
