//! Evaluation of one expression, by minijinja: typed, strict and bounded.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    limits::{EXPRESSION_BYTES_MAX, EXPRESSION_FUEL},
    value::Value,
};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, filters, value::ValueKind};

use super::{Piece, Template};

/// Evaluates expressions. Made once for many of them.
pub(crate) struct Engine<'t> {
    environment: Environment<'t>,
}

/// What an expression means, compiled.
pub(crate) struct Compiled<'e, 't> {
    expression: minijinja::Expression<'e, 't>,
    /// The dotted names it mentions, in order.
    pub(crate) names: BTreeSet<String>,
}

impl<'t> Engine<'t> {
    pub(crate) fn new() -> Self {
        // Nothing but these: no globals such as `range`, no filter that reaches for attributes or
        // formats, none whose result grows faster than what goes in.
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(EXPRESSION_FUEL));
        environment.add_filter("default", filters::default);
        environment.add_filter("first", filters::first);
        environment.add_filter("int", filters::int);
        environment.add_filter("join", join);
        environment.add_filter("last", filters::last);
        environment.add_filter("length", filters::length);
        environment.add_filter("lines", filters::lines);
        environment.add_filter("lower", filters::lower);
        environment.add_filter("replace", replace);
        environment.add_filter("split", filters::split);
        environment.add_filter("string", filters::string);
        environment.add_filter("trim", filters::trim);
        environment.add_filter("upper", filters::upper);
        environment.add_test("defined", minijinja::tests::is_defined);
        Self { environment }
    }

    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn compile<'e>(&'e self, text: &'t str) -> Result<Compiled<'e, 't>, String> {
        check_words(text)?;
        let expression =
            self.environment.compile_expression(text).map_err(|error| reason(&error))?;
        let names = expression.undeclared_variables(true).into_iter().collect();
        Ok(Compiled { expression, names })
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
            bounded(rendered.len())?;
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
        let mut absent = Vec::new();
        for name in &compiled.names {
            let found = find(name)?;
            let path = &name[..found.length];
            match found.value {
                Ok(value) => scope.insert(path, Some(from_value(&value))),
                Err(why) => {
                    scope.insert(path, None);
                    absent.push(format!("`{path}` has no value: {why}"));
                }
            }
        }
        let result = compiled.expression.eval(scope.into_value()).map_err(|error| reason(&error));
        match result.and_then(|value| to_value(&value)) {
            Ok(value) => Ok(value),
            Err(why) if absent.is_empty() => Err(why),
            Err(_) => Err(absent.join("; ")),
        }
    }
}

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

fn from_value(value: &Value) -> minijinja::Value {
    match value {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(yes) => minijinja::Value::from(*yes),
        Value::Integer(n) => minijinja::Value::from(*n),
        Value::Text(text) => minijinja::Value::from(text.as_str()),
        Value::List(items) => items.iter().map(from_value).collect(),
        Value::Map(members) => minijinja::Value::from_pairs(
            members.iter().map(|(name, value)| (name.as_str(), from_value(value))),
        ),
    }
}

/// A result as one of our values: whole numbers exact, decimals as their text.
///
/// # Errors
///
/// Why there is no such value.
fn to_value(value: &minijinja::Value) -> Result<Value, String> {
    let converted = match value.kind() {
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => {
            Value::Integer(value.as_i64().ok_or("the number is too large")?)
        }
        ValueKind::Number => Value::Text(value.to_string()),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            bounded(text.len())?;
            Value::Text(text.to_owned())
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|error| reason(&error))?;
            let mut list = Vec::new();
            let mut size = 0;
            for item in items {
                list.push(to_value(&item)?);
                size += list.last().map_or(0, weight);
                bounded(size)?;
            }
            Value::List(list)
        }
        ValueKind::Map => {
            let mut members = BTreeMap::new();
            let mut size = 0;
            for key in value.try_iter().map_err(|error| reason(&error))? {
                let member = value.get_item(&key).map_err(|error| reason(&error))?;
                let member = to_value(&member)?;
                size += weight(&member) + 1;
                bounded(size)?;
                members.insert(key.to_string(), member);
            }
            Value::Map(members)
        }
        ValueKind::Undefined => return Err("it has no value".to_owned()),
        // The kinds are another crate's; all others hold nothing that can be kept.
        other => return Err(format!("a value of kind {other} cannot be kept")),
    };
    Ok(converted)
}

/// About how many bytes a value has.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Integer(_) => 8,
        Value::Text(text) => text.len() + 2,
        Value::List(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Value::Map(members) => {
            2 + members.iter().map(|(name, value)| name.len() + weight(value)).sum::<usize>()
        }
    }
}

fn bounded(bytes: usize) -> Result<(), String> {
    if bytes <= EXPRESSION_BYTES_MAX {
        return Ok(());
    }
    Err(format!("the result is longer than {EXPRESSION_BYTES_MAX} bytes"))
}

fn reason(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => "it takes too long".to_owned(),
        ErrorKind::UndefinedError => match error.detail() {
            Some(detail) => detail.to_owned(),
            None => "a value it uses does not exist".to_owned(),
        },
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    }
}

/// The engine looks filters and tests up when it meets them; an author is to know before.
fn check_words(text: &str) -> Result<(), String> {
    const FILTERS: [&str; 13] = [
        "default", "first", "int", "join", "last", "length", "lines", "lower", "replace", "split",
        "string", "trim", "upper",
    ];
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '|') => {
                let rest = text[at + 1..].trim_start();
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                if !FILTERS.contains(&&rest[..end]) {
                    let known = FILTERS.join(", ");
                    return Err(format!(
                        "there is no filter `{}`; there are: {known}",
                        &rest[..end]
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn too_long() -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!("the result is longer than {EXPRESSION_BYTES_MAX} bytes"),
    )
}

fn join(value: &minijinja::Value, separator: Option<&str>) -> Result<String, Error> {
    let mut joined = String::new();
    for (i, item) in value.try_iter()?.enumerate() {
        if i > 0 {
            joined.push_str(separator.unwrap_or_default());
        }
        joined.push_str(&item.to_string());
        bounded(joined.len()).map_err(|_| too_long())?;
    }
    Ok(joined)
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let grown = text.matches(from).count().saturating_mul(to.len()).saturating_add(text.len());
    bounded(grown).map_err(|_| too_long())?;
    Ok(text.replace(from, to))
}
