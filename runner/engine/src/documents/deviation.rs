//! As written against as executed: what went another way than a run that needs nobody's help.

use hardstop_core::{
    event::{Entry, Event, RunResult, SkipReason},
    model::{OnFailure, Part, Plan, SeparatedRole, Step, StepKind},
    run::{Ending, Placed, RunState, StepState},
};
use serde::Serialize;

use super::{history::Past, sentence::sentence};

/// One deviation.
#[derive(Serialize)]
pub(super) struct Deviation {
    /// The number of the event; empty for what no event tells.
    seq: String,
    written: &'static str,
    executed: String,
}

/// All of them: first what events tell, in their order, then what only the whole run shows.
pub(super) fn all(state: &RunState, entries: &[Entry], past: &Past<'_>) -> Vec<Deviation> {
    let told = entries.iter().filter_map(|entry| {
        let written = written(&entry.event, state.plan())?;
        let executed = sentence(&entry.event);
        Some(Deviation { seq: entry.seq.to_string(), written, executed })
    });
    let mut all: Vec<Deviation> = told.collect();
    let initiator = &state.header().initiator.person;
    let untold = |written, executed| Deviation { seq: String::new(), written, executed };
    for Placed { id, step, state: step_state } in state.steps() {
        let requests = past.get(id).map_or(&[][..], |past| &past.requests);
        let mut votes = requests.iter().flat_map(|request| &request.votes);
        if bars_initiator(&step.kind) && votes.any(|(_, by, _)| by.person == *initiator) {
            let executed = format!("{id}: {initiator} started the run and approved it");
            all.push(untold("whoever starts the run does not approve it", executed));
        }
        let over = matches!(state.ending(), Ending::Closed(_));
        if over && *step_state == StepState::Pending && is_forward(step, state.plan()) {
            all.push(untold("the step is reached", format!("{id}: never reached")));
        }
    }
    all
}

/// Whether a run that needs nobody's help reaches it: not what makes good, rescues or takes back.
fn is_forward(step: &Step, plan: &Plan) -> bool {
    let base = step.id.base();
    let phase = plan.phases.iter().find(|phase| phase.steps.iter().any(|it| it.id == base));
    let mut at = Some(step);
    while let Some(within) = at.and_then(|step| step.within.as_ref()) {
        if !matches!(within.part, Part::Steps | Part::Always) {
            return false;
        }
        at = plan.step(&within.step.base());
    }
    !step.backout && phase.is_some_and(|phase| !phase.on_abort)
}

fn bars_initiator(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Approval(gate) if gate.exclude.contains(&SeparatedRole::Initiator))
}

/// What was to be instead of this event, if it is a deviation.
#[expect(clippy::too_many_lines, reason = "one line for each kind of event")]
pub(super) fn written(event: &Event, plan: &Plan) -> Option<&'static str> {
    match event {
        Event::AttemptFailed { .. } => Some("each attempt succeeds"),
        Event::AttemptLost { .. } => Some("the runner sees each attempt to its end"),
        Event::StepFailed { step, .. } => {
            let tolerated = |step: &Step| step.on_failure == OnFailure::Continue;
            Some(if plan.step(&step.base()).is_some_and(tolerated) {
                "the step succeeds; its failure is tolerated"
            } else {
                "the step succeeds"
            })
        }
        Event::StepSkipped { reason: SkipReason::Person { .. }, .. } => Some("the step is done"),
        Event::StepRetried { .. } => Some("no person asks for another attempt"),
        Event::StepAttested { .. } => Some("the step is done in this run"),
        Event::ItemReopened { .. } => Some("an answer stands"),
        Event::PolicyLoaded { revoked: Some(_), .. } => Some("the runbook stays in use"),
        Event::ApprovalRefused { .. } => Some("only entitled people answer"),
        Event::ApprovalVoided { .. } => Some("a request stands until it is used"),
        Event::ApprovalWithdrawn { .. } => Some("a yes stands"),
        Event::ApprovalLate { .. } => Some("people answer before it is decided"),
        Event::GateRejected { .. } => Some("people say yes"),
        Event::GateExpired { .. } => Some("people answer in time"),
        Event::GateEscalated { .. } => Some("those asked first answer"),
        Event::StepRerun { .. } => Some("each step is done once"),
        Event::StepSentBack { .. } => Some("the run goes forward"),
        Event::RunRebased { .. } => Some("the run ends with the text it began with"),
        Event::DelayMoved { .. } => Some("what a delay counts from happens once"),
        Event::GlassBroken { .. } => Some("a hard stop lasts its time"),
        Event::ItemWaived { .. } => Some("all is settled when the run closes"),
        Event::RemedyStarted { .. } => Some("no step fails"),
        Event::BlockTurned { part: Part::Rescue, .. } => Some("no step of the block fails"),
        Event::BackoutStarted { result: RunResult::Failed | RunResult::Aborted, .. } => {
            Some("nothing has to be taken back")
        }
        Event::WindowOverrun { .. } => Some("what starts in a window ends in it"),
        Event::RunHeld { .. } => Some("nobody holds the run"),
        Event::ClockAnomaly { .. } => Some("the clock is not moved"),
        Event::EvidenceBlocked { .. } => Some("evidence can always be committed"),
        Event::AbortRequested { .. } => Some("the run goes to its end"),
        Event::BackoutStarted { .. }
        | Event::BlockTurned { .. }
        | Event::BlockEntered { .. }
        | Event::CallStarted { .. }
        | Event::CallPending { .. }
        | Event::CallProbed { .. }
        | Event::ChildStarted { .. }
        | Event::AttemptProbed { .. }
        | Event::ItemsListed { .. }
        | Event::LocksRequested { .. }
        | Event::LocksAcquired { .. }
        | Event::LocksReleased { .. }
        | Event::WindowClosed { .. }
        | Event::WindowOpened { .. }
        | Event::RunClaimed { .. }
        | Event::NoteWritten { .. }
        | Event::GateReminded { .. }
        // Told by `GlassBroken` once enough people asked.
        | Event::GlassAsked { .. }
        | Event::GlassReviewed { .. }
        | Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { revoked: None, .. }
        | Event::AttemptStarted { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepSkipped { reason: SkipReason::Condition { .. }, .. }
        | Event::AttestationOffered { .. }
        | Event::ChecklistOpened { .. }
        | Event::ItemTicked { .. }
        | Event::GateReached { .. }
        | Event::ApprovalAccepted { .. }
        | Event::GateSatisfied { .. }
        | Event::WaitStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopStarted { .. }
        | Event::HardStopElapsed { .. }
        | Event::RunLifted { .. }
        | Event::EvidenceUnblocked {}
        | Event::RunEnding { .. }
        | Event::RunClosed { .. } => None,
    }
}
