//! Numbers of other people's JSON.

use serde_json::Value;

/// `value` with every number that is not whole as a text: outputs have no decimals, because two
/// programs may write the same one differently.
pub fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, it)| (key, whole(it))).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
