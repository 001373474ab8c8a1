//! What a verb brings about beyond the step it names, written down in the event itself.
//!
//! A preview shows the same value that is journaled, so what was announced is what happens.

use serde::{Deserialize, Serialize};

use crate::ids::StepId;

/// What doing steps again means for the rest of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// The steps that are done again, in order.
    pub again: Vec<StepId>,
    /// Waits and hard stops that begin anew.
    pub restarted: Vec<StepId>,
    /// Approvals, asked or given but not used, that no longer count.
    pub voided: Vec<StepId>,
    /// Evidence files that no longer count, by their path in the run's folder. They are kept.
    pub superseded: Vec<String>,
    /// Steps already done that read what is done again. Each is an open item until it is done
    /// again or waived.
    pub stale: Vec<StepId>,
    /// Whether only a part of the items of a step is done again. Delays that count from the
    /// effective attempt do not move then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// Something that keeps a run from closing until it is settled or waived.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OpenItem {
    /// A failure that was tolerated.
    Failed {
        /// The step.
        step: StepId,
    },
    /// Something a step set and nothing set back, or did and could not be taken back.
    Altered {
        /// The step that set it.
        step: StepId,
    },
    /// A step that read what was done again since.
    Stale {
        /// The step.
        step: StepId,
    },
    /// A hard stop that was ended early and whose review is due.
    Review {
        /// The hard stop.
        step: StepId,
    },
}

impl OpenItem {
    /// The step it is about.
    pub const fn step(&self) -> &StepId {
        match self {
            Self::Failed { step }
            | Self::Altered { step }
            | Self::Stale { step }
            | Self::Review { step } => step,
        }
    }
}
