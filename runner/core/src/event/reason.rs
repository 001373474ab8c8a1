//! How a run ended, and the reasons that events carry.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ids::ItemId, policy::By};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// All that was to be done was done.
    Succeeded,
    /// It ended, but a person left work undone, or nothing at all was done.
    Incomplete,
    /// A step failed and the runbook says that ends the run.
    Failed,
    /// It was ended early.
    Aborted,
}

/// A checklist item as it was put before people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedItem {
    /// The item.
    pub id: ItemId,
    /// What it says, all expressions evaluated.
    pub text: String,
}

/// Why a step was left undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SkipReason {
    /// Its `if` was false.
    Condition {
        /// The expression as written.
        condition: String,
    },
    /// A person decided so.
    Person {
        /// Who.
        by: By,
        /// Why.
        reason: String,
    },
}

/// Why votes no longer count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum VoidReason {
    /// Something the request is bound to is no longer what was shown.
    Changed {
        /// What, in words.
        what: Vec<String>,
    },
    /// The approval was not used in time.
    Expired,
    /// A person who said yes is no longer entitled to it.
    Entitlement {
        /// Who, and why not.
        message: String,
    },
}

/// One word, as it is journaled.
impl fmt::Display for RunResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Succeeded => "succeeded",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        })
    }
}
