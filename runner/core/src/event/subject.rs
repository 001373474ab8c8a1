//! Which step an event speaks of.

use super::Event;
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
            | Self::HardStopElapsed { step } => Some(step),
            Self::RunOpened { .. }
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
}
