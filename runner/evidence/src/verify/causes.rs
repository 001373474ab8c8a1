//! What must have reached a run for an event to be there: an event tells it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "`inputs` routes every event by name; what it calls speaks of those it is given"
)]

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Artifact, Cause, Event, Found, Pending, SkipReason},
    ids::{AttemptNo, StepId},
    input::{Input, Outcome, Request, RerunScope, Resolution, Revision},
    policy::{Actor, By},
    time::Timestamp,
};

use super::authority::Scene;

/// All that may have brought the event about. What comes together with another event, in one
/// answer, has no cause of its own.
pub(super) fn inputs(scene: &Scene<'_>) -> Vec<Input> {
    let event = &scene.entry.event;
    match event {
        Event::RunOpened { .. } => opened(event),
        Event::LeaseAcquired { epoch, holder } => {
            vec![Input::LeaseTaken { epoch: *epoch, holder: holder.clone() }]
        }
        Event::EvidenceBlocked { .. } | Event::EvidenceUnblocked {} => evidence(event),
        Event::LocksAcquired { step } => vec![Input::Locked { step: step.clone() }],
        Event::AttemptStarted { .. }
        | Event::CallStarted { .. }
        | Event::ChildStarted { .. }
        | Event::ChecklistOpened { .. }
        | Event::GateReached { .. }
        | Event::WaitStarted { .. }
        | Event::HardStopStarted { .. }
        | Event::BlockEntered { .. }
        | Event::ItemsListed { .. }
        | Event::LocksRequested { .. }
        | Event::WindowClosed { .. } => resolved(scene),
        Event::AttemptFailed { .. }
        | Event::AttemptProbed { .. }
        | Event::AttemptLost { .. }
        | Event::CallPending { .. }
        | Event::CallProbed { .. } => outcome(event),
        Event::StepSucceeded { .. } => woken(outcome(event)),
        Event::StepFailed { .. }
        | Event::StepSkipped { reason: SkipReason::Condition { .. }, .. } => woken(resolved(scene)),
        Event::StepSkipped { .. }
        | Event::StepRetried { .. }
        | Event::StepAttested { .. }
        | Event::AttestationOffered { .. }
        | Event::ItemTicked { .. }
        | Event::ItemReopened { .. }
        | Event::StepRerun { .. }
        | Event::StepSentBack { .. }
        | Event::RunRebased { .. }
        | Event::RunClaimed { .. }
        | Event::NoteWritten { .. }
        | Event::GlassAsked { .. }
        | Event::GlassReviewed { .. }
        | Event::ItemWaived { .. }
        | Event::RunHeld { .. }
        | Event::RunLifted { .. }
        | Event::AbortRequested { .. } => verb(scene),
        Event::ApprovalAccepted { .. }
        | Event::ApprovalRefused { .. }
        | Event::ApprovalWithdrawn { .. }
        | Event::ApprovalLate { .. }
        | Event::GateRejected { .. } => answer(scene),
        Event::PolicyLoaded { .. }
        | Event::BackoffElapsed { .. }
        | Event::ApprovalVoided { .. }
        | Event::GateSatisfied { .. }
        | Event::GateExpired { .. }
        | Event::GateReminded { .. }
        | Event::GateEscalated { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopElapsed { .. }
        | Event::DelayMoved { .. }
        | Event::GlassBroken { .. }
        | Event::BlockTurned { .. }
        | Event::RemedyStarted { .. }
        | Event::BackoutStarted { .. }
        | Event::LocksReleased { .. }
        | Event::WindowOpened { .. }
        | Event::WindowOverrun { .. }
        | Event::ClockAnomaly { .. }
        | Event::RunEnding { .. } => vec![Input::Wake],
        Event::RunClosed { outputs, .. } => vec![Input::Outputs(outputs.clone())],
    }
}

/// That, or that its turn came.
fn woken(mut causes: Vec<Input>) -> Vec<Input> {
    causes.push(Input::Wake);
    causes
}

fn evidence(event: &Event) -> Vec<Input> {
    let result = match event {
        Event::EvidenceBlocked { reason } => Err(reason.clone()),
        _ => Ok(()),
    };
    vec![Input::Evidence(result)]
}

fn opened(event: &Event) -> Vec<Input> {
    let Event::RunOpened { plan, inputs, by, group, .. } = event else { return Vec::new() };
    let (actor, group) = (by.actor.clone(), group.clone());
    vec![Input::Open { plan: *plan, inputs: *inputs, actor, group }]
}

/// A step's turn came, and it was known what it comes to.
fn resolved(scene: &Scene<'_>) -> Vec<Input> {
    let event = &scene.entry.event;
    let Some(step) = event.step() else { return vec![Input::Wake] };
    let resolution = match event {
        Event::AttemptStarted { command, .. } => Ok(Resolution::Run(command.clone())),
        Event::CallStarted { call, .. } => Ok(Resolution::Uses(call.clone())),
        Event::ChildStarted { child, .. } => Ok(Resolution::Child(child.clone())),
        Event::ChecklistOpened { items, .. } => Ok(Resolution::Checklist(items.clone())),
        Event::GateReached { digest, binding, .. } => {
            Ok(Resolution::Approval { digest: *digest, binding: binding.clone() })
        }
        Event::WaitStarted { due, .. } | Event::HardStopStarted { due, .. } => {
            Ok(Resolution::Delay { until: Some(*due) })
        }
        Event::BlockEntered { .. } => Ok(Resolution::Enter),
        Event::ItemsListed { items, .. } => Ok(Resolution::Items(items.clone())),
        Event::LocksRequested { names, .. } => Ok(Resolution::Locks(names.clone())),
        Event::StepSkipped { .. } => Ok(Resolution::Skip),
        Event::StepFailed { cause: Cause::Unresolved { message }, .. } => Err(message.clone()),
        // A window is looked at before what a step comes to.
        _ => Err(String::new()),
    };
    let attempt = scene.state.last_attempt(step).map_or(AttemptNo::FIRST, AttemptNo::next);
    let input = |resolution| Input::Resolved { step: step.clone(), attempt, resolution };
    match event {
        // A delay fails as well where there is nothing to count from.
        Event::StepFailed { .. } => {
            vec![input(resolution), input(Ok(Resolution::Delay { until: None }))]
        }
        _ => vec![input(resolution)],
    }
}

/// What was under way said how it stands.
fn outcome(event: &Event) -> Vec<Input> {
    let (step, attempt, outcome) = match event.clone() {
        Event::AttemptFailed { step, attempt, cause, artifacts, .. } => {
            (step, attempt, Outcome::Failed { cause, artifacts })
        }
        Event::AttemptProbed { step, attempt, outputs, cause, artifacts } => {
            (step, attempt, Outcome::NotYet { outputs, cause, artifacts })
        }
        Event::StepSucceeded { step, attempt, outputs, artifacts } => {
            (step, attempt, Outcome::Succeeded { outputs, artifacts })
        }
        Event::CallPending { step, attempt, pending, artifacts } => {
            (step, attempt, Outcome::Pending { pending, artifacts })
        }
        Event::CallProbed { step, attempt, found, artifacts } => {
            (step, attempt, sought(found, artifacts))
        }
        _ => return Vec::new(),
    };
    vec![Input::Outcome { step, attempt, outcome }]
}

/// What was found of a call. What it came to is told by the next event, which is held against the
/// core by itself.
fn sought(found: Found, artifacts: Vec<Artifact>) -> Outcome {
    match found {
        Found::NotStarted => Outcome::NotStarted { artifacts },
        Found::CannotTell { message, .. } => Outcome::CannotTell { message, artifacts },
        Found::Over => Outcome::Succeeded { outputs: BTreeMap::new(), artifacts },
        Found::UnderWay => {
            let (state, poll_at) = (String::new(), Timestamp::from_millis(0));
            let pending = Pending { state, poll_at, note: None, link: None };
            Outcome::Pending { pending, artifacts }
        }
    }
}

fn asked(by: &By, request: Request) -> Vec<Input> {
    vec![Input::Person { actor: by.actor.clone(), request }]
}

/// A person used a verb.
fn verb(scene: &Scene<'_>) -> Vec<Input> {
    match scene.entry.event.clone() {
        Event::StepSkipped { step, reason: SkipReason::Person { by, reason } } => {
            asked(&by, Request::Skip { step, reason })
        }
        Event::StepRetried { step, after, by, reason } => {
            asked(&by, Request::Retry { step, after, reason })
        }
        Event::AttestationOffered { step, by, reason, artifacts } => {
            asked(&by, Request::Attest { step, reason, artifacts })
        }
        Event::StepAttested { step, by, second, reason, artifacts } => {
            // Whoever confirms adds to the proof that was offered.
            let offered = scene.state.attestation(&step).map_or(0, |offer| offer.artifacts.len());
            let artifacts = match &second {
                Some(_) => artifacts.get(offered..).unwrap_or_default().to_vec(),
                None => artifacts,
            };
            asked(&second.unwrap_or(by), Request::Attest { step, reason, artifacts })
        }
        Event::ItemTicked { step, item, value, artifact, by } => {
            asked(&by, Request::Tick { step, item, value, artifact })
        }
        Event::ItemReopened { step, item, by, reason } => {
            asked(&by, Request::Untick { step, item, reason })
        }
        Event::RunHeld { by, reason } => asked(&by, Request::Hold { reason }),
        Event::RunLifted { by, reason } => asked(&by, Request::Lift { reason }),
        Event::AbortRequested { by, reason } => asked(&by, Request::Abort { reason }),
        _ => later_verb(scene),
    }
}

fn later_verb(scene: &Scene<'_>) -> Vec<Input> {
    match scene.entry.event.clone() {
        Event::StepRerun { step, by, reason, .. } => {
            let scopes = [RerunScope::Step, RerunScope::FailedItems, RerunScope::From];
            let request = |scope| Request::Rerun {
                step: step.clone(),
                scope,
                previewed: None,
                reason: reason.clone(),
            };
            scopes.into_iter().flat_map(|scope| asked(&by, request(scope))).collect()
        }
        Event::StepSentBack { step, to, by, reason, .. } => {
            asked(&by, Request::SendBack { step, to, reason })
        }
        Event::RunRebased { by, reason, commit, runbook, plan: digest } => {
            let Some(plan) = scene.case.plans.get(&digest).cloned() else { return Vec::new() };
            let onto = Revision { commit, runbook, digest, plan };
            asked(&by, Request::Rebase { onto, reason })
        }
        Event::RunClaimed { by, note } => asked(&by, Request::Claim { note }),
        Event::NoteWritten { step, by, text } => asked(&by, Request::Note { step, text }),
        Event::GlassAsked { step, by, reason } => asked(&by, Request::BreakGlass { step, reason }),
        Event::GlassReviewed { step, by, finding } => asked(&by, Request::Review { step, finding }),
        Event::ItemWaived { item, by, reason } => asked(&by, Request::Waive { item, reason }),
        _ => Vec::new(),
    }
}

/// A person answered a request.
fn answer(scene: &Scene<'_>) -> Vec<Input> {
    let asked =
        |step: &StepId, request: AttemptNo, actor: &Actor, wish: &dyn Fn(String) -> Request| {
            let code = code(scene, step, request);
            code.map(|code| Input::Person { actor: actor.clone(), request: wish(code) })
        };
    let yes = |code, signature| Request::Approve { code, comment: None, from: None, signature };
    let input = match &scene.entry.event {
        Event::ApprovalAccepted { step, request, by, comment, from, signature, .. } => {
            asked(step, *request, &by.actor, &|code| Request::Approve {
                code,
                comment: comment.clone(),
                from: *from,
                signature: signature.clone().map(Ok),
            })
        }
        // Whether a signature was bad is the runner's word: what it refused is not kept.
        Event::ApprovalRefused { step, request, actor, reason } => {
            asked(step, *request, actor, &|code| yes(code, Some(Err(reason.clone()))))
        }
        Event::ApprovalWithdrawn { step, request, by, reason } => {
            asked(step, *request, &by.actor, &|code| Request::Withdraw {
                code,
                reason: reason.clone(),
            })
        }
        Event::ApprovalLate { step, request, actor, yes: true } => {
            asked(step, *request, actor, &|code| yes(code, None))
        }
        Event::ApprovalLate { step, request, actor, yes: false } => {
            asked(step, *request, actor, &|code| Request::Reject { code, reason: String::new() })
        }
        Event::GateRejected { step, request, by, reason } => {
            asked(step, *request, &by.actor, &|code| Request::Reject {
                code,
                reason: reason.clone(),
            })
        }
        _ => None,
    };
    input.into_iter().collect()
}

/// The code of a request that was written before.
fn code(scene: &Scene<'_>, of: &StepId, number: AttemptNo) -> Option<String> {
    scene.past.iter().rev().find_map(|entry| match &entry.event {
        Event::GateReached { step, request, digest, .. } if step == of && *request == number => {
            Some(digest.code())
        }
        _ => None,
    })
}
