//! Who may open a gate, under the policy in force and with the parts people played.

use hardstop_core::{
    header::Part,
    ids::PersonId,
    model::{Approval, SeparatedRole},
    policy::{Policy, Verb},
};

use crate::output::{ExcludedView, GateView};

/// Everybody who may approve, and everybody who only could.
pub(super) fn gate(approval: &Approval, policy: &Policy, parts: &[Part]) -> GateView {
    let (mut people, mut excluded) = (Vec::new(), Vec::new());
    for person in policy.people.keys().filter(|person| is_approver(approval, policy, person)) {
        match bar(approval, parts, person) {
            None => people.push(person.to_string()),
            Some(role) => excluded
                .push(ExcludedView { person: person.to_string(), role: word(role).to_owned() }),
        }
    }
    GateView {
        approvers: approval.approvers.iter().map(ToString::to_string).collect(),
        min_approvals: approval.min_approvals,
        min_level: approval.min_level,
        people,
        excluded,
    }
}

fn is_approver(approval: &Approval, policy: &Policy, person: &PersonId) -> bool {
    policy.allows(Verb::Approve, person)
        && approval.approvers.iter().any(|subject| policy.includes(subject, person))
}

/// The part that bars a person.
fn bar(approval: &Approval, parts: &[Part], person: &PersonId) -> Option<SeparatedRole> {
    let played = |role: &&SeparatedRole| {
        parts.iter().any(|part| part.role == **role && part.person.as_ref() == Some(person))
    };
    approval.exclude.iter().find(played).copied()
}

const fn word(role: SeparatedRole) -> &'static str {
    match role {
        SeparatedRole::Initiator => "initiator",
        SeparatedRole::RunbookAuthor => "runbook_author",
        SeparatedRole::LastEditor => "last_editor",
        SeparatedRole::InputSupplier => "input_supplier",
        SeparatedRole::Executor => "executor",
    }
}

/// What keeps a gate shut, if anything known now does.
pub(super) fn obstacle(step: &str, gate: &GateView, policy: &Policy) -> Option<String> {
    let wanted = gate.min_approvals as usize;
    // Alone, one person stands for all of them, but is still one.
    let there = if policy.is_solo() { 1 } else { gate.people.len() };
    (there < wanted).then(|| {
        let people = if there == 1 { "person" } else { "people" };
        format!("`{step}` needs {wanted} approvals, and {there} {people} may give one")
    })
}
