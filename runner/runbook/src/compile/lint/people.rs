//! People who are asked, and whom the policy does not know.

use hardstop_core::{
    ids::Digest,
    model::{Approval, StepKind},
    policy::{Policy, Subject, Verb},
};

use crate::{
    compile::{child::Files, whole::Built},
    diagnostics::Sink,
    policy::policy,
    spelling,
    yaml::Node,
};

/// Where the policy stands, from the top of the repository.
const PATH: &str = ".hardstop/policy.yaml";

/// Holds approvers against the policy beside the runbook. It may be another when a run asks, so
/// this is no more than a warning.
pub(super) fn check(built: &Built<'_>, files: Files<'_>, sink: &mut Sink<'_>) {
    let gates = built.steps().filter_map(|(step, node)| match &step.kind {
        StepKind::Approval(approval) => Some((approval, node.get("approval"))),
        StepKind::Checklist(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_)
        | StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Block
        | StepKind::Parallel => None,
    });
    let gates: Vec<(&Approval, &Node)> = gates.collect();
    if gates.is_empty() {
        return;
    }
    let Some(text) = (files.load)(PATH) else { return };
    // What is wrong with the policy is said of the policy, and which text it is matters to nobody
    // here.
    let Ok(policy) = policy(PATH, &text, Digest::from_bytes([0; 32])) else { return };
    for (approval, node) in gates {
        if approval.groups.is_empty() {
            asked(&approval.approvers, approval.min_approvals, node, &policy, sink);
        }
        for group in &approval.groups {
            let node = node.get("groups").get(&group.name);
            asked(&group.approvers, group.min_approvals, node, &policy, sink);
        }
    }
}

fn asked(who: &[Subject], least: u32, node: &Node, policy: &Policy, sink: &mut Sink<'_>) {
    let list = node.get("approvers");
    for (index, subject) in who.iter().enumerate() {
        if !policy.people.keys().any(|person| policy.includes(subject, person)) {
            let name = subject.to_string();
            let message = format!("`{name}` is nobody whom {PATH} knows");
            let help = spelling::suggest(&name, known(policy).iter().map(String::as_str));
            sink.warning("runbook::unknown-person", &list.item(index).at, message, help);
            return;
        }
    }
    let may = |person: &&_| {
        policy.allows(Verb::Approve, person) && who.iter().any(|it| policy.includes(it, person))
    };
    let count = policy.people.keys().filter(may).count();
    if count < least as usize {
        let message = format!("{least} must agree, and {count} may approve by {PATH}");
        let help = "name more people, or let them `approve` in the policy".to_owned();
        sink.warning("runbook::too-few-people", &list.at, message, Some(help));
    }
}

/// All that may be asked by name.
fn known(policy: &Policy) -> Vec<String> {
    let people = policy.people.keys().map(ToString::to_string);
    let teams = policy.teams.keys().map(|team| format!("team:{team}"));
    let roles = policy.roles.keys().map(|role| format!("role:{role}"));
    people.chain(teams).chain(roles).collect()
}
