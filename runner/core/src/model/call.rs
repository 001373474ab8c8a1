//! Work outside the runner's own commands: actions of plugins, and other runbooks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Plan, Retry};
use crate::{ids::Digest, time::Millis, value::Value};

/// A plugin as it was locked when the runbook was compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedPlugin {
    /// What its manifest calls its release.
    pub version: String,
    /// The digest of its component: no other is run.
    pub digest: Digest,
    /// What its manifest asks to be granted, each in a line for people.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asks: BTreeSet<String>,
}

/// A call of a plugin's action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uses {
    /// `plugin/action`.
    pub action: String,
    /// What it is given; texts may hold expressions.
    pub with: BTreeMap<String, Value>,
    /// The most time one attempt may take.
    pub timeout: Millis,
    /// How often the runner tries by itself.
    pub retry: Retry,
    /// Whether doing it twice equals doing it once.
    pub idempotent: bool,
    /// Asked again until it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Poll>,
}

/// Asking again until something holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// An expression over `self`; success of the command or call alone if not given.
    pub condition: Option<String>,
    /// From the end of one try to the start of the next.
    pub interval: Millis,
    /// All together.
    pub timeout: Millis,
}

/// A run of another runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Child {
    /// Its path in the repository, the name of its plan in [`Plan::children`].
    pub path: String,
    /// Its inputs; texts may hold expressions.
    pub inputs: BTreeMap<String, Value>,
}

/// A runbook that another one runs, pinned with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildPlan {
    /// Digest of its text.
    pub runbook: Digest,
    /// Its plan.
    pub plan: Plan,
}
