//! Breaking the glass: a hard stop ended early by several people, and reviewed by another.
//!
//! Nobody does it alone, not even where there is no policy. What it leaves is an open item: the
//! review, by somebody who had no part in it.

use crate::{
    event::{Event, OpenItem},
    ids::StepId,
    model::{BreakGlass, StepKind},
    policy::{By, Policy, Verb},
    run::{Refusal, RunState, StepState},
    time::Timestamp,
};

/// Asks for a hard stop to be ended early, or joins those who do; with enough of them it is over.
pub(crate) fn ask(
    state: &RunState,
    step: &StepId,
    by: By,
    reason: &str,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let at = state.at(step).ok_or_else(|| Refusal::UnknownStep(step.clone()))?;
    let record = state.record(at);
    let StepKind::HardStop(stop) = &state.planned(record).kind else {
        return Err(Refusal::NotNow(format!("`{step}` is not a hard stop")));
    };
    let Some(glass) = &stop.break_glass else {
        return Err(Refusal::NotNow(format!(
            "`{step}` has no `break_glass`: nobody ends it early"
        )));
    };
    if !matches!(record.state, StepState::Delaying { .. }) {
        return Err(Refusal::NotNow(format!("`{step}` is not being waited for")));
    }
    if !may_break(glass, &by, policy) {
        return Err(Refusal::NotAllowed(format!(
            "`{}` is not among those who may break the glass of `{step}`",
            by.person
        )));
    }
    // What others asked is worth what they are worth now, under whatever name.
    let stands = |asked: &&By| {
        policy
            .authorise(state.plan(), Verb::BreakGlass, &asked.actor)
            .is_ok_and(|now| now.person == asked.person && may_break(glass, &now, policy))
    };
    let others: Vec<&By> = record.glass.asked.iter().filter(stands).collect();
    if others.iter().any(|other| other.person == by.person) {
        return Ok(Vec::new());
    }
    let people = u32::try_from(others.len()).unwrap_or(u32::MAX).saturating_add(1);
    let mut events = vec![Event::GlassAsked { step: step.clone(), by, reason: reason.to_owned() }];
    if people >= glass.min_approvals.max(2) {
        let review_by = now.plus(glass.review_within);
        events.push(Event::GlassBroken { step: step.clone(), review_by });
    }
    Ok(events)
}

fn may_break(glass: &BreakGlass, by: &By, policy: &Policy) -> bool {
    glass.approvers.iter().any(|subject| policy.includes(subject, &by.person))
}

/// Says what the review of a broken hard stop found.
pub(crate) fn review(
    state: &RunState,
    step: &StepId,
    by: By,
    finding: &str,
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let at = state.at(step).ok_or_else(|| Refusal::UnknownStep(step.clone()))?;
    if !state.open_items().contains(&OpenItem::Review { step: step.clone() }) {
        return Err(Refusal::NotNow(format!("no review of `{step}` is due")));
    }
    if had_a_part(state, at, &by, policy) {
        return Err(Refusal::NotAllowed(format!(
            "`{}` asked for `{step}` to be ended early and may not review it",
            by.person
        )));
    }
    Ok(vec![Event::GlassReviewed { step: step.clone(), by, finding: finding.to_owned() }])
}

/// Whether the person, under whatever name, is one of those who broke the glass.
pub(crate) fn had_a_part(state: &RunState, at: usize, by: &By, policy: &Policy) -> bool {
    state.record(at).glass.broken_by.iter().any(|broke| {
        broke.person == by.person || policy.person(&broke.actor.email).as_ref() == Some(&by.person)
    })
}
