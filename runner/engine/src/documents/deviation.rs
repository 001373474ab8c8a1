//! As written against as executed: what went another way than a run that needs nobody's help.

use hardstop_core::{
    event::{Entry, Event, SkipReason},
    model::{OnFailure, Plan, SeparatedRole, StepKind},
    run::{Ending, RunState, StepState},
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
    for (step, step_state) in state.steps() {
        let requests = past.get(&step.id).map_or(&[][..], |past| &past.requests);
        let mut votes = requests.iter().flat_map(|request| &request.votes);
        if bars_initiator(&step.kind) && votes.any(|(_, by, _)| by.person == *initiator) {
            let executed = format!("{}: {initiator} started the run and approved it", step.id);
            all.push(untold("whoever starts the run does not approve it", executed));
        }
        let over = matches!(state.ending(), Ending::Closed(_));
        if over && *step_state == StepState::Pending {
            all.push(untold("the step is reached", format!("{}: never reached", step.id)));
        }
    }
    all
}

fn bars_initiator(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Approval(gate) if gate.exclude.contains(&SeparatedRole::Initiator))
}

/// What was to be instead of this event, if it is a deviation.
fn written(event: &Event, plan: &Plan) -> Option<&'static str> {
    match event {
        Event::AttemptFailed { .. } => Some("each attempt succeeds"),
        Event::AttemptLost { .. } => Some("the runner sees each attempt to its end"),
        Event::StepFailed { step, .. } => {
            let tolerated = |on_failure| on_failure == OnFailure::Continue;
            Some(if plan.step(step).is_some_and(|step| tolerated(step.on_failure)) {
                "the step succeeds; its failure is tolerated"
            } else {
                "the step succeeds"
            })
        }
        Event::StepSkipped { reason: SkipReason::Person { .. }, .. } => Some("the step is done"),
        Event::StepRetried { .. } => Some("no person asks for another attempt"),
        Event::StepAttested { .. } => Some("the step is done in this run"),
        Event::ApprovalRefused { .. } => Some("only entitled people answer"),
        Event::ApprovalVoided { .. } => Some("a request stands until it is used"),
        Event::GateRejected { .. } => Some("people say yes"),
        Event::GateExpired { .. } => Some("people answer in time"),
        Event::RunHeld { .. } => Some("nobody holds the run"),
        Event::ClockAnomaly { .. } => Some("the clock is not moved"),
        Event::EvidenceBlocked { .. } => Some("evidence can always be committed"),
        Event::AbortRequested { .. } => Some("the run goes to its end"),
        Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { .. }
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
