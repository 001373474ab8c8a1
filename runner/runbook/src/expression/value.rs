//! Our values and the engine's: whole numbers exact, no decimals, nothing without a bound.

use std::collections::BTreeMap;

use hardstop_core::value::Value;
use minijinja::{Error, ErrorKind, value::ValueKind};

/// One of our values as the engine sees it.
pub(super) fn from_value(value: &Value) -> minijinja::Value {
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
/// * `bytes_max`: of all its texts.
///
/// # Errors
///
/// Why there is no such value.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enum, which may grow")]
pub(super) fn to_value(value: &minijinja::Value, bytes_max: usize) -> Result<Value, String> {
    let converted = match value.kind() {
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => {
            Value::Integer(value.as_i64().ok_or("the number is too large")?)
        }
        ValueKind::Number => Value::Text(value.to_string()),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            bounded(text.len(), bytes_max)?;
            Value::Text(text.to_owned())
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|error| reason(&error))?;
            let mut list = Vec::new();
            let mut size = 0;
            for item in items {
                list.push(to_value(&item, bytes_max)?);
                size += list.last().map_or(0, weight);
                bounded(size, bytes_max)?;
            }
            Value::List(list)
        }
        ValueKind::Map => {
            let mut members = BTreeMap::new();
            let mut size = 0;
            for key in value.try_iter().map_err(|error| reason(&error))? {
                let member = value.get_item(&key).map_err(|error| reason(&error))?;
                let member = to_value(&member, bytes_max)?;
                size += weight(&member) + 1;
                bounded(size, bytes_max)?;
                members.insert(key.to_string(), member);
            }
            Value::Map(members)
        }
        ValueKind::Undefined => return Err("it has no value".to_owned()),
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

pub(super) fn bounded(bytes: usize, bytes_max: usize) -> Result<(), String> {
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(format!("the result is longer than {bytes_max} bytes"))
}

/// Why the engine gave up, in a fragment.
pub(super) fn reason(error: &Error) -> String {
    if error.kind() == ErrorKind::OutOfFuel {
        return "it takes too long".to_owned();
    }
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}
