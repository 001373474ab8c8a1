//! Which sentence tells which event.

use hardstop_core::event::Event;

use super::{course, gate, run, step};

/// What happened, without when.
///
/// Text from outside is in it as it came: whoever shows it passes it through
/// [`sanitise`](super::super::sanitise) first.
pub fn sentence(event: &Event) -> String {
    match event {
        Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { .. }
        | Event::RunHeld { .. }
        | Event::RunLifted { .. }
        | Event::RunRebased { .. }
        | Event::RunClaimed { .. }
        | Event::NoteWritten { .. }
        | Event::ItemWaived { .. }
        | Event::ClockAnomaly { .. }
        | Event::EvidenceBlocked { .. }
        | Event::EvidenceUnblocked {}
        | Event::AbortRequested { .. }
        | Event::RunEnding { .. }
        | Event::RunClosed { .. } => run::sentence(event),
        Event::AttemptStarted { .. }
        | Event::CallStarted { .. }
        | Event::CallPending { .. }
        | Event::CallProbed { .. }
        | Event::ChildStarted { .. }
        | Event::AttemptProbed { .. }
        | Event::AttemptFailed { .. }
        | Event::AttemptLost { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::StepRetried { .. }
        | Event::StepAttested { .. }
        | Event::AttestationOffered { .. } => step::sentence(event),
        Event::ItemsListed { .. }
        | Event::BlockEntered { .. }
        | Event::BlockTurned { .. }
        | Event::RemedyStarted { .. }
        | Event::BackoutStarted { .. }
        | Event::LocksRequested { .. }
        | Event::LocksAcquired { .. }
        | Event::LocksReleased { .. }
        | Event::WindowClosed { .. }
        | Event::WindowOpened { .. }
        | Event::WindowOverrun { .. }
        | Event::StepRerun { .. }
        | Event::StepSentBack { .. } => course::sentence(event),
        Event::ChecklistOpened { .. }
        | Event::ItemTicked { .. }
        | Event::ItemReopened { .. }
        | Event::GateReached { .. }
        | Event::GateReminded { .. }
        | Event::GateEscalated { .. }
        | Event::ApprovalAccepted { .. }
        | Event::ApprovalRefused { .. }
        | Event::ApprovalVoided { .. }
        | Event::ApprovalWithdrawn { .. }
        | Event::ApprovalLate { .. }
        | Event::GateSatisfied { .. }
        | Event::GateRejected { .. }
        | Event::GateExpired { .. }
        | Event::WaitStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopStarted { .. }
        | Event::HardStopElapsed { .. }
        | Event::DelayMoved { .. }
        | Event::GlassAsked { .. }
        | Event::GlassBroken { .. }
        | Event::GlassReviewed { .. } => gate::sentence(event),
    }
}
