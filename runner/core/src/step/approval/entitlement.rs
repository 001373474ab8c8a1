//! Whose answer counts. Evaluated on people, never on accounts, and under the policy of the moment.

use crate::{
    ids::PersonId,
    model::{Approval, SeparatedRole, StepKind},
    policy::{Actor, By, Policy, Subject, Verb},
    run::{RunState, StepState},
};

/// A gate of a run, as far as it matters to who may answer it.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) state: &'a RunState,
    pub(super) approval: &'a Approval,
    /// How many times more people were asked.
    pub(super) escalated: u32,
}

/// The person behind `actor` and the groups they may count for, if their answer counts. No group
/// is named where the gate has none.
pub(super) fn entitled(
    standing: Standing<'_>,
    actor: &Actor,
    policy: &Policy,
) -> Result<(By, Vec<String>), String> {
    let Standing { state, approval, .. } = standing;
    let by = policy.authorise(state.plan(), Verb::Approve, actor)?;
    if actor.level < approval.min_level {
        return Err(format!(
            "this gate asks for assurance level {}, and this answer has level {}",
            approval.min_level, actor.level
        ));
    }
    let groups = groups(standing, &by.person, policy)?;
    let barred = |role: &&SeparatedRole| played(state, **role, &by.person, policy);
    match approval.exclude.iter().find(barred).filter(|_| !policy.is_solo()) {
        None => Ok((by, groups)),
        Some(role) => Err(bar(*role, &by.person)),
    }
}

/// The person behind `actor`, if they may answer what the gate at `at` asks now.
pub(crate) fn may_answer(
    state: &RunState,
    at: usize,
    actor: &Actor,
    policy: &Policy,
) -> Result<By, String> {
    let record = state.record(at);
    let (StepKind::Approval(approval), StepState::Asking { escalated, .. }) =
        (&state.planned(record).kind, &record.state)
    else {
        return Err(format!("`{}` is not asking", record.id));
    };
    let standing = Standing { state, approval, escalated: *escalated };
    entitled(standing, actor, policy).map(|(by, _)| by)
}

/// Everybody who may answer, those of every group and those added since among them.
pub(crate) fn approvers(approval: &Approval, escalated: u32) -> Vec<Subject> {
    let groups = approval.groups.iter().flat_map(|group| &group.approvers);
    let all = approval.approvers.iter().chain(groups).chain(added(approval, escalated));
    let mut once: Vec<Subject> = Vec::new();
    for subject in all {
        if !once.contains(subject) {
            once.push(subject.clone());
        }
    }
    once
}

/// The groups a person may count for. Whoever is added later may stand in for any of them.
fn groups(
    Standing { approval, escalated, .. }: Standing<'_>,
    person: &PersonId,
    policy: &Policy,
) -> Result<Vec<String>, String> {
    let among = |subjects: &[Subject]| subjects.iter().any(|it| policy.includes(it, person));
    let stands_in = added(approval, escalated).any(|subject| policy.includes(subject, person));
    let own = approval.groups.iter().filter(|group| stands_in || among(&group.approvers));
    let own: Vec<String> = own.map(|group| group.name.clone()).collect();
    if stands_in || !own.is_empty() || among(&approval.approvers) {
        Ok(own)
    } else {
        Err(format!("`{person}` is not among the approvers of this gate"))
    }
}

fn added(approval: &Approval, escalated: u32) -> impl Iterator<Item = &Subject> {
    let so_far = usize::try_from(escalated).unwrap_or(usize::MAX);
    approval.escalate.iter().take(so_far).flat_map(|escalation| &escalation.add_approvers)
}

fn bar(role: SeparatedRole, person: &PersonId) -> String {
    match role {
        SeparatedRole::Initiator => {
            format!("`{person}` started this run and may not approve it as well")
        }
        SeparatedRole::RunbookAuthor => {
            format!("`{person}` wrote this runbook and may not approve its run")
        }
        SeparatedRole::LastEditor => {
            format!("`{person}` was the last to edit this runbook and may not approve its run")
        }
        SeparatedRole::InputSupplier => {
            format!("`{person}` supplied an input of this run and may not approve it")
        }
        SeparatedRole::Executor => {
            format!("`{person}` did a part of this run by hand and may not approve it")
        }
    }
}

/// Whether the person played that part, under the name they had then or whatever account they
/// used for it.
fn played(state: &RunState, role: SeparatedRole, person: &PersonId, policy: &Policy) -> bool {
    let is = |known: Option<&PersonId>, email: &str| {
        known == Some(person) || policy.person(email).as_ref() == Some(person)
    };
    let header = state.header();
    let initiator = &header.initiator;
    let before = header.parts.iter().filter(|part| part.role == role);
    role == SeparatedRole::Initiator && is(Some(&initiator.person), &initiator.actor.email)
        || role == SeparatedRole::Executor
            && state.hands.iter().any(|(known, email)| is(Some(known), email))
        || before.into_iter().any(|part| is(part.person.as_ref(), &part.email))
}
