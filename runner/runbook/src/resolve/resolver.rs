//! One step and all its texts can name.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Call, Command, ListedItem, OpenedItem},
    ids::StepId,
    limits::TEXT_BYTES_MAX,
    model::{Plan, Step, StepKind},
    run::RunState,
    time::Timestamp,
    value::Value,
};

use super::{
    known::{Known, nothing},
    sight::Sight,
};
use crate::expression::{Name, Sees, Viewpoint, fans, spelled};

/// Where a run works: the folders its expressions may name.
#[derive(Clone, Copy, Debug)]
pub struct Places<'p> {
    /// Absolute path of the run's own folder: `run.workspace`.
    pub workspace: &'p str,
    /// Absolute path of the repository: `run.repository`.
    pub repository: &'p str,
}

/// A step with its expressions evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Its condition is false.
    Skip,
    /// A command.
    Run(Command),
    /// A call of a plugin.
    Uses(Call),
    /// A run of another runbook; its id is given by whoever opens runs.
    Child {
        /// The runbook's path.
        path: String,
        /// What it is given; accepted by [`settle_inputs`](crate::settle_inputs) as they are.
        inputs: BTreeMap<String, Value>,
    },
    /// A block or a parallel.
    Enter,
    /// What a step with `for_each` is done for.
    Items(Vec<ListedItem>),
    /// The locks it needs before anything else.
    Locks(Vec<String>),
    /// The items of a checklist.
    Checklist(Vec<OpenedItem>),
    /// The message of an approval; its request is composed by whoever holds the evidence.
    Approval {
        /// What is approved.
        message: String,
    },
    /// A wait or a hard stop; the instant for one with `until:`.
    Delay {
        /// `None` for one that counts from a point.
        until: Option<Timestamp>,
    },
}

/// Evaluates what a step needs next: its locks, then `if`, then the items of `for_each`, then its
/// kind.
///
/// * `step`: the step as the plan has it, or one of its items, by its address.
/// * `now`: the moment of evaluation, for `now` and for times of day.
///
/// Of a step with `for_each`, a lock or a condition that names the item belongs to each item;
/// every other one is evaluated once, before there are items.
///
/// # Errors
///
/// The step, the expression, and why it has no value. The step cannot start; a person is asked.
pub fn resolve(
    state: &RunState,
    step: &StepId,
    places: Places<'_>,
    now: Timestamp,
) -> Result<Resolved, String> {
    let within = |why| format!("step `{step}`: {why}");
    let resolver = Resolver::new(state, step, Some(places), now)?;
    resolver.next().map_err(within)
}

/// What a step itself gave.
#[derive(Clone, Copy)]
pub(super) struct Own<'s> {
    pub(super) outputs: &'s BTreeMap<String, Value>,
    /// The text of a file it left by that name, and all names; `None` where files may not be asked.
    pub(super) files: Option<&'s BTreeMap<String, String>>,
}

/// One step, or one of its items, in a run.
pub(super) struct Resolver<'s> {
    pub(super) known: Known<'s>,
    pub(super) state: &'s RunState,
    pub(super) places: Option<Places<'s>>,
    pub(super) now: Timestamp,
    /// The address: the step as the plan has it, and keys.
    pub(super) id: &'s StepId,
    /// The step as the plan has it, and its place there.
    pub(super) step: &'s Step,
    pub(super) at: (usize, usize),
    /// The items around it, by name, outermost first.
    pub(super) items: Vec<(&'s str, &'s Value)>,
    /// What the step gave, where that may be asked.
    pub(super) own: Option<Own<'s>>,
    pub(super) sight: Sight<'s>,
}

impl<'s> Resolver<'s> {
    pub(super) fn new(
        state: &'s RunState,
        id: &'s StepId,
        places: Option<Places<'s>>,
        now: Timestamp,
    ) -> Result<Self, String> {
        let (at, step) =
            planned(state.plan(), id).ok_or_else(|| format!("the plan has no step `{id}`"))?;
        let known = Known::new(state.plan(), state.inputs())?;
        let items = state.scope(id);
        let sight = Sight::Now;
        Ok(Self { known, state, places, now, id, step, at, items, own: None, sight })
    }

    fn next(&self) -> Result<Resolved, String> {
        // The items of a fan-out ask, each for its own; the fan-out does not.
        if !self.state.is_fan(self.id) && !self.holds_locks() {
            let locks = self.locks()?;
            if !locks.is_empty() {
                return Ok(Resolved::Locks(locks));
            }
        }
        if !self.applies()? {
            return Ok(Resolved::Skip);
        }
        if let Some(fan) = self.fan() {
            return self.listed(fan).map(Resolved::Items);
        }
        match &self.step.kind {
            StepKind::Run(run) => self.command(run).map(Resolved::Run),
            StepKind::Uses(uses) => self.call(uses).map(Resolved::Uses),
            StepKind::Runbook(child) => self.child(child),
            StepKind::Block | StepKind::Parallel => Ok(Resolved::Enter),
            StepKind::Checklist(checklist) => self.checklist(checklist),
            StepKind::Approval(approval) => {
                let message = short("`message`", self.text(&approval.message)?)?;
                Ok(Resolved::Approval { message })
            }
            StepKind::Wait(delay) | StepKind::HardStop(delay) => self.delay(delay),
        }
    }

    fn holds_locks(&self) -> bool {
        self.state.locks(self.id).is_some_and(|(_, held)| held)
    }

    pub(super) fn applies(&self) -> Result<bool, String> {
        let Some(condition) = self.step.condition.as_ref().filter(|text| self.is_mine(text)) else {
            return Ok(true);
        };
        match self.value(condition)? {
            Value::Bool(applies) => Ok(applies),
            value @ (Value::Null
            | Value::Integer(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_)) => Err(format!("`if` gives `{value}`, neither true nor false")),
        }
    }

    /// Whether this is a step with `for_each` as a whole, not one of its items.
    pub(super) fn is_whole(&self) -> bool {
        self.step.for_each.is_some() && self.id.keys().count() < self.depth()
    }

    /// How many fan-outs the step stands in, its own included.
    fn depth(&self) -> usize {
        fans(self.known.plan, Viewpoint::Step { at: self.at, sees: Sees::Item }).len()
    }

    /// Whether a text of a step with `for_each` is to be evaluated here: for the whole, or for
    /// each item.
    pub(super) fn is_mine(&self, text: &'s str) -> bool {
        let Some(fan) = &self.step.for_each else { return true };
        self.known.mentions(text, &spelled(&fan.name)) != self.is_whole()
    }

    pub(super) fn from(&self) -> Viewpoint {
        let sees = match self.own {
            Some(Own { files: Some(_), .. }) => Sees::Files,
            Some(Own { files: None, .. }) => Sees::Outputs,
            None if self.is_whole() => Sees::Whole,
            None => Sees::Item,
        };
        Viewpoint::Step { at: self.at, sees }
    }

    pub(super) fn value(&self, text: &'s str) -> Result<Value, String> {
        self.known.value(self.from(), text, &|name| self.beyond(name))
    }

    pub(super) fn tree(&self, value: &'s Value) -> Result<Value, String> {
        self.known.tree(self.from(), value, &|name| self.beyond(name))
    }

    pub(super) fn text(&self, text: &'s str) -> Result<String, String> {
        self.value(text).map(|value| value.to_string())
    }

    /// A text that goes to a program, or names something: a list or a map has no one form there.
    pub(super) fn scalar(&self, text: &'s str) -> Result<String, String> {
        scalar(text, &self.value(text)?)
    }

    /// The name the runbook gives a secret that an expression names.
    pub(super) fn secret(&self, written: &str) -> Result<String, String> {
        let found = self.known.plan.secrets.keys().find(|name| spelled(name) == written);
        found.cloned().ok_or_else(|| format!("unknown secret `{written}`"))
    }

    /// The value of a name that is neither an input nor a variable.
    pub(super) fn beyond(&self, name: Name<'_, '_>) -> Result<Value, String> {
        match name {
            name if !self.is_in_sight(&name) => nothing(name),
            Name::Step { step, shared, field, .. } => self.field(step, shared, field),
            Name::Run(field) => self.run_field(field),
            Name::Now => Ok(Value::Text(self.now.to_string())),
            Name::Item(name) => {
                // The innermost, if two are named alike.
                let item = self.items.iter().rev().find(|(known, _)| *known == name);
                item.map(|(_, item)| (*item).clone()).ok_or_else(|| "there is no item".to_owned())
            }
            Name::Own(written) => {
                let mut outputs = self.own.into_iter().flat_map(|own| own.outputs);
                let found = outputs.find(|(name, _)| spelled(name) == spelled(written));
                found.map(|(_, value)| value.clone()).ok_or_else(|| "it gave none".to_owned())
            }
            Name::OwnFiles => {
                let files = self.own.and_then(|own| own.files).into_iter().flatten();
                let texts = files.map(|(name, text)| (name.clone(), Value::Text(text.clone())));
                Ok(Value::Map(texts.collect()))
            }
            Name::Input(_) | Name::Var(_) | Name::Secret => Err("it is no such value".to_owned()),
        }
    }
}

/// The step an address is about, and its place in the plan.
pub(super) fn planned<'p>(plan: &'p Plan, id: &StepId) -> Option<((usize, usize), &'p Step)> {
    let base = id.base();
    plan.phases.iter().enumerate().find_map(|(phase, planned)| {
        let first = planned.steps.first()?;
        if first.id.phase() != base.phase() {
            return None;
        }
        let step = planned.steps.iter().position(|step| step.id == base)?;
        Some(((phase, step), &planned.steps[step]))
    })
}

/// A value as one word.
pub(super) fn scalar(written: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Text(_) => {
            let text = value.to_string();
            if text.contains('\0') {
                return Err("a NUL character cannot be passed to a program".to_owned());
            }
            Ok(text)
        }
        Value::Null => Err(format!("`{written}` gives nothing")),
        Value::List(_) => Err(format!("`{written}` gives a list: pick or `join` its items")),
        Value::Map(_) => Err(format!("`{written}` gives a map: pick one of its members")),
    }
}

pub(super) fn short(what: &str, text: String) -> Result<String, String> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("{what} has {} bytes; at most {TEXT_BYTES_MAX} fit", text.len()));
    }
    Ok(text)
}
