//! What is known without a run: inputs and variables.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
};

use hardstop_core::{
    calendar::{InvalidZone, Zone},
    header::Inputs,
    limits::EXPRESSION_BYTES_MAX,
    model::Plan,
    value::Value,
};

use crate::expression::{Engine, Found, Name, Viewpoint, look_up};

/// Inputs and variables of a plan, and the engine that evaluates with them.
pub(super) struct Known<'s> {
    pub(super) plan: &'s Plan,
    inputs: &'s Inputs,
    pub(super) zone: Zone,
    /// The most bytes a text may come to.
    pub(super) bytes_max: usize,
    /// Made when an expression needs it: most steps hold none.
    engine: OnceCell<Engine<'s>>,
    /// The variables that were evaluated: a beginning of all, in the order of the plan.
    variables: RefCell<Vec<Result<Value, String>>>,
}

/// Gives the value of a name that is neither an input nor a variable.
pub(super) type Beyond<'f, 's> = dyn Fn(Name<'s, '_>) -> Result<Value, String> + 'f;

impl<'s> Known<'s> {
    /// # Errors
    ///
    /// The plan's zone is none that this program knows.
    pub(super) fn new(plan: &'s Plan, inputs: &'s Inputs) -> Result<Self, String> {
        let zone = match plan.timezone.as_str() {
            "" => Zone::UTC,
            name => name.parse().map_err(|error: InvalidZone| error.to_string())?,
        };
        let (engine, variables) = (OnceCell::new(), RefCell::default());
        let bytes_max = EXPRESSION_BYTES_MAX;
        Ok(Self { plan, inputs, zone, bytes_max, engine, variables })
    }

    fn engine(&self) -> &Engine<'s> {
        self.engine.get_or_init(|| Engine::in_zone(self.zone.clone()).up_to(self.bytes_max))
    }

    /// What a text comes to: typed if it is one expression, text otherwise.
    pub(super) fn value(
        &self,
        from: Viewpoint,
        text: &'s str,
        beyond: &Beyond<'_, 's>,
    ) -> Result<Value, String> {
        // Most texts hold no expression.
        if !text.contains("${{") {
            return Ok(Value::from(text));
        }
        self.engine().evaluate(text, &mut |path| self.find(from, path, beyond))
    }

    /// A value of any shape with every text in it evaluated. What that gives is not read again.
    pub(super) fn tree(
        &self,
        from: Viewpoint,
        value: &'s Value,
        beyond: &Beyond<'_, 's>,
    ) -> Result<Value, String> {
        Ok(match value {
            Value::Text(text) => self.value(from, text, beyond)?,
            Value::Null | Value::Bool(_) | Value::Integer(_) => value.clone(),
            Value::List(items) => {
                let items = items.iter().map(|item| self.tree(from, item, beyond));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), self.tree(from, member, beyond)?)));
                Value::Map(members.collect::<Result<BTreeMap<_, _>, String>>()?)
            }
        })
    }

    /// Whether a text names the item of that name.
    pub(super) fn mentions(&self, text: &'s str, item: &str) -> bool {
        text.contains("${{")
            && self.engine().names(text).iter().any(|name| name.split('.').next() == Some(item))
    }

    fn find(&self, from: Viewpoint, path: &str, beyond: &Beyond<'_, 's>) -> Result<Found, String> {
        let (name, length) = look_up(self.plan, from, path).map_err(|unknown| unknown.message)?;
        let value = match name {
            Name::Input(input) => {
                let given = self.inputs.0.get(&input.name);
                given.map(|given| given.value.clone()).ok_or("it was not given".to_owned())
            }
            Name::Var(place) => Ok(self.variable(place)?),
            Name::Secret => return Err("a secret is not a value".to_owned()),
            name @ (Name::Step { .. }
            | Name::Run(_)
            | Name::Item(_)
            | Name::Own(_)
            | Name::OwnFiles
            | Name::Now) => beyond(name),
        };
        Ok(Found { length, value })
    }

    /// Each variable is evaluated once, those before it first: they may build on each other, and
    /// a tower of them must cost neither depth nor repetition.
    fn variable(&self, place: usize) -> Result<Value, String> {
        loop {
            let next = self.variables.borrow().len();
            if next > place {
                break;
            }
            let (name, value) = &self.plan.vars[next];
            let value = self
                .tree(Viewpoint::Var(next), value, &nothing)
                .map_err(|why| format!("variable `{name}`: {why}"));
            self.variables.borrow_mut().push(value);
        }
        self.variables.borrow()[place].clone()
    }
}

/// Where nothing but inputs and variables has a value.
pub(super) fn nothing(_: Name<'_, '_>) -> Result<Value, String> {
    Err("it is known in the run only".to_owned())
}
