//! The runbook as a whole: inputs, secrets, phases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Step;
use crate::{
    ids::{PhaseId, RunbookId, StepId},
    value::Value,
};

/// A compiled runbook: every default filled in, every reference checked.
///
/// Text that may hold `${{ }}` is kept as written; it is evaluated when its step is about to
/// start, and the result is journaled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the meaning of this structure. A runner that does not know it must not move
    /// the run.
    pub semantics: u32,
    /// The runbook's identity.
    pub runbook: RunbookId,
    /// For people.
    pub title: String,
    /// What must be given at the start, in the order of the file.
    pub inputs: Vec<Input>,
    /// Constants; may refer to inputs and to variables before them.
    pub vars: Vec<(String, Value)>,
    /// Secrets by the name the runbook gives them, and where each comes from.
    pub secrets: BTreeMap<String, Secret>,
    /// The phases, in the order of the file. A runbook with `steps:` at the top has one phase
    /// named `main`; `finally:` is a phase of its own, and the last.
    pub phases: Vec<Phase>,
}

impl Plan {
    /// The version of the meaning this release writes.
    pub const SEMANTICS: u32 = 1;

    /// All steps in the order of the file, those of `finally` last.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases.iter().flat_map(|phase| &phase.steps)
    }

    /// The step of that address.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps().find(|step| step.id == *id)
    }
}

/// A named group of steps that run one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// The phase's name.
    pub id: PhaseId,
    /// For people.
    pub title: String,
    /// The phases that must be over first. Phases that do not wait for each other run side by
    /// side.
    pub needs: Vec<PhaseId>,
    /// Whether this is `finally:`, which runs on every exit once all else is over.
    pub finally: bool,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A named value given when a run is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The input's name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The type and its constraints.
    pub kind: InputKind,
    /// Used where nothing is given; an input without one must be given.
    pub default: Option<Value>,
}

/// The type of an input, with its constraints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum InputKind {
    /// Text, at most 8 KiB.
    Text {
        /// A regular expression the whole text must match.
        pattern: Option<String>,
        /// The texts allowed; empty for any.
        choices: Vec<String>,
    },
    /// A whole number.
    Integer {
        /// The least allowed.
        min: Option<i64>,
        /// The greatest allowed.
        max: Option<i64>,
    },
    /// Yes or no.
    Boolean,
    /// A span of time such as `90s`; a number of milliseconds in expressions.
    Duration,
    /// A list of texts.
    List,
}

/// Where a secret's value comes from. The value itself is in no file and no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Secret {
    /// An environment variable of the runner.
    Env(String),
}
