//! How steps stand within each other, and how one becomes many.
//!
//! A plan is flat: every step stands in its phase's list, in the order of the file, and says
//! itself which composite it belongs to. Iterating over a plan needs no recursion.

use serde::{Deserialize, Serialize};

use crate::ids::StepId;

/// The composite a step belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// The composite; for `undo` and `restore` the step they make good.
    pub step: StepId,
    /// Which part of it.
    pub part: Part,
}

/// A part of a composite, or a companion of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its steps: in order in a block, side by side in a parallel.
    Steps,
    /// What runs when one of them failed for good.
    Rescue,
    /// What runs on every exit.
    Always,
    /// Takes back what the step did, when the run is backed out.
    Undo,
    /// Sets back what the step set, on every exit of the block around it, or else of the run.
    Restore,
}

/// One step done for several items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForEach {
    /// An expression that gives a list or a map.
    pub items: String,
    /// What an item is called in the step's expressions.
    pub name: String,
    /// An expression that gives an item's key; the item itself, or the map's key, if not given.
    pub key: Option<String>,
    /// How many items may be under way at once.
    pub max_parallel: u32,
    /// How many may fail before no further one starts.
    pub max_failures: Budget,
    /// What happens when more fail.
    pub on_exceeded: OnExceeded,
    /// How many items there must be; any number but none if not given.
    pub expect: Option<Expect>,
}

/// How many failures are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// A number of items.
    Count(u32),
    /// A share of all items, in hundredths of a percent, rounded down to whole items.
    BasisPoints(u32),
}

impl Budget {
    /// The number of failures allowed among `items` items. Stop when failures *exceed* it
    /// (peers' Q18).
    pub fn allowed(self, items: usize) -> usize {
        match self {
            Self::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Self::BasisPoints(points) => {
                let share = u128::from(points) * items as u128 / 10_000;
                usize::try_from(share).unwrap_or(usize::MAX)
            }
        }
    }
}

/// What happens when a budget is exceeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExceeded {
    /// No further item starts, those under way end, and the branch waits for a person's verb.
    #[default]
    Pause,
    /// The run ends as failed: those under way are stopped.
    Abort,
}

/// How many items there must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}
