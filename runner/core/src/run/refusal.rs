//! Why an input was not accepted. A refusal changes nothing.

use thiserror::Error;

use crate::ids::{Epoch, StepId};

/// An input that was not accepted, with the reason for whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The run does not exist yet.
    #[error("the run is not open")]
    NotOpen,
    /// The run is over; terminal states absorb.
    #[error("the run is over")]
    Closed,
    /// The runbook has no such step.
    #[error("the runbook has no step `{0}`")]
    UnknownStep(StepId),
    /// The person may not do this. The caller reports it as refused by policy.
    #[error("{0}")]
    NotAllowed(String),
    /// It makes no sense where the run stands now.
    #[error("{0}")]
    NotNow(String),
    /// The answer to an item has the wrong form.
    #[error("{0}")]
    BadAnswer(String),
    /// No open request has this code.
    #[error("no open request has the code `{code}`{hint}")]
    NoSuchRequest {
        /// What was typed.
        code: String,
        /// The codes that are open, in words.
        hint: String,
    },
    /// The policy went back to an earlier version, or changed without a new one. Nothing may be
    /// decided under it.
    #[error("the policy went back: this run has seen version {seen}, and now {found}")]
    PolicyWentBack {
        /// The highest version of this run.
        seen: u64,
        /// What was found, in words.
        found: String,
    },
    /// Somebody else took the lease in between. Nothing may be appended; load again.
    #[error("the lease has epoch {}, not {}", found.0, expected.0)]
    StaleLease {
        /// What the journal says comes next.
        expected: Epoch,
        /// What the input says.
        found: Epoch,
    },
    /// The answer is of another kind than the step: a fault of the driver.
    #[error("the answer does not fit step `{0}`")]
    WrongAnswer(StepId),
}
