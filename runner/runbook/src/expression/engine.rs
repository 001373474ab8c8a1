//! Evaluation of one expression, by minijinja: typed, strict and bounded.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::Zone,
    limits::{EXPRESSION_BYTES_MAX, EXPRESSION_FUEL},
    value::Value,
};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::{
    filter::{self, FUNCTIONS},
    template::{Piece, Template},
    value::{bounded, from_value, reason, to_value},
};

/// Evaluates expressions. Made once for many of them.
pub(crate) struct Engine<'t> {
    environment: Environment<'t>,
    /// The most bytes a text may come to.
    bytes_max: usize,
}

/// What an expression means, compiled.
pub(crate) struct Compiled<'e, 't> {
    expression: minijinja::Expression<'e, 't>,
    /// The dotted names it mentions, in order.
    pub(crate) names: BTreeSet<String>,
}

impl<'t> Engine<'t> {
    /// One to check expressions with.
    pub(crate) fn new() -> Self {
        Self::in_zone(Zone::UTC)
    }

    /// One whose days are those of `zone`.
    pub(crate) fn in_zone(zone: Zone) -> Self {
        // Empty: no globals such as `range`, no way to reach another template.
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(EXPRESSION_FUEL));
        filter::register(&mut environment, zone);
        Self { environment, bytes_max: EXPRESSION_BYTES_MAX }
    }

    /// The same, for texts that may come to so many bytes.
    pub(crate) fn up_to(self, bytes_max: usize) -> Self {
        Self { bytes_max, ..self }
    }

    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn compile<'e>(&'e self, text: &'t str) -> Result<Compiled<'e, 't>, String> {
        filter::check(text)?;
        let expression =
            self.environment.compile_expression(text).map_err(|error| reason(&error))?;
        let mut names: BTreeSet<_> = expression.undeclared_variables(true).into_iter().collect();
        for function in FUNCTIONS {
            names.remove(function);
        }
        Ok(Compiled { expression, names })
    }

    /// The dotted names of all expressions of `text`; none if it is broken.
    pub(crate) fn names(&self, text: &'t str) -> BTreeSet<String> {
        let template = Template::parse(text).ok();
        let expressions = template.iter().flat_map(Template::expressions);
        expressions.filter_map(|it| Some(self.compile(it).ok()?.names)).flatten().collect()
    }

    /// What `text` comes to: the typed value if it is one whole expression, text otherwise.
    /// `find` gives the values of names.
    ///
    /// # Errors
    ///
    /// The expression and why it has no value.
    pub(crate) fn evaluate(
        &self,
        text: &'t str,
        find: &mut dyn FnMut(&str) -> Result<Found, String>,
    ) -> Result<Value, String> {
        let template = Template::parse(text).map_err(|(message, _)| message)?;
        let mut value = |expression: &'t str| {
            self.value(expression, find).map_err(|why| format!("`${{{{ {expression} }}}}`: {why}"))
        };
        if let Some(single) = template.single() {
            return value(single);
        }
        let mut rendered = String::new();
        for piece in &template.pieces {
            match piece {
                Piece::Literal(literal) => rendered.push_str(literal),
                Piece::Expression(expression) => rendered.push_str(&value(expression)?.to_string()),
            }
            bounded(rendered.len(), self.bytes_max)?;
        }
        Ok(Value::Text(rendered))
    }

    fn value(
        &self,
        expression: &'t str,
        find: &mut dyn FnMut(&str) -> Result<Found, String>,
    ) -> Result<Value, String> {
        let compiled = self.compile(expression)?;
        let mut scope = Scope::default();
        let (mut absent, mut parts) = (Vec::new(), Vec::new());
        for name in &compiled.names {
            let found = find(name)?;
            let path = &name[..found.length];
            match found.value {
                Ok(value) => {
                    scope.insert(path, Some(from_value(&value)));
                    parts.extend(members(path, &value));
                }
                Err(why) => {
                    scope.insert(path, None);
                    absent.push(format!("`{path}` has no value: {why}"));
                }
            }
        }
        let result = compiled.expression.eval(scope.into_value());
        let why = match result {
            Ok(value) if value.is_undefined() => UNDEFINED.to_owned(),
            Ok(value) => match to_value(&value, self.bytes_max) {
                Ok(value) => return Ok(value),
                Err(why) => why,
            },
            Err(error) if error.kind() == ErrorKind::UndefinedError => UNDEFINED.to_owned(),
            Err(error) => reason(&error),
        };
        if !absent.is_empty() {
            return Err(absent.join("; "));
        }
        let known = if why == UNDEFINED { parts.concat() } else { String::new() };
        Err(format!("{why}{known}"))
    }
}

const UNDEFINED: &str = "it has no value";

/// What there is to pick from a value, for somebody who picked something else.
fn members(path: &str, value: &Value) -> Option<String> {
    match value {
        Value::Map(members) => {
            let shown: Vec<&str> = members.keys().take(MEMBERS_SHOWN).map(String::as_str).collect();
            let rest = if shown.len() < members.len() { ", …" } else { "" };
            Some(format!("; `{path}` has {}{rest}", shown.join(", ")))
        }
        Value::List(items) => Some(format!("; `{path}` has {} items", items.len())),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => None,
    }
}

/// Names a message lists before it says that there are more.
const MEMBERS_SHOWN: usize = 12;

/// What a dotted name stands for.
pub(crate) struct Found {
    /// How much of the name names it, in bytes; what follows is a part of its value.
    pub(crate) length: usize,
    /// Its value, or why it has none (yet, or in this run).
    pub(crate) value: Result<Value, String>,
}

/// The values of names, as the nested maps the engine looks them up in.
#[derive(Default)]
struct Scope {
    value: Option<minijinja::Value>,
    members: BTreeMap<String, Scope>,
}

impl Scope {
    fn insert(&mut self, path: &str, value: Option<minijinja::Value>) {
        let mut at = self;
        let mut segments = path.split('.').peekable();
        while let Some(segment) = segments.next() {
            // A name without a value is left out of its map, so that `default` can see it.
            if segments.peek().is_none() && value.is_none() {
                return;
            }
            at = at.members.entry(segment.to_owned()).or_default();
        }
        at.value = value;
    }

    fn into_value(self) -> minijinja::Value {
        self.value.unwrap_or_else(|| {
            let members = self.members.into_iter().map(|(name, scope)| (name, scope.into_value()));
            minijinja::Value::from_pairs(members)
        })
    }
}
