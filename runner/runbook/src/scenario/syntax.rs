//! The file as it is written. What its texts mean is decided when it is read.

use std::collections::BTreeMap;

use hardstop_core::value::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

pub(super) use super::answers::{Answer, Answers, Found, FoundWord};

/// A rehearsal of a runbook: what its surroundings answer, what people do, and what must come of
/// it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// The version of the language.
    #[serde(rename = "apiVersion")]
    #[schemars(schema_with = "api_version")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    api_version: String,
    /// What this file is.
    #[schemars(schema_with = "kind")]
    #[expect(dead_code, reason = "its one value was checked with the shape")]
    kind: String,
    /// The runbook, relative to this file.
    pub(crate) runbook: String,
    /// What this scenario shows, in one line.
    pub(crate) title: String,
    /// What it shows, at length. For readers of the file.
    #[expect(dead_code, reason = "informative")]
    description: Option<String>,
    /// When the run is started, as an RFC 3339 instant.
    pub(crate) start: String,
    /// Look no further than this: `+30h` after the start, or an instant. Till nothing more can
    /// happen if not given.
    pub(crate) end: Option<String>,
    /// The inputs of the run.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) inputs: BTreeMap<String, Value>,
    /// The people there are. If none are named, one person may do everything, alone.
    #[serde(default)]
    pub(crate) people: BTreeMap<String, Person>,
    /// Who does what if `by` does not say: `starter`, and verbs as in a policy.
    #[serde(default)]
    pub(crate) actors: BTreeMap<String, String>,
    /// What commands, actions and other runbooks answer, by the address of their step; `*` stands
    /// for any text. The exact address comes first, then the first that fits.
    #[serde(default)]
    pub(crate) answers: BTreeMap<String, Answers>,
    /// Locks that other runs hold at the start, and until when.
    #[serde(default)]
    pub(crate) held_by_others: BTreeMap<String, String>,
    /// What people do, and what befalls the runner.
    #[serde(default)]
    pub(crate) people_do: Vec<Deed>,
    /// What must come of it.
    pub(crate) expect: Expect,
    /// A file beside this one with every event that must happen; `hardstop simulate --bless`
    /// writes it.
    pub(crate) golden: Option<String>,
}

/// A person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// The teams they are in.
    #[serde(default)]
    pub(crate) teams: Vec<String>,
    /// The roles they hold.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// Their accounts; `<name>@example.com` if not given. `by` may name one of them.
    pub(crate) emails: Option<Vec<String>>,
    /// The verbs they may use, as in a policy; all if not given.
    #[schemars(schema_with = "verbs")]
    #[serde(default)]
    pub(crate) may: Option<Vec<hardstop_core::policy::Verb>>,
}

/// Something a person does, or that befalls the runner. It has one verb.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deed {
    /// When: `+30h` after the start, or an instant.
    pub(crate) at: Option<String>,
    /// When: a span after its turn has come (the checklist lies open, the step has failed), or
    /// `<step>.started`, `<step>.finished`, `<step>.failed`. At once if neither this nor `at` is
    /// given.
    pub(crate) after: Option<String>,
    /// With `after: <step>.<point>`: how much later.
    #[schemars(schema_with = "duration")]
    #[serde(default)]
    pub(crate) delay: Option<String>,
    /// Who: a person's name, or one of their accounts.
    pub(crate) by: Option<String>,
    /// How far the way they use is to be trusted, 0 to 3; 1 if not given, as from the command
    /// line.
    #[schemars(range(min = 0, max = 3))]
    pub(crate) level: Option<u8>,
    /// Why, for verbs that want a reason.
    pub(crate) reason: Option<String>,
    /// The checklist or approval that is answered, for `tick`, `untick`, `approve` and `send_back`;
    /// the step a `note` is about.
    pub(crate) on: Option<String>,
    /// Answer an item, several, or `all` that are ticks and still open.
    pub(crate) tick: Option<Ticks>,
    /// With `tick`: what is filled in.
    #[schemars(schema_with = "any")]
    #[serde(default)]
    pub(crate) value: Option<Value>,
    /// With `tick` or `attest`: the name of the file that comes with it.
    pub(crate) file: Option<String>,
    /// Take the answer to an item back.
    pub(crate) untick: Option<String>,
    /// Say yes (`true`) or no (`false`).
    pub(crate) approve: Option<bool>,
    /// With `approve: true`: it counts from then on only.
    pub(crate) from: Option<String>,
    /// Take a yes back: the approval.
    pub(crate) withdraw: Option<String>,
    /// Try again: the step that failed.
    pub(crate) retry: Option<String>,
    /// Leave undone: the step.
    pub(crate) skip: Option<String>,
    /// Say that it was done outside: the step.
    pub(crate) attest: Option<String>,
    /// Have done again: the step.
    pub(crate) rerun: Option<String>,
    /// With `rerun`: how much of it; the step if not given.
    pub(crate) scope: Option<Scope>,
    /// Send back to this step from the one in `on`.
    pub(crate) send_back: Option<String>,
    /// End early: the hard stop.
    pub(crate) break_glass: Option<String>,
    /// Say what came of the review: the hard stop that was ended early.
    pub(crate) review: Option<String>,
    /// Let the run end although something is open: the step it is about.
    pub(crate) waive: Option<String>,
    /// Take over the care of the run.
    #[serde(default)]
    pub(crate) claim: bool,
    /// Leave a note.
    pub(crate) note: Option<String>,
    /// Start nothing new.
    #[serde(default)]
    pub(crate) hold: bool,
    /// Go on.
    #[serde(default)]
    pub(crate) lift: bool,
    /// End the run early.
    #[serde(default)]
    pub(crate) abort: bool,
    /// The runner is killed, and starts again.
    #[serde(default)]
    pub(crate) restart: bool,
}

/// What is ticked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Ticks {
    /// One item, or `all`.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// How much is done again.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// The step alone, with all its items.
    Step,
    /// Its items that failed.
    FailedItems,
    /// The step and everything after it that has begun.
    From,
}

/// What must come of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// How the run ends; `waiting` if it does not.
    pub(crate) result: Outcome,
    /// How long it takes from start to end, exactly or within bounds.
    pub(crate) took: Option<Took>,
    /// Where steps stand at the end, by address; with `*`, each that fits.
    #[serde(default)]
    pub(crate) steps: BTreeMap<String, StepEnd>,
    /// Events that happen in this order; others may lie between.
    #[serde(default)]
    pub(crate) events: Vec<Event>,
    /// Events that do not happen.
    #[serde(default)]
    pub(crate) never: Vec<Event>,
    /// Deeds that are refused. Every other must be accepted.
    #[serde(default)]
    pub(crate) refused: Vec<Refusal>,
    /// The steps of all open items at the end.
    pub(crate) open_items: Option<Vec<String>>,
    /// All that the run waits for at the end.
    pub(crate) waiting_for: Option<Vec<Waits>>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// All was done.
    Succeeded,
    /// A person left work undone.
    Incomplete,
    /// A step failed.
    Failed,
    /// It was ended early.
    Aborted,
    /// It did not end.
    Waiting,
}

/// How long a run takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Took {
    /// Exactly.
    Exactly(#[schemars(schema_with = "duration")] String),
    /// Within bounds.
    Within(Bounds),
}

/// The least and the most time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    /// At least.
    #[schemars(schema_with = "duration")]
    #[serde(default)]
    pub(crate) min: Option<String>,
    /// At most.
    #[schemars(schema_with = "duration")]
    #[serde(default)]
    pub(crate) max: Option<String>,
}

/// Where a step stands.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum StepEnd {
    /// In one word, as `hardstop status` says it.
    State(String),
    /// And more.
    Full(FullStepEnd),
}

/// Where a step stands, and how it came there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FullStepEnd {
    /// In one word, as `hardstop status` says it.
    pub(crate) state: Option<String>,
    /// How many times it was begun.
    pub(crate) attempts: Option<u32>,
    /// Outputs it has; it may have others.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) outputs: BTreeMap<String, Value>,
}

/// Events that look like this.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// The type, as in the journal.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The step's address; `*` stands for any text.
    pub(crate) step: Option<String>,
    /// When: `+30h` after the start, or an instant.
    pub(crate) at: Option<String>,
    /// The person.
    pub(crate) by: Option<String>,
    /// Other members of the event, as in the journal.
    #[serde(default)]
    #[schemars(schema_with = "values")]
    pub(crate) with: BTreeMap<String, Value>,
}

/// A deed that is refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    /// Who is refused.
    pub(crate) by: String,
    /// The step it is about.
    pub(crate) step: Option<String>,
    /// A part of the reason.
    pub(crate) because: Option<String>,
}

/// Something a run waits for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waits {
    /// The step it is about; the run as a whole if not given.
    pub(crate) step: Option<String>,
    /// A part of the sentence that `hardstop why` says.
    pub(crate) why: Option<String>,
}

fn api_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["hardstop/v1"] })
}

fn kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["Scenario"] })
}

/// A span of time. `x-unit` completes a bare number in the message that refuses it.
pub(super) fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
        "examples": ["90s", "24h", "1h30m"],
        "x-unit": "s",
    })
}

fn any(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["boolean", "integer", "string", "array", "object"] })
}

pub(super) fn values(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": any(generator) })
}

/// Verbs, spelled as the core spells them.
fn verbs(_: &mut SchemaGenerator) -> Schema {
    let verbs = hardstop_core::policy::Verb::ALL.map(hardstop_core::policy::Verb::name);
    json_schema!({ "type": "array", "items": { "type": "string", "enum": verbs } })
}
