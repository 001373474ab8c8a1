//! Which step an event speaks of, and which files.

use super::{Artifact, Event};
use crate::ids::StepId;

impl Event {
    /// The step this speaks of; `None` for what concerns the run as a whole.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::AttemptStarted { step, .. }
            | Self::AttemptFailed { step, .. }
            | Self::AttemptLost { step, .. }
            | Self::BackoffElapsed { step }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::StepRetried { step, .. }
            | Self::StepAttested { step, .. }
            | Self::AttestationOffered { step, .. }
            | Self::ChecklistOpened { step, .. }
            | Self::ItemTicked { step, .. }
            | Self::ItemReopened { step, .. }
            | Self::GateReached { step, .. }
            | Self::ApprovalAccepted { step, .. }
            | Self::ApprovalRefused { step, .. }
            | Self::ApprovalVoided { step, .. }
            | Self::GateSatisfied { step, .. }
            | Self::GateRejected { step, .. }
            | Self::GateExpired { step, .. }
            | Self::WaitStarted { step, .. }
            | Self::WaitElapsed { step }
            | Self::HardStopStarted { step, .. }
            | Self::HardStopElapsed { step }
            | Self::CallStarted { step, .. }
            | Self::CallPending { step, .. }
            | Self::CallProbed { step, .. }
            | Self::ChildStarted { step, .. }
            | Self::AttemptProbed { step, .. }
            | Self::ItemsListed { step, .. }
            | Self::BlockEntered { step, .. }
            | Self::BlockTurned { step, .. }
            | Self::RemedyStarted { step, .. }
            | Self::LocksReleased { step }
            | Self::WindowClosed { step, .. }
            | Self::WindowOpened { step }
            | Self::WindowOverrun { step }
            | Self::StepRerun { step, .. }
            | Self::StepSentBack { step, .. }
            | Self::ApprovalWithdrawn { step, .. }
            | Self::ApprovalLate { step, .. }
            | Self::GateReminded { step, .. }
            | Self::GateEscalated { step, .. }
            | Self::DelayMoved { step, .. }
            | Self::GlassAsked { step, .. }
            | Self::GlassBroken { step, .. }
            | Self::GlassReviewed { step, .. } => Some(step),
            Self::LocksRequested { step, .. }
            | Self::LocksAcquired { step }
            | Self::NoteWritten { step, .. } => step.as_ref(),
            Self::ItemWaived { item, .. } => Some(item.step()),
            Self::BackoutStarted { .. }
            | Self::RunRebased { .. }
            | Self::RunClaimed { .. }
            | Self::RunOpened { .. }
            | Self::LeaseAcquired { .. }
            | Self::PolicyLoaded { .. }
            | Self::RunHeld { .. }
            | Self::RunLifted { .. }
            | Self::ClockAnomaly { .. }
            | Self::EvidenceBlocked { .. }
            | Self::EvidenceUnblocked {}
            | Self::AbortRequested { .. }
            | Self::RunEnding { .. }
            | Self::RunClosed { .. } => None,
        }
    }

    /// The files it says were left.
    #[expect(clippy::wildcard_enum_match_arm, reason = "an artifact is what these events carry")]
    pub fn artifacts(&self) -> &[Artifact] {
        match self {
            Self::AttemptFailed { artifacts, .. }
            | Self::AttemptProbed { artifacts, .. }
            | Self::CallPending { artifacts, .. }
            | Self::CallProbed { artifacts, .. }
            | Self::StepSucceeded { artifacts, .. }
            | Self::StepAttested { artifacts, .. }
            | Self::AttestationOffered { artifacts, .. } => artifacts,
            Self::ItemTicked { artifact, .. } => artifact.as_slice(),
            _ => &[],
        }
    }
}
