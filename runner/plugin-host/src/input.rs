//! The parameters as the guest gets them: placeholders where secrets belong.

use hardstop_egress::Gate;
use hardstop_ports::plugin::{Call, Failure};
use serde_json::{Map, Value};

use crate::failure::of_host;

/// The call's `with:`, a JSON object.
pub(crate) fn with_placeholders(call: &Call, gate: &Gate) -> Result<String, Failure> {
    if call.secret_inputs.is_empty() {
        return Ok(call.input.clone());
    }
    let mut input: Map<String, Value> = serde_json::from_str(&call.input).map_err(|error| {
        of_host("plugin_denied", format!("the parameters are no JSON object: {error}"))
    })?;
    for (parameter, secret) in &call.secret_inputs {
        let placeholder = gate.placeholder(secret).ok_or_else(|| {
            let message = format!(
                "parameter `{parameter}` is secret `{secret}`, which is not granted to plugin `{}`",
                call.plugin
            );
            of_host("plugin_denied", message)
        })?;
        input.insert(parameter.clone(), Value::String(placeholder));
    }
    Ok(Value::Object(input).to_string())
}
