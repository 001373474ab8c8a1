//! The values a run is started with: typed, within their constraints, complete.

use std::collections::BTreeMap;

use hardstop_core::{
    header::{GivenInput, Inputs},
    limits::{NAMES_MAX, TEXT_BYTES_MAX},
    model::{Input, InputKind, Plan},
    time::Timestamp,
    value::Value,
};

use crate::{
    diagnostics::{Diagnostics, Sink},
    measure, spelling,
    yaml::{self, Kind, Node},
};

/// Reads a YAML file of inputs: names to values, which keep their types. The YAML is that of
/// runbooks, with the same bounds.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX).
pub fn read_inputs(name: &str, text: &str) -> Result<BTreeMap<String, Value>, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let Some(tree) = yaml::read(&mut sink) else { return Err(sink.failed()) };
    match &tree.kind {
        // A file with nothing but comments gives nothing.
        Kind::Null | Kind::Map(_) => {}
        Kind::Bool(_) | Kind::Integer(_) | Kind::Text(_) | Kind::List(_) | Kind::Unfit => {
            sink.error("runbook::wrong-type", &tree.at, "a file of inputs is a map", None);
        }
    }
    if tree.entries().count() > NAMES_MAX {
        let message = format!("a runbook has at most {NAMES_MAX} inputs");
        sink.error("runbook::too-many", &(0..0), message, None);
    }
    if sink.has_errors() {
        return Err(sink.failed());
    }
    Ok(tree.entries().map(|(name, node)| (name.to_owned(), plain(node))).collect())
}

/// A node as a value. What was refused is nothing; the sink knows it.
fn plain(node: &Node) -> Value {
    match &node.kind {
        Kind::Null | Kind::Unfit => Value::Null,
        Kind::Bool(yes) => Value::Bool(*yes),
        Kind::Integer(n) => Value::Integer(*n),
        Kind::Text(text) => Value::Text(text.clone()),
        Kind::List(items) => Value::List(items.iter().map(plain).collect()),
        Kind::Map(_) => {
            Value::Map(node.entries().map(|(name, node)| (name.to_owned(), plain(node))).collect())
        }
    }
}

/// The value of every input of `plan`: what is given, or its default.
///
/// A text is read as the command line has it (`3`, `90s`, `a,b`, `a=1,b=2`), so it may stand for
/// any type; every other value must be of the input's type.
///
/// `source` says how the values were given (`command line`) and is recorded with each.
///
/// # Errors
///
/// Everything that is wrong, one sentence each: unknown names, values that are not of their type
/// or break a constraint, inputs that must be given and are not.
pub fn settle_inputs(
    plan: &Plan,
    given: &BTreeMap<String, Value>,
    source: &str,
) -> Result<Inputs, Vec<String>> {
    let mut settled = BTreeMap::new();
    let mut problems = Vec::new();
    for name in given.keys() {
        let known = || plan.inputs.iter().map(|input| input.name.as_str());
        if !known().any(|known| known == name) {
            let hint = spelling::suggest(name, known()).map(|hint| format!(" ({hint})"));
            problems.push(format!("unknown input `{name}`{}", hint.unwrap_or_default()));
        }
    }
    for input in &plan.inputs {
        match settle(input, given.get(&input.name), source) {
            Ok(value) => drop(settled.insert(input.name.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(Inputs(settled)) } else { Err(problems) }
}

fn settle(input: &Input, given: Option<&Value>, source: &str) -> Result<GivenInput, String> {
    if let Some(given) = given {
        let value = match given {
            Value::Text(text) => parse(&input.kind, text),
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::List(_) | Value::Map(_) => {
                let fits = is_of(&input.kind, given).then(|| given.clone());
                fits.ok_or_else(|| format!("`{given}` is not {}", in_words(&input.kind)))
            }
        };
        let value = value.and_then(|value| within(&input.kind, value));
        let named = |why| format!("input `{}`: {why}", input.name);
        return Ok(GivenInput { value: value.map_err(named)?, source: source.to_owned() });
    }
    let Some(default) = &input.default else {
        let what = match input.description.as_str() {
            "" => String::new(),
            description => format!(" ({description})"),
        };
        return Err(format!("input `{}`{what} must be given", input.name));
    };
    Ok(GivenInput { value: default.clone(), source: GivenInput::DEFAULT.to_owned() })
}

/// A default as it stands in the file.
///
/// # Errors
///
/// Why it is none for this type.
pub(crate) fn constant(kind: &InputKind, value: Value) -> Result<Value, String> {
    let value = match (kind, value) {
        (InputKind::Duration | InputKind::Date | InputKind::Instant, Value::Text(text)) => {
            parse(kind, &text)?
        }
        (kind, value) if is_of(kind, &value) => value,
        (kind, _) => return Err(format!("the default must be {}", in_words(kind))),
    };
    within(kind, value)
}

/// Whether a value needs no reading to be of this type. A number is no span: it has no unit.
fn is_of(kind: &InputKind, value: &Value) -> bool {
    let is_text = |value: &Value| value.as_text().is_some();
    match kind {
        InputKind::Text { .. } => is_text(value),
        InputKind::Integer { .. } => matches!(value, Value::Integer(_)),
        InputKind::Boolean => matches!(value, Value::Bool(_)),
        InputKind::List => matches!(value, Value::List(items) if items.iter().all(is_text)),
        InputKind::Map => matches!(value, Value::Map(parts) if parts.values().all(is_text)),
        InputKind::Duration | InputKind::Date | InputKind::Instant => false,
    }
}

fn in_words(kind: &InputKind) -> &'static str {
    match kind {
        InputKind::Text { .. } => "text",
        InputKind::Integer { .. } => "a whole number",
        InputKind::Boolean => "true or false",
        InputKind::Duration => "a duration such as `90s`",
        InputKind::List => "a list of texts",
        InputKind::Date => "a day such as `2026-11-20`",
        InputKind::Instant => "an instant such as `2026-11-20T15:53:32Z`",
        InputKind::Map => "a map of texts",
    }
}

fn parse(kind: &InputKind, text: &str) -> Result<Value, String> {
    match kind {
        InputKind::Text { .. } => Ok(Value::Text(text.to_owned())),
        InputKind::Integer { .. } => {
            text.parse().map(Value::Integer).map_err(|_| format!("`{text}` is not a whole number"))
        }
        InputKind::Boolean => text
            .parse()
            .map(Value::Bool)
            .map_err(|_| format!("`{text}` is neither `true` nor `false`")),
        InputKind::Duration => {
            let span = measure::duration(text)?;
            i64::try_from(span.0).map(Value::Integer).map_err(|error| error.to_string())
        }
        InputKind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::List(items.map(Value::from).collect()))
        }
        InputKind::Date if is_date(text) => Ok(Value::from(text)),
        InputKind::Instant => {
            let at: Timestamp = text.parse().map_err(not_read(kind, text))?;
            Ok(Value::Text(at.to_string()))
        }
        InputKind::Date => Err(not_read(kind, text)(())),
        InputKind::Map => map(text),
    }
}

fn not_read<E>(kind: &InputKind, text: &str) -> impl FnOnce(E) -> String {
    let message = format!("`{text}` is not {}", in_words(kind));
    |_| message
}

/// `a=1,b=2`.
fn map(text: &str) -> Result<Value, String> {
    let mut members = BTreeMap::new();
    for member in text.split(',').map(str::trim).filter(|member| !member.is_empty()) {
        let Some((name, value)) = member.split_once('=') else {
            return Err(format!("`{member}` is not `name=value`"));
        };
        let (name, value) = (name.trim(), value.trim());
        if members.insert(name.to_owned(), Value::from(value)).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    Ok(Value::Map(members))
}

/// Whether a text is a day that exists, `yyyy-mm-dd`.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn within(kind: &InputKind, value: Value) -> Result<Value, String> {
    let size = value.to_string().len();
    if size > TEXT_BYTES_MAX {
        return Err(format!("the value has {size} bytes; at most {TEXT_BYTES_MAX} fit"));
    }
    match (kind, &value) {
        (InputKind::Text { pattern, choices }, Value::Text(text)) => {
            if let Some(pattern) = pattern
                && !matches_whole(pattern, text)
            {
                return Err(format!("`{text}` does not match `{pattern}`"));
            }
            if !choices.is_empty() && !choices.contains(text) {
                return Err(format!("`{text}` is not one of: {}", choices.join(", ")));
            }
        }
        (InputKind::Integer { min, max }, Value::Integer(n)) => {
            if let Some(min) = min.filter(|min| n < min) {
                return Err(format!("{n} is less than {min}"));
            }
            if let Some(max) = max.filter(|max| n > max) {
                return Err(format!("{n} is more than {max}"));
            }
        }
        (
            InputKind::Text { .. }
            | InputKind::Integer { .. }
            | InputKind::Boolean
            | InputKind::Duration
            | InputKind::List
            | InputKind::Date
            | InputKind::Instant
            | InputKind::Map,
            _,
        ) => {}
    }
    Ok(value)
}

/// A pattern that does not compile matches nothing; it was refused when the file was checked.
fn matches_whole(pattern: &str, text: &str) -> bool {
    regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text))
}
