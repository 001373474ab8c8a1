//! What a step comes to when it is about to start: its expressions evaluated against the run.

use std::{cell::RefCell, collections::BTreeMap};

use hardstop_core::{
    event::{Command, EnvValue, OpenedItem},
    ids::StepId,
    limits::TEXT_BYTES_MAX,
    model::{Checklist, Delay, Program, Run, Step, StepKind, Until},
    run::{RunState, StepState},
    time::Timestamp,
    value::Value,
};

use crate::expression::{
    Engine, Field, Found, Name, RunField, Viewpoint, look_up, secret, spelled,
};

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

/// Evaluates `if` and every expression of a step against the run as it is.
///
/// # Errors
///
/// The step, the expression, and why it has no value. The step cannot start; a person is asked.
pub fn resolve(state: &RunState, step: &StepId, places: Places<'_>) -> Result<Resolved, String> {
    let resolver = Resolver::new(state, step, Some(places));
    let Some((resolver, step)) = resolver else {
        return Err(format!("the plan has no step `{step}`"));
    };
    resolver.step(step).map_err(|why| format!("step `{}`: {why}", step.id))
}

/// A step's title with its expressions evaluated, as far as they can be now; as written
/// otherwise.
pub fn title(state: &RunState, step: &StepId) -> String {
    let Some((resolver, step)) = Resolver::new(state, step, None) else {
        return step.to_string();
    };
    resolver.text(&step.title).unwrap_or_else(|_| step.title.clone())
}

/// What a text of a step comes to by inputs and variables alone; `None` if it depends on what
/// happens in the run, or has no value.
pub fn foresee(state: &RunState, step: &StepId, text: &str) -> Option<Value> {
    let (resolver, _) = Resolver::new(state, step, None)?;
    let from = Viewpoint::Phase(resolver.phase);
    if !text.contains("${{") {
        return Some(Value::from(text));
    }
    let find = &mut |name: &str| match look_up(state.plan(), from, name) {
        Ok((Name::Input(_) | Name::Var(_), _)) => resolver.find(from, name),
        Ok((Name::Secret | Name::Step { .. } | Name::Run(_), _)) | Err(_) => {
            Err("it is known in the run only".to_owned())
        }
    };
    resolver.engine.evaluate(text, find).ok()
}

struct Resolver<'s> {
    state: &'s RunState,
    places: Option<Places<'s>>,
    phase: usize,
    engine: Engine<'s>,
    /// The variables that were evaluated: a beginning of all, in the order of the plan.
    variables: RefCell<Vec<Result<Value, String>>>,
}

impl<'s> Resolver<'s> {
    fn new(
        state: &'s RunState,
        id: &StepId,
        places: Option<Places<'s>>,
    ) -> Option<(Self, &'s Step)> {
        let (phase, step) = state.plan().phases.iter().enumerate().find_map(|(index, phase)| {
            let of_phase = phase.steps.first().is_some_and(|step| step.id.phase() == id.phase());
            let step = of_phase.then(|| phase.steps.iter().find(|step| step.id == *id));
            Some((index, step.flatten()?))
        })?;
        let (engine, variables) = (Engine::new(), RefCell::default());
        Some((Self { state, places, phase, engine, variables }, step))
    }

    fn step(&self, step: &'s Step) -> Result<Resolved, String> {
        if let Some(condition) = &step.condition {
            let value = self.value(condition)?;
            let Value::Bool(applies) = value else {
                return Err(format!("`if` gives `{value}`, neither true nor false"));
            };
            if !applies {
                return Ok(Resolved::Skip);
            }
        }
        match &step.kind {
            StepKind::Run(run) => self.run(step, run).map(Resolved::Run),
            StepKind::Checklist(checklist) => self.checklist(checklist),
            StepKind::Approval(approval) => {
                let message = short("`message`", self.text(&approval.message)?)?;
                Ok(Resolved::Approval { message })
            }
            StepKind::Wait(delay) | StepKind::HardStop(delay) => self.delay(delay),
        }
    }

    fn run(&self, step: &'s Step, run: &'s Run) -> Result<Command, String> {
        let argv = match &run.program {
            Program::Argv(argv) => {
                argv.iter().map(|argument| self.scalar(argument)).collect::<Result<_, _>>()?
            }
            Program::Script { .. } => Vec::new(),
        };
        let env = run.env.iter().map(|(name, value)| {
            let value = match secret(value) {
                Some(written) => EnvValue::Secret(self.secret(written)?),
                None => EnvValue::Text(self.scalar(value)?),
            };
            Ok((name.clone(), value))
        });
        let directory = match &run.directory {
            Some(directory) => self.scalar(directory)?,
            None => ".".to_owned(),
        };
        let evidence = step.evidence.iter().map(|file| self.scalar(&file.file));
        Ok(Command {
            argv,
            env: env.collect::<Result<BTreeMap<_, _>, String>>()?,
            directory,
            evidence: evidence.collect::<Result<_, _>>()?,
        })
    }

    fn checklist(&self, checklist: &'s Checklist) -> Result<Resolved, String> {
        let items = checklist.items.iter().map(|item| {
            let text = short("the item's text", self.text(&item.text)?)?;
            Ok(OpenedItem { id: item.id.clone(), text })
        });
        items.collect::<Result<_, String>>().map(Resolved::Checklist)
    }

    fn delay(&self, delay: &'s Delay) -> Result<Resolved, String> {
        let until = match &delay.until {
            Until::After { .. } => None,
            Until::Instant(text) => {
                let instant = self.text(text)?;
                Some(instant.parse::<Timestamp>().map_err(|error| error.to_string())?)
            }
        };
        Ok(Resolved::Delay { until })
    }

    /// A text that goes to a program: a list or a map has no one form there.
    fn scalar(&self, text: &'s str) -> Result<String, String> {
        match self.value(text)? {
            value @ (Value::Bool(_) | Value::Integer(_) | Value::Text(_)) => {
                let text = value.to_string();
                if text.contains('\0') {
                    return Err("a NUL character cannot be passed to a program".to_owned());
                }
                Ok(text)
            }
            Value::Null => Err(format!("`{text}` gives nothing")),
            Value::List(_) => Err(format!("`{text}` gives a list: pick or `join` its items")),
            Value::Map(_) => Err(format!("`{text}` gives a map: pick one of its members")),
        }
    }

    fn text(&self, text: &'s str) -> Result<String, String> {
        self.value(text).map(|value| value.to_string())
    }

    fn value(&self, text: &'s str) -> Result<Value, String> {
        // Most texts hold no expression.
        if !text.contains("${{") {
            return Ok(Value::from(text));
        }
        let from = Viewpoint::Phase(self.phase);
        self.engine.evaluate(text, &mut |name| self.find(from, name))
    }

    fn find(&self, from: Viewpoint, path: &str) -> Result<Found, String> {
        let plan = self.state.plan();
        let (name, length) = look_up(plan, from, path).map_err(|unknown| unknown.message)?;
        let value = match name {
            Name::Input(input) => {
                let given = self.state.inputs().0.get(&input.name);
                given.map(|given| given.value.clone()).ok_or("it was not given".to_owned())
            }
            Name::Var(place) => Ok(self.variable(place)?),
            Name::Secret => return Err("a secret is not a value".to_owned()),
            Name::Step { step, field, .. } => self.field(step, field),
            Name::Run(field) => self.run_field(field),
        };
        Ok(Found { length, value })
    }

    /// Each variable is evaluated once, those before it first: they may build on each other, and
    /// a tower of them must cost neither depth nor repetition.
    fn variable(&self, place: usize) -> Result<Value, String> {
        let plan = self.state.plan();
        loop {
            let next = self.variables.borrow().len();
            if next > place {
                break;
            }
            let (name, value) = &plan.vars[next];
            let value =
                self.constant(next, value).map_err(|why| format!("variable `{name}`: {why}"));
            self.variables.borrow_mut().push(value);
        }
        self.variables.borrow()[place].clone()
    }

    fn constant(&self, place: usize, value: &'s Value) -> Result<Value, String> {
        Ok(match value {
            Value::Text(text) if text.contains("${{") => {
                let from = Viewpoint::Var(place);
                self.engine.evaluate(text, &mut |name| self.find(from, name))?
            }
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => value.clone(),
            Value::List(items) => Value::List(
                items.iter().map(|item| self.constant(place, item)).collect::<Result<_, _>>()?,
            ),
            Value::Map(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), self.constant(place, member)?)));
                Value::Map(members.collect::<Result<_, String>>()?)
            }
        })
    }

    fn field(&self, step: &Step, field: Field<'_>) -> Result<Value, String> {
        let state = self.state.step(&step.id);
        match field {
            Field::Succeeded => Ok(Value::Bool(state.is_some_and(StepState::is_done))),
            Field::Status => Ok(Value::from(state.map_or("pending", status))),
            Field::Output(written) => {
                let outputs = self.state.outputs(&step.id);
                let found = outputs
                    .into_iter()
                    .flatten()
                    .find(|(name, _)| *name == written || spelled(name) == written);
                found.map(|(_, value)| value.clone()).ok_or_else(|| {
                    if state.is_some_and(StepState::is_done) {
                        format!("step `{}` ended without it", step.id)
                    } else {
                        format!("step `{}` is {}", step.id, state.map_or("pending", status))
                    }
                })
            }
        }
    }

    fn run_field(&self, field: RunField) -> Result<Value, String> {
        let header = self.state.header();
        let place = |of: fn(&Places<'s>) -> &'s str| {
            let value = self.places.as_ref().map(|places| Value::from(of(places)));
            value.ok_or_else(|| "it is known only where the run works".to_owned())
        };
        match field {
            RunField::Id => Ok(Value::from(header.run.as_str())),
            RunField::ShortId => Ok(Value::from(header.run.short())),
            RunField::StartedAt => {
                let opened = self.state.opened().unwrap_or(header.created);
                Ok(Value::Text(opened.to_string()))
            }
            RunField::Workspace => place(|places| places.workspace),
            RunField::Repository => place(|places| places.repository),
        }
    }

    /// The name the runbook gives a secret that an expression names.
    fn secret(&self, written: &str) -> Result<String, String> {
        let names = self.state.plan().secrets.keys();
        let found = names.into_iter().find(|name| spelled(name) == written);
        found.cloned().ok_or_else(|| format!("unknown secret `{written}`"))
    }
}

fn short(what: &str, text: String) -> Result<String, String> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("{what} has {} bytes; at most {TEXT_BYTES_MAX} fit", text.len()));
    }
    Ok(text)
}

fn status(state: &StepState) -> &'static str {
    match state {
        StepState::Pending => "pending",
        StepState::Running { .. } | StepState::Backoff { .. } => "running",
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
