//! The invariant of approvals, reckoned from the journal and the policies alone.

use std::{collections::BTreeSet, sync::Arc};

use hardstop_core::{
    event::{Binding, Event},
    ids::{AttemptNo, PersonId, StepId},
    model::{Approval, Bound, SeparatedRole, StepKind},
    policy::{By, Policy, Verb},
    time::Timestamp,
};

use crate::{
    invariants::{Checked, hold},
    ledger::{Ledger, Told, is_start, is_work},
    oracle::Stand,
    world::World,
};

/// A yes, and from when on it counts.
#[derive(Clone)]
struct Yes {
    by: By,
    from: Option<Timestamp>,
}

/// Where a gate stands.
enum Gate {
    Shut,
    Open { binding: Binding, yeses: Vec<Yes>, escalated: usize, valid_until: Timestamp, used: bool },
}

/// No step behind an approval starts unless enough different people, all of them entitled, said
/// yes to the very request; and the first work that does finds it still worth something.
pub(crate) fn no_gated_step_starts_without_its_yeses(
    ledger: &Ledger,
    world: &World,
    told: &Told,
) -> Checked {
    let event = &told.entry.event;
    let Some(id) = event.step().filter(|_| is_start(event)) else { return Ok(()) };
    let policy = policy_in_force(ledger, world)?;
    for (gate, stand) in ledger.oracle.known() {
        let StepKind::Approval(approval) = &ledger.oracle.step(gate).kind else { continue };
        let opened = stand == Stand::Done && !ledger.oracle.is_fan(gate);
        let apart = ledger.oracle.is_called_apart(id, gate);
        if !opened || apart || !ledger.oracle.is_before(gate, id) {
            continue;
        }
        let Gate::Open { binding, yeses, escalated, valid_until, used } = stands(ledger, gate)
        else {
            return Err(format!("`{id}` starts, and `{gate}` is shut"));
        };
        let now = told.entry.at.wall;
        let added = approval.escalate.iter().take(escalated);
        let added: Vec<_> = added.flat_map(|more| more.add_approvers.clone()).collect();
        let count = |by: &By| {
            let person = if used {
                Some(by.person.clone())
            } else {
                entitled(ledger, approval, by, &policy)
            };
            person.map(|person| {
                let stands_in = added.iter().any(|it| policy.includes(it, &person));
                let groups = approval.groups.iter().map(|group| {
                    used || stands_in
                        || group.approvers.iter().any(|it| policy.includes(it, &person))
                });
                let listed = approval.approvers.iter().any(|it| policy.includes(it, &person));
                (person.clone(), groups.collect::<Vec<bool>>(), used || stands_in || listed)
            })
        };
        let mut people = BTreeSet::new();
        let counted = yeses.iter().filter(|yes| used || yes.from.is_none_or(|from| from <= now));
        let counted: Vec<_> = counted
            .filter_map(|yes| count(&yes.by))
            .filter(|(person, groups, listed)| {
                (*listed || groups.contains(&true)) && people.insert(person.clone())
            })
            .map(|(_, groups, _)| groups)
            .collect();
        hold(enough(approval, &counted), || {
            format!("`{id}` starts with {} yeses at `{gate}`", counted.len())
        })?;
        if used {
            continue;
        }
        let bound = approval.binds.is_empty() || approval.binds.contains(&Bound::Policy);
        hold(!bound || binding.policy == policy.digest, || {
            format!("`{id}` starts by the yes of `{gate}` under another policy")
        })?;
        hold(now < valid_until, || {
            format!("`{id}` starts at {now}, and `{gate}` was worth something until {valid_until}")
        })?;
    }
    Ok(())
}

/// Whether each group has its people, nobody in two of them: tried out, since there are few.
fn enough(approval: &Approval, people: &[Vec<bool>]) -> bool {
    if approval.groups.is_empty() {
        return people.len() >= approval.min_approvals.max(1) as usize;
    }
    let wanted: Vec<usize> =
        approval.groups.iter().map(|group| group.min_approvals.max(1) as usize).collect();
    seat(people, &wanted)
}

fn seat(people: &[Vec<bool>], wanted: &[usize]) -> bool {
    if wanted.iter().all(|left| *left == 0) {
        return true;
    }
    let Some((first, rest)) = people.split_first() else { return false };
    let places = (0..wanted.len()).filter(|group| first[*group] && wanted[*group] > 0);
    let mut places = places.map(|group| {
        let mut left = wanted.to_vec();
        left[group] -= 1;
        left
    });
    places.any(|left| seat(rest, &left)) || seat(rest, wanted)
}

/// Follows one gate through the journal.
fn stands(ledger: &Ledger, gate: &StepId) -> Gate {
    let mut asked: Option<(AttemptNo, Binding, Vec<Yes>, usize)> = None;
    let mut now = Gate::Shut;
    for told in &ledger.told {
        let event = &told.entry.event;
        if let Gate::Open { used, .. } = &mut now {
            let behind = event.step().filter(|_| is_work(event));
            *used |= behind.is_some_and(|id| ledger.oracle.is_before(gate, id));
        }
        if let Event::StepRerun { impact, .. } | Event::StepSentBack { impact, .. } = event {
            if impact.again.contains(gate) || impact.voided.contains(gate) {
                (asked, now) = (None, Gate::Shut);
            }
            continue;
        }
        if event.step() != Some(gate) {
            continue;
        }
        match (event, &mut asked) {
            (Event::GateReached { request, binding, .. }, _) => {
                asked = Some((*request, binding.clone(), Vec::new(), 0));
                now = Gate::Shut;
            }
            (Event::GateEscalated { .. }, Some((_, _, _, escalated))) => *escalated += 1,
            (Event::ApprovalAccepted { request, by, from, .. }, Some((open, _, yeses, _)))
                if request == open =>
            {
                yeses.push(Yes { by: by.clone(), from: *from });
            }
            (Event::ApprovalWithdrawn { by, .. }, _) => {
                if let Some((_, _, yeses, _)) = &mut asked {
                    yeses.retain(|yes| yes.by.person != by.person);
                }
                if let Gate::Open { yeses, .. } = &mut now {
                    yeses.retain(|yes| yes.by.person != by.person);
                }
            }
            (
                Event::GateSatisfied { request, valid_until, .. },
                Some((open, binding, yeses, more)),
            ) if request == open => {
                let (binding, yeses, escalated) = (binding.clone(), yeses.clone(), *more);
                let valid_until = *valid_until;
                now = Gate::Open { binding, yeses, escalated, valid_until, used: false };
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

/// A hard stop is ended early only by several people who may.
pub(crate) fn no_glass_is_broken_by_one(ledger: &Ledger, world: &World, told: &Told) -> Checked {
    let Event::GlassBroken { step: id, .. } = &told.entry.event else { return Ok(()) };
    let StepKind::HardStop(stop) = &ledger.oracle.step(id).kind else {
        return Err(format!("`{id}` is not a hard stop"));
    };
    let Some(glass) = &stop.break_glass else { return Err(format!("`{id}` has no glass")) };
    let policy = policy_in_force(ledger, world)?;
    let since = ledger
        .of(id)
        .rev()
        .take_while(|told| !matches!(told.entry.event, Event::HardStopStarted { .. }));
    let people: BTreeSet<PersonId> = since
        .filter_map(|told| match &told.entry.event {
            Event::GlassAsked { by, .. } => policy.person(&by.actor.email),
            _ => None,
        })
        .filter(|person| glass.approvers.iter().any(|it| policy.includes(it, person)))
        .collect();
    hold(people.len() >= glass.min_approvals.max(2) as usize, || {
        format!("`{id}` is ended early by {people:?}")
    })
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

/// The person whose yes this is, if it counts under `policy` and nothing bars them.
fn entitled(ledger: &Ledger, approval: &Approval, by: &By, policy: &Policy) -> Option<PersonId> {
    let person = policy.person(&by.actor.email).filter(|person| *person == by.person)?;
    let bars = |role| !policy.is_solo() && approval.exclude.contains(&role);
    let initiator = ledger.fold.header().initiator.person == person;
    let executor = ledger.told.iter().any(|told| match &told.entry.event {
        Event::ItemTicked { by, .. } | Event::StepAttested { by, .. } => by.person == person,
        _ => false,
    });
    let barred =
        bars(SeparatedRole::Initiator) && initiator || bars(SeparatedRole::Executor) && executor;
    let counts =
        !barred && policy.allows(Verb::Approve, &person) && by.actor.level >= approval.min_level;
    counts.then_some(person)
}
