//! How requests are authorised, and parameters written.

use hardstop_sdk::{Call, Failure, http::RequestBuilder};
use serde_json::Value;

/// Adds the secret `token`: with the configured `user` as name and password, otherwise as a bearer.
/// Without the secret nothing is added.
pub fn access<'a>(call: &Call, request: RequestBuilder<'a>) -> RequestBuilder<'a> {
    match (call.config("user"), call.secret("token")) {
        (Some(user), Some(token)) => request.basic(&user, &token),
        (_, token) => request.bearer(token),
    }
}

/// A parameter as the text that servers take.
///
/// # Errors
///
/// `bad_input` if it is neither text, number nor truth value.
pub fn scalar(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Failure::bad_input(format!(
            "the parameter `{name}` is no text, number or truth value"
        ))),
    }
}
