//! Triggers as they are in force.

use std::{collections::BTreeMap, fmt};

use hardstop_core::{calendar::Zone, event::RunResult, ids::RunbookId, value::Value};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Cron;
use crate::expression::{Engine, Found};

/// Everything that starts runs without a person's command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triggers {
    /// Runs at times of the clock.
    pub schedules: Vec<Schedule>,
    /// Runs that follow the end of others.
    pub after: Vec<After>,
    /// Runs that people ask for by merging a file.
    pub requests: Option<Requests>,
}

impl Triggers {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.schedules.is_empty() && self.after.is_empty() && self.requests.is_none()
    }
}

/// A runbook that runs at times of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name, unique among all triggers.
    pub id: String,
    /// The runbook.
    pub runbook: RunbookRef,
    /// When.
    pub cron: Cron,
    /// The zone whose clocks count.
    pub zone: Zone,
    /// The inputs of its runs.
    pub inputs: BTreeMap<String, Value>,
    /// What happens to instants at which nobody looked.
    pub missed: Missed,
    /// What happens while an earlier run of it is still open.
    pub overlap: Overlap,
    /// The e-mail address of the person whose runs these are.
    pub actor: Option<String>,
}

/// What happens to instants of a schedule at which nobody looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// They are left out. The newest one counts as missed after an hour.
    #[default]
    Skip,
    /// The newest of them is run, however late.
    RunOnce,
    /// All of them are run, in order; the newest hundred if there are more.
    RunAll,
}

/// What happens when an instant comes while an earlier run of the schedule is still open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// The instant is left out.
    #[default]
    Skip,
    /// Its run is opened when the earlier one is closed, in order. It is never left out for a
    /// newer one.
    Queue,
    /// Its run is opened beside the earlier one.
    Start,
}

/// A runbook that runs when a run of another has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// Its name, unique among all triggers.
    pub id: String,
    /// The runbook to run.
    pub runbook: RunbookRef,
    /// The runbook whose runs it follows.
    pub after: RunbookId,
    /// How they must have ended.
    pub results: Vec<RunResult>,
    /// The inputs of its runs, expressions not evaluated.
    pub inputs: BTreeMap<String, Value>,
    /// The e-mail address of the person whose runs these are; whoever started the run that ended
    /// for `None`.
    pub actor: Option<String>,
}

impl After {
    /// The inputs of the run that follows one with these outputs.
    ///
    /// # Errors
    ///
    /// The input and why it has no value: above all an output that the run did not leave.
    pub fn inputs_from(
        &self,
        outputs: &BTreeMap<String, Value>,
    ) -> Result<BTreeMap<String, Value>, String> {
        let evaluated = |(name, value): (&String, &Value)| {
            let value = evaluate(value, outputs).map_err(|why| format!("input `{name}`: {why}"))?;
            Ok((name.clone(), value))
        };
        self.inputs.iter().map(evaluated).collect()
    }
}

fn evaluate(value: &Value, outputs: &BTreeMap<String, Value>) -> Result<Value, String> {
    match value {
        Value::Text(text) => Engine::new().evaluate(text, &mut |name| {
            let rest = name.strip_prefix("outputs.").unwrap_or_default();
            let output = rest.split('.').next().unwrap_or_default();
            let length = "outputs.".len() + output.len();
            let missing = || format!("the run left no output `{output}`");
            let value = outputs.get(output).cloned().ok_or_else(missing);
            Ok(Found { length: length.min(name.len()), value })
        }),
        Value::List(items) => items
            .iter()
            .map(|item| evaluate(item, outputs))
            .collect::<Result<_, _>>()
            .map(Value::List),
        Value::Map(members) => {
            let member = |(name, value): (&String, &Value)| {
                Ok::<_, String>((name.clone(), evaluate(value, outputs)?))
            };
            members.iter().map(member).collect::<Result<_, _>>().map(Value::Map)
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) => Ok(value.clone()),
    }
}

/// Where files of `kind: RunRequest` lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    /// The folder, from the top of the repository, without a slash at its end.
    pub folder: String,
    /// The branch on which they count.
    pub branch: String,
}

/// A runbook as a configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunbookRef {
    /// By its id: the one file of `runbooks/` with that id.
    Id(RunbookId),
    /// By its path from the top of the repository.
    Path(String),
}

impl fmt::Display for RunbookRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.pad(id.as_str()),
            Self::Path(path) => f.pad(path),
        }
    }
}
