//! What a run says of its steps and of itself, as expressions ask it.

use std::{collections::BTreeMap, mem};

use hardstop_core::{
    ids::{AttemptNo, StepId},
    model::Step,
    run::{RunState, StepState},
    time::Timestamp,
    value::Value,
};

use super::resolver::{Places, Resolver};
use crate::expression::{Field, RunField, spelled};

impl Resolver<'_> {
    /// What is asked of a step, which shares the first `shared` keys with this one.
    pub(super) fn field(
        &self,
        step: &Step,
        shared: usize,
        field: Field<'_>,
    ) -> Result<Value, String> {
        step_field(self.state, &step.id, &self.id.keys().take(shared).collect::<Vec<_>>(), field)
    }

    pub(super) fn run_field(&self, field: RunField) -> Result<Value, String> {
        run_field(self.state, self.places.as_ref(), field)
    }
}

pub(super) fn step_field(
    state: &RunState,
    step: &StepId,
    keys: &[&str],
    field: Field<'_>,
) -> Result<Value, String> {
    if let Field::Items = field {
        return items(state, step, keys);
    }
    let id = keyed(step, keys).ok_or_else(|| format!("step `{step}` has no such item"))?;
    one(state, &id, field)
}

/// The address of a step for these keys; `None` if one of them is none.
pub(super) fn keyed(step: &StepId, keys: &[&str]) -> Option<StepId> {
    keys.iter().try_fold(step.clone(), |id, key| id.keyed(key).ok())
}

pub(super) fn run_field(
    state: &RunState,
    places: Option<&Places<'_>>,
    field: RunField,
) -> Result<Value, String> {
    let header = state.header();
    let place = |of: fn(&Places<'_>) -> String| {
        let value = places.map(|places| Value::Text(of(places)));
        value.ok_or_else(|| "it is known only where the run works".to_owned())
    };
    match field {
        RunField::Id => Ok(Value::from(header.run.as_str())),
        RunField::ShortId => Ok(Value::from(header.run.short())),
        RunField::StartedAt => {
            let opened = state.opened().unwrap_or(header.created);
            Ok(Value::Text(opened.to_string()))
        }
        RunField::StartedBy => Ok(Value::from(header.initiator.person.as_str())),
        RunField::Workspace => place(|places| places.workspace.to_owned()),
        RunField::Repository => place(|places| places.repository.to_owned()),
    }
}

/// What is asked of one step, or of one of its items.
fn one(state: &RunState, id: &StepId, field: Field<'_>) -> Result<Value, String> {
    let stands = state.step(id);
    let absent = || format!("step `{id}` is {}", stands.map_or("pending", word));
    let is = |of: fn(&StepState) -> bool| Ok(Value::Bool(stands.is_some_and(of)));
    let instant = |at: Option<Timestamp>| at.map(|at| Value::Text(at.to_string()));
    match field {
        Field::Succeeded => is(StepState::is_done),
        Field::Failed => is(|state| matches!(state, StepState::Failed { .. })),
        Field::Skipped => is(|state| matches!(state, StepState::Skipped { .. })),
        Field::State => Ok(Value::from(stands.map_or("pending", word))),
        Field::Attempt => {
            let attempt = state.last_attempt(id);
            attempt.map(|AttemptNo(n)| Value::Integer(i64::from(n))).ok_or_else(absent)
        }
        Field::Started => instant(state.times(id).0).ok_or_else(absent),
        Field::Finished => instant(state.times(id).1).ok_or_else(absent),
        Field::Output(written) => {
            let mut outputs = state.outputs(id).into_iter().flatten();
            let found = outputs.find(|(name, _)| *name == written || spelled(name) == written);
            found.map(|(_, value)| value.clone()).ok_or_else(|| {
                if stands.is_some_and(StepState::is_done) {
                    format!("step `{id}` ended without it")
                } else {
                    absent()
                }
            })
        }
        Field::Items => Err("an item has no items".to_owned()),
    }
}

/// All that can be asked of each item of a step, by key, one level for each fan-out.
fn items(state: &RunState, step: &StepId, keys: &[&str]) -> Result<Value, String> {
    let mut all = Level::default();
    for id in state.instances(step) {
        let of: Vec<&str> = id.keys().collect();
        let Some(own) = of.strip_prefix(keys).filter(|own| !own.is_empty()) else { continue };
        let level = own
            .iter()
            .fold(&mut all, |level, key| level.items.entry((*key).to_owned()).or_default());
        level.fields = record(state, id);
    }
    if all.items.is_empty() {
        return Err(format!("step `{step}` has no items yet"));
    }
    Ok(all.items())
}

/// An item, and its own items.
#[derive(Default)]
struct Level {
    fields: BTreeMap<String, Value>,
    items: BTreeMap<String, Level>,
}

impl Level {
    fn items(self) -> Value {
        let items = self.items.into_iter().map(|(key, mut level)| {
            let mut fields = mem::take(&mut level.fields);
            if !level.items.is_empty() {
                fields.insert("items".to_owned(), level.items());
            }
            (key, Value::Map(fields))
        });
        Value::Map(items.collect())
    }
}

fn record(state: &RunState, id: &StepId) -> BTreeMap<String, Value> {
    const FIELDS: [(&str, Field<'static>); 8] = [
        ("attempt", Field::Attempt),
        ("failed", Field::Failed),
        ("finished", Field::Finished),
        ("skipped", Field::Skipped),
        ("started", Field::Started),
        ("state", Field::State),
        ("status", Field::State),
        ("succeeded", Field::Succeeded),
    ];
    let fields = FIELDS
        .iter()
        .filter_map(|(name, field)| Some(((*name).to_owned(), one(state, id, *field).ok()?)));
    let mut record: BTreeMap<String, Value> = fields.collect();
    let outputs = state.outputs(id).into_iter().flatten();
    let outputs = outputs.map(|(name, value)| (spelled(name), value.clone()));
    record.insert("outputs".to_owned(), Value::Map(outputs.collect()));
    record
}

fn word(state: &StepState) -> &'static str {
    match state {
        StepState::Pending => "pending",
        StepState::Running { .. } | StepState::Backoff { .. } | StepState::Open { .. } => "running",
        StepState::Ticking { .. } | StepState::Asking { .. } | StepState::Delaying { .. } => {
            "waiting"
        }
        StepState::Approved { .. } => "approved",
        StepState::Failed { .. } => "failed",
        StepState::Unknown { .. } => "unknown",
        StepState::Succeeded { .. } => "succeeded",
        StepState::Skipped { .. } => "skipped",
        StepState::Attested { .. } => "attested",
    }
}
