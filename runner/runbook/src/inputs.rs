//! The values a run is started with: typed, within their constraints, complete.

use std::collections::BTreeMap;

use hardstop_core::{
    header::{GivenInput, Inputs},
    limits::TEXT_BYTES_MAX,
    model::{Input, InputKind, Plan},
    value::Value,
};

use crate::{measure, spelling};

/// The value of every input of `plan`: what is given, or its default.
///
/// `source` says how the values were given (`command line`) and is recorded with each.
///
/// # Errors
///
/// Everything that is wrong, one sentence each: unknown names, values that are not of their type
/// or break a constraint, inputs that must be given and are not.
pub fn settle_inputs(
    plan: &Plan,
    given: &BTreeMap<String, String>,
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

fn settle(input: &Input, given: Option<&String>, source: &str) -> Result<GivenInput, String> {
    if let Some(text) = given {
        let value = parse(&input.kind, text).and_then(|value| within(&input.kind, value));
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
    Ok(GivenInput { value: default.clone(), source: "default".to_owned() })
}

/// A default as it stands in the file.
///
/// # Errors
///
/// Why it is none for this type.
pub(crate) fn constant(kind: &InputKind, value: Value) -> Result<Value, String> {
    let value = match (kind, value) {
        (InputKind::Duration, Value::Text(text)) => parse(kind, &text)?,
        (InputKind::Text { .. }, value @ Value::Text(_))
        | (InputKind::Integer { .. }, value @ Value::Integer(_))
        | (InputKind::Boolean, value @ Value::Bool(_)) => value,
        (InputKind::List, Value::List(items)) if items.iter().all(|i| i.as_text().is_some()) => {
            Value::List(items)
        }
        (kind, _) => return Err(format!("the default must be {}", in_words(kind))),
    };
    within(kind, value)
}

fn in_words(kind: &InputKind) -> &'static str {
    match kind {
        InputKind::Text { .. } => "text",
        InputKind::Integer { .. } => "a whole number",
        InputKind::Boolean => "true or false",
        InputKind::Duration => "a duration such as `90s`",
        InputKind::List => "a list of texts",
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
    }
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
            | InputKind::List,
            _,
        ) => {}
    }
    Ok(value)
}

/// A pattern that does not compile matches nothing; it was refused when the file was checked.
fn matches_whole(pattern: &str, text: &str) -> bool {
    regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text))
}
