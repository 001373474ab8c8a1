//! `kind: Runbook`: the file as a whole.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::{
    model::{AfterRemedy, OnConflict},
    policy::Verb,
    value::Value,
};

use super::{Calendar, ForEach, Input, Retry, Secret, Step, Window, text};

/// A procedure: what it asks for, what it does, and where it stops.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runbook {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "text::api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "text::kind_runbook")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// The runbook's identity. The title may change, the id may not.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// For people; the id if not given.
    pub(crate) title: Option<String>,
    /// What it is for and when to use it. For readers of the file.
    #[expect(dead_code, reason = "informative")]
    description: Option<String>,
    /// Who looks after it: `alice`, `team:sre`, `role:oncall`. Informative.
    #[serde(default)]
    pub(crate) owners: Vec<String>,
    /// The IANA zone of local times that name none; `UTC` if not given.
    pub(crate) timezone: Option<String>,
    /// What must be given when a run is started.
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Input>,
    /// Constants; each may refer to inputs and to those before it.
    #[serde(default)]
    #[schemars(schema_with = "text::values")]
    pub(crate) vars: BTreeMap<String, Value>,
    /// Secrets by the name the runbook gives them.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// What a run leaves for others, evaluated when it ends.
    #[serde(default)]
    #[schemars(schema_with = "text::values")]
    pub(crate) outputs: BTreeMap<String, Value>,
    /// Who may use a verb on this runbook's runs, of those whom the policy allows.
    #[serde(default)]
    #[schemars(schema_with = "text::verbs")]
    pub(crate) permissions: BTreeMap<Verb, Vec<String>>,
    /// Which runs may not be under way at once.
    pub(crate) concurrency: Option<Concurrency>,
    /// When steps may start.
    #[serde(default)]
    pub(crate) windows: Vec<Window>,
    /// Working time, by name.
    #[serde(default)]
    pub(crate) calendars: BTreeMap<String, Calendar>,
    /// What `run` and `uses` steps do where they do not say.
    pub(crate) defaults: Option<Defaults>,
    /// The steps of a short runbook, in order. A runbook has these or `phases`.
    pub(crate) steps: Option<Vec<Step>>,
    /// The phases of a long runbook. Each waits for the one before unless it says `needs`.
    pub(crate) phases: Option<Vec<Phase>>,
    /// Steps that run when a run is aborted, once what was done is backed out.
    #[serde(default)]
    pub(crate) on_abort: Vec<Step>,
    /// Steps that run on every exit, once all else is over.
    #[serde(default)]
    pub(crate) finally: Vec<Step>,
}

/// A named group of steps that run one after the other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    /// The phase's name, unique in the runbook.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// For people; the id if not given.
    pub(crate) title: Option<String>,
    /// The phases that must be over first; the phase before if not given. `[]` for none.
    #[schemars(schema_with = "text::names")]
    #[serde(default)]
    pub(crate) needs: Option<Vec<String>>,
    /// Names that nobody else, another run or another step, may hold while the phase is under
    /// way, among the runs of one clone; may hold `${{ }}`.
    pub(crate) locks: Option<Vec<String>>,
    /// Does the steps, one after the other, once for each of several items.
    pub(crate) for_each: Option<ForEach>,
    /// The id it had before it was renamed.
    pub(crate) formerly: Option<String>,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
}

/// Which runs may not be under way at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Concurrency {
    /// Runs of one group go one after the other; may hold `${{ }}` over inputs.
    pub(crate) group: String,
    /// Whether a run that comes while another is under way waits for its turn; `queue` if not
    /// given. None is ever evicted.
    #[schemars(schema_with = "text::on_conflict")]
    #[serde(default)]
    pub(crate) on_conflict: OnConflict,
}

/// What `run` and `uses` steps do where they do not say.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    /// The most time one attempt may take.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) timeout: Option<String>,
    /// What happens when a step fails for good.
    #[schemars(schema_with = "text::after_remedy")]
    #[serde(default)]
    pub(crate) on_failure: Option<AfterRemedy>,
    /// How often the runner tries by itself; of steps that are `idempotent` only.
    pub(crate) retry: Option<Retry>,
}
