//! What is executed for a step, all expressions evaluated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ids::RunId, time::Timestamp, value::Value};

/// A command with all expressions evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Program and arguments. Empty for a script: its text is constant and stands in the plan.
    pub argv: Vec<String>,
    /// Added to the environment.
    pub env: BTreeMap<String, EnvValue>,
    /// Where it runs, relative to the repository.
    pub directory: String,
    /// Where each declared evidence file is expected, in the order of their declaration.
    pub evidence: Vec<String>,
    /// What the configuration lets it execute, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
}

/// The value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EnvValue {
    /// The text itself.
    Text(String),
    /// A secret, by the name the runbook gives it. Its value is fetched when the command starts.
    Secret(String),
}

/// A call of a plugin's action with all expressions evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `plugin/action`.
    pub action: String,
    /// What it is given.
    pub with: BTreeMap<String, Value>,
    /// Parameters that are secrets, by the name the runbook gives each. Their values are fetched
    /// when the call is made.
    pub secrets: BTreeMap<String, String>,
    /// The name each declared evidence file is kept under, in the order of their declaration.
    pub evidence: Vec<String>,
    /// What the plugin may reach at most in this attempt, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
}

/// An action that goes on without the runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// What the plugin needs to go on, a JSON document of at most
    /// [`CALL_STATE_BYTES_MAX`](crate::limits::CALL_STATE_BYTES_MAX) bytes.
    pub state: String,
    /// It is asked again at this instant.
    pub poll_at: Timestamp,
    /// What people should know meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where they can look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What was found of an attempt whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Found {
    /// It never began: it is begun now.
    NotStarted,
    /// It goes on.
    UnderWay,
    /// It is over; the next event says how it ended.
    Over,
    /// Nobody can tell.
    CannotTell {
        /// Why.
        message: String,
        /// Whether it is tried again without asking, because doing it twice equals doing it once.
        again: bool,
    },
}

/// A run of another runbook, about to be opened or under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildRun {
    /// Its id, derived from this run, the step and the attempt, so that it is opened once.
    pub run: RunId,
    /// The runbook's path.
    pub path: String,
    /// Its inputs.
    pub inputs: BTreeMap<String, Value>,
}

/// What is under way for a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A command.
    Command(Command),
    /// A call of a plugin.
    Call(Call),
    /// A run of another runbook.
    Child(ChildRun),
}

/// One of the items a step is done for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedItem {
    /// Its key: what tells it from the others, in addresses and paths.
    pub key: String,
    /// What expressions see.
    pub value: Value,
}
