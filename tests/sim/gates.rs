//! The invariant of approvals, reckoned from the journal and the policies alone.

use std::{collections::BTreeSet, sync::Arc};

use hardstop_core::{
    event::{Binding, Event},
    ids::{AttemptNo, PersonId, StepId},
    model::{Approval, SeparatedRole, StepKind},
    policy::{By, Policy, Verb},
    time::Timestamp,
};

use crate::{
    invariants::{Checked, hold},
    ledger::{Ledger, Told, is_start},
    world::World,
};

/// Where a gate stands.
enum Gate {
    Shut,
    /// The runbook's own condition says that it does not apply.
    NotAsked,
    Open {
        binding: Binding,
        yeses: Vec<By>,
        valid_until: Timestamp,
        used: bool,
    },
}

/// No step behind an approval starts unless enough different people, all of them entitled, said
/// yes to the very request; and the first that does finds the approval still worth something.
pub(crate) fn no_gated_step_starts_without_its_yeses(
    ledger: &Ledger,
    world: &World,
    told: &Told,
) -> Checked {
    let event = &told.entry.event;
    let Some(id) = event.step().filter(|_| is_start(event)) else { return Ok(()) };
    let policy = policy_in_force(ledger, world)?;
    for gate in &ledger.gates[id] {
        let Some(StepKind::Approval(approval)) = ledger.plan.step(gate).map(|step| &step.kind)
        else {
            return Err(format!("`{gate}` is not an approval"));
        };
        match stands(ledger, gate) {
            Gate::NotAsked => {}
            Gate::Shut => return Err(format!("`{id}` starts, and `{gate}` is shut")),
            Gate::Open { used: true, yeses, .. } => {
                let different: BTreeSet<_> = yeses.iter().map(|by| &by.person).collect();
                enough(approval, different.len(), id, gate)?;
            }
            Gate::Open { used: false, yeses, binding, valid_until } => {
                let entitled =
                    yeses.iter().filter_map(|by| entitled(ledger, approval, by, &policy));
                enough(approval, entitled.collect::<BTreeSet<_>>().len(), id, gate)?;
                hold(binding.policy == policy.digest, || {
                    format!("`{id}` starts by the yes of `{gate}` under another policy")
                })?;
                hold(told.entry.at.wall < valid_until, || {
                    format!(
                        "`{id}` starts at {}, and `{gate}` was worth something until {valid_until}",
                        told.entry.at.wall
                    )
                })?;
            }
        }
    }
    Ok(())
}

fn enough(approval: &Approval, yeses: usize, id: &StepId, gate: &StepId) -> Checked {
    hold(yeses >= approval.min_approvals as usize && yeses > 0, || {
        format!("`{id}` starts with {yeses} of {} yeses at `{gate}`", approval.min_approvals)
    })
}

/// Follows one gate through the journal.
fn stands(ledger: &Ledger, gate: &StepId) -> Gate {
    let mut asked: Option<(AttemptNo, Binding, Vec<By>)> = None;
    let mut now = Gate::Shut;
    for told in &ledger.told {
        let event = &told.entry.event;
        if let Gate::Open { used, .. } = &mut now {
            let behind = event.step().filter(|_| is_start(event));
            *used |= behind.is_some_and(|id| ledger.gates[id].contains(gate));
        }
        if event.step() != Some(gate) {
            continue;
        }
        match (event, &mut asked) {
            (Event::StepSkipped { .. }, _) => now = Gate::NotAsked,
            (Event::GateReached { request, binding, .. }, _) => {
                asked = Some((*request, binding.clone(), Vec::new()));
                now = Gate::Shut;
            }
            (Event::ApprovalAccepted { request, by, .. }, Some((open, _, yeses)))
                if request == open =>
            {
                yeses.push(by.clone());
            }
            (Event::GateSatisfied { request, valid_until, .. }, Some((open, binding, yeses)))
                if request == open =>
            {
                let (binding, yeses) = (binding.clone(), yeses.clone());
                now = Gate::Open { binding, yeses, valid_until: *valid_until, used: false };
            }
            (
                Event::ApprovalVoided { .. }
                | Event::GateRejected { .. }
                | Event::GateExpired { .. }
                | Event::StepFailed { .. }
                | Event::StepRetried { .. },
                _,
            ) => (asked, now) = (None, Gate::Shut),
            _ => {}
        }
    }
    now
}

fn policy_in_force(ledger: &Ledger, world: &World) -> Result<Arc<Policy>, String> {
    let loaded = ledger.told.iter().rev().find_map(|told| match &told.entry.event {
        Event::PolicyLoaded { digest, .. } => Some(*digest),
        _ => None,
    });
    let facts = world.facts();
    let known = facts.policies.iter().find(|policy| Some(policy.digest) == loaded);
    known.cloned().ok_or_else(|| "a step starts, and no policy is in force".to_owned())
}

/// The person whose yes this is, if it counts under `policy`.
fn entitled(ledger: &Ledger, approval: &Approval, by: &By, policy: &Policy) -> Option<PersonId> {
    let person = policy.person(&by.actor.email).filter(|person| *person == by.person)?;
    let listed = approval.approvers.iter().any(|subject| policy.includes(subject, &person));
    let excluded = !policy.is_solo()
        && approval.exclude.contains(&SeparatedRole::Initiator)
        && ledger.fold.header().initiator.person == person;
    let counts = listed
        && !excluded
        && policy.allows(Verb::Approve, &person)
        && by.actor.level >= approval.min_level;
    counts.then_some(person)
}
