//! The operator's verbs: retry, skip, attest.
//!
//! Skip leaves work undone; attest records that it was done outside, with proof and a second
//! person. Neither opens a gate.

use crate::{
    event::{Artifact, Event, SkipReason},
    ids::{AttemptNo, StepId},
    model::{Plan, Step, StepKind},
    policy::{By, Policy, Verb},
    run::{Attestation, Placed, Refusal, RunState, StepState},
};

/// One more attempt, or a new request.
pub(crate) fn retry(
    state: &StepState,
    step: &StepId,
    wanted: AttemptNo,
    by: By,
    reason: Option<String>,
) -> Result<Vec<Event>, Refusal> {
    let failed = match state {
        StepState::Failed { attempt, .. } | StepState::Unknown { attempt } => Some(*attempt),
        StepState::Pending
        | StepState::Running { .. }
        | StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Approved { .. }
        | StepState::Delaying { .. }
        | StepState::Open { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => None,
    };
    if failed == Some(wanted) {
        return Ok(vec![Event::StepRetried { step: step.clone(), after: wanted, by, reason }]);
    }
    let word = word(state);
    Err(Refusal::NotNow(format!("`{step}` is {word}, so there is nothing to retry")))
}

/// Leaves a step undone.
pub(crate) fn skip(
    run: &RunState,
    Placed { id, step, state }: Placed<'_>,
    is_next: bool,
    by: By,
    reason: String,
) -> Result<Vec<Event>, Refusal> {
    let refuse = |why: String| Err(Refusal::NotNow(why));
    match &step.kind {
        StepKind::HardStop(_) => return refuse(format!("`{id}` is a hard stop: nobody skips it")),
        StepKind::Approval(_) => {
            return refuse(format!("`{id}` is an approval: only a yes of its approvers opens it"));
        }
        StepKind::Block | StepKind::Parallel if !may_skip(run.plan(), step) => {
            return refuse(format!(
                "`{id}` holds a gate or evidence: skip its other steps one by one"
            ));
        }
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Checklist(_)
        | StepKind::Wait(_)
        | StepKind::Block
        | StepKind::Parallel => {}
    }
    if must_leave_evidence(step) {
        return refuse(format!(
            "`{id}` must leave evidence, so it cannot be skipped; attest it if it was done outside"
        ));
    }
    if !is_open_to_people(state, is_next) {
        return refuse(format!("`{id}` is {}, so it cannot be skipped", word(state)));
    }
    Ok(vec![Event::StepSkipped { step: id.clone(), reason: SkipReason::Person { by, reason } }])
}

/// Records that a step was done outside: offered by one person, confirmed by another.
pub(crate) fn attest(
    run: &RunState,
    Placed { id, step, state }: Placed<'_>,
    is_next: bool,
    by: By,
    (reason, artifacts): (String, Vec<Artifact>),
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let id = id.clone();
    if !may_attest(step) {
        let kind = step.kind.name();
        return Err(Refusal::NotNow(format!(
            "`{id}` is of kind {kind}: it cannot be done outside"
        )));
    }
    if !is_open_to_people(state, is_next) {
        let word = word(state);
        return Err(Refusal::NotNow(format!("`{id}` is {word}, so it cannot be attested")));
    }
    // An offer is worth what its person is worth now, under whatever name.
    let stands = |offer: &&Attestation| {
        policy
            .authorise(run.plan(), Verb::Attest, &offer.by.actor)
            .is_ok_and(|now| now.person == offer.by.person)
    };
    if let Some(offer) = run.attestation(&id).filter(|_| !policy.is_solo()).filter(stands) {
        if offer.by.person == by.person {
            return Err(Refusal::NotAllowed(format!(
                "`{}` attested `{id}`, and a second person must confirm it",
                by.person
            )));
        }
        let (first, reason) = (offer.by.clone(), offer.reason.clone());
        let artifacts = offer.artifacts.iter().cloned().chain(artifacts).collect();
        return Ok(vec![Event::StepAttested {
            step: id,
            by: first,
            second: Some(by),
            reason,
            artifacts,
        }]);
    }
    if artifacts.is_empty() {
        return Err(Refusal::NotNow(format!("attesting `{id}` takes a file that proves it")));
    }
    Ok(vec![if policy.is_solo() {
        Event::StepAttested { step: id, by, second: None, reason, artifacts }
    } else {
        Event::AttestationOffered { step: id, by, reason, artifacts }
    }])
}

/// Whether a step's kind and evidence let a permitted person leave it undone. A composite may be
/// left undone if everything in it may.
pub(crate) fn may_skip(plan: &Plan, step: &Step) -> bool {
    let kind = match step.kind {
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Checklist(_)
        | StepKind::Wait(_) => true,
        StepKind::HardStop(_) | StepKind::Approval(_) => false,
        StepKind::Block | StepKind::Parallel => {
            let inside = |other: &&Step| other.within.as_ref().is_some_and(|it| it.step == step.id);
            plan.steps().filter(inside).all(|inner| may_skip(plan, inner))
        }
    };
    kind && !must_leave_evidence(step)
}

/// Whether a step's kind lets a permitted person declare it done outside.
pub(crate) fn may_attest(step: &Step) -> bool {
    match step.kind {
        StepKind::Run(_) | StepKind::Uses(_) | StepKind::Runbook(_) | StepKind::Checklist(_) => {
            true
        }
        StepKind::Approval(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_)
        | StepKind::Block
        | StepKind::Parallel => false,
    }
}

/// Whether the step is not done without evidence: a file, or one that comes with an item's answer.
pub(crate) fn must_leave_evidence(step: &Step) -> bool {
    let items = if let StepKind::Checklist(list) = &step.kind { &list.items[..] } else { &[] };
    step.evidence.iter().any(|file| file.required) || items.iter().any(|item| item.evidence)
}

/// Whether a person's verb may settle the step: its turn has come, and nothing is under way.
fn is_open_to_people(state: &StepState, is_next: bool) -> bool {
    match state {
        StepState::Pending => is_next,
        StepState::Failed { .. }
        | StepState::Unknown { .. }
        | StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Delaying { .. } => true,
        StepState::Running { .. }
        | StepState::Open { .. }
        | StepState::Asking { .. }
        | StepState::Approved { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => false,
    }
}

/// A step's state in one word.
pub(crate) const fn word(state: &StepState) -> &'static str {
    match state {
        StepState::Pending => "pending",
        StepState::Running { .. } | StepState::Open { .. } => "running",
        StepState::Backoff { .. } => "between two attempts",
        StepState::Ticking { .. } | StepState::Asking { .. } => "waiting for people",
        StepState::Approved { .. } => "approved",
        StepState::Delaying { .. } => "waiting",
        StepState::Failed { .. } => "failed",
        StepState::Unknown { .. } => "unknown",
        StepState::Succeeded { .. } => "succeeded",
        StepState::Skipped { .. } => "skipped",
        StepState::Attested { .. } => "attested",
    }
}
