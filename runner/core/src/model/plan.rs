//! The runbook as a whole: inputs, secrets, phases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChildPlan, PinnedPlugin, Step};
use crate::{
    calendar::{Calendar, Window},
    ids::{PhaseId, RunbookId, StepId},
    policy::{Subject, Verb},
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
    /// named `main`; `on_abort:` and `finally:` are phases of their own, and the last.
    pub phases: Vec<Phase>,
    /// The IANA name of the zone of local times; UTC if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timezone: String,
    /// What a run leaves for others, expressions evaluated when it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<(String, Value)>,
    /// Who may use a verb on this runbook's runs, of those whom the policy allows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<Verb, Vec<Subject>>,
    /// Which other runs may not be under way beside this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// When steps may start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<PlannedWindow>,
    /// Working time, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, Calendar>,
    /// The runbooks its steps run, by path, each with all it needs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub children: BTreeMap<String, ChildPlan>,
    /// The plugins its own steps call, by name. One that is not here was not locked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub plugins: BTreeMap<String, PinnedPlugin>,
}

impl Plan {
    /// The version of the meaning this release writes.
    pub const SEMANTICS: u32 = 2;

    /// All steps in the order of the file, those of `finally` last.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases.iter().flat_map(|phase| &phase.steps)
    }

    /// The plugins that its steps call and those of the runbooks it runs, by name.
    pub fn all_plugins(&self) -> BTreeMap<&str, &PinnedPlugin> {
        let mut all = BTreeMap::new();
        let mut plans = vec![self];
        while let Some(plan) = plans.pop() {
            all.extend(plan.plugins.iter().map(|(name, pinned)| (name.as_str(), pinned)));
            plans.extend(plan.children.values().map(|child| &child.plan));
        }
        all
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
    /// Whether this is `on_abort:`, which runs once what was done is backed out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_abort: bool,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Which runs may not be under way at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    /// Runs of one group go one after the other; may hold expressions over inputs.
    pub group: String,
    /// What happens to a run that comes while another is under way. None is ever evicted.
    pub on_conflict: OnConflict,
}

/// What happens to a run that comes while another of its group is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It waits for its turn, first come first served.
    #[default]
    Queue,
    /// It is not opened.
    Reject,
}

/// A window, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedWindow {
    /// When.
    pub window: Window,
    /// Phases, and steps by their address; every forward step if empty.
    pub applies_to: Vec<String>,
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
    /// A day, `yyyy-mm-dd`.
    Date,
    /// An RFC 3339 instant.
    Instant,
    /// Texts by name.
    Map,
}

/// Where a secret's value comes from. The value itself is in no file and no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Secret {
    /// An environment variable of the runner.
    Env(String),
    /// An absolute path outside the repository.
    File(String),
    /// A command: program and arguments, as they are. What it prints is the value.
    Command(Vec<String>),
}
