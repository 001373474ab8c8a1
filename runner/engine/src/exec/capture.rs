//! Standard output to typed outputs, as `capture:` declares.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Cause,
    limits::OUTPUTS_BYTES_MAX,
    model::{Capture, CapturePattern},
    value::Value,
};
use regex::Regex;

use super::{Collected, cause, stream::Printed};

/// The outputs that `stdout` holds, masked as `left` masks; none if nothing is declared.
///
/// Output of which the middle was cut is refused: what is missing could be the value meant.
///
/// # Errors
///
/// A cause that names the pattern, or what is wrong with the JSON.
pub(super) fn outputs(
    capture: Option<&Capture>,
    stdout: &Printed,
    left: &Collected,
) -> Result<BTreeMap<String, Value>, Cause> {
    let Some(capture) = capture else { return Ok(BTreeMap::new()) };
    if stdout.cut {
        return Err(cause::capture(format!(
            "standard output has {} bytes, more than can be captured from: print the values only, \
             and the rest to standard error",
            stdout.original_bytes
        )));
    }
    let outputs = match capture {
        Capture::Json => json(&stdout.bytes)?,
        Capture::Patterns(patterns) => patterns
            .iter()
            .map(|(name, pattern)| Ok((name.clone(), find(name, pattern, &stdout.bytes)?)))
            .collect::<Result<_, Cause>>()?,
    };
    let outputs = left.masked_outputs(outputs);
    let json = serde_json::to_vec(&outputs).map_err(|error| cause::capture(error.to_string()))?;
    if json.len() > OUTPUTS_BYTES_MAX {
        let size_bytes = json.len();
        return Err(cause::capture(format!(
            "the outputs have {size_bytes} bytes, at most {OUTPUTS_BYTES_MAX} are allowed: keep \
             data in an evidence file"
        )));
    }
    // What is printed was looked through, but JSON may hide it behind escapes.
    cause::suspicious("what was captured", &json).map_or(Ok(outputs), Err)
}

fn json(stdout: &[u8]) -> Result<BTreeMap<String, Value>, Cause> {
    match serde_json::from_slice(stdout) {
        Ok(Value::Map(members)) => Ok(members),
        Ok(Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::List(_)) => {
            Err(cause::capture("standard output is JSON, but not an object"))
        }
        Err(error) => {
            Err(cause::capture(format!("standard output is not one JSON object: {error}")))
        }
    }
}

/// The value in the first line that matches. A line that is not UTF-8 matches nothing.
fn find(name: &str, pattern: &CapturePattern, stdout: &[u8]) -> Result<Value, Cause> {
    let regex = Regex::new(&pattern.regex).map_err(|error| {
        cause::capture(format!("the pattern of `{name}` is not valid: {error}"))
    })?;
    // Without a group, the whole match is the value.
    let group = usize::from(regex.captures_len() > 1);
    let text = stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line).ok())
        .filter_map(|line| regex.captures(line.strip_suffix('\r').unwrap_or(line)))
        .find_map(|found| found.get(group))
        .ok_or_else(|| {
            cause::capture(format!(
                "no line of standard output matches `{}`, the pattern of `{name}`",
                pattern.regex
            ))
        })?
        .as_str();
    if !pattern.integer {
        return Ok(Value::from(text));
    }
    text.parse().map(Value::Integer).map_err(|_| {
        cause::capture(format!("`{name}` is `{text}`, but is declared as a whole number"))
    })
}
