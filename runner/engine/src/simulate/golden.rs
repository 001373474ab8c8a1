//! All that happened, one line an event, as it is kept beside a scenario and compared.

use std::fmt::Write as _;

use hardstop_core::time::Timestamp;
use serde_json::Value;

use super::seen::Seen;

/// Members of events that tell one course of things from another. Digests and texts, which
/// change with every edit of a runbook, do not.
const TOLD: [&str; 14] = [
    "epoch", "attempt", "request", "item", "value", "cause", "result", "reason", "again", "held",
    "names", "allowed", "to", "nth",
];
/// Members that are instants.
const INSTANTS: [&str; 7] =
    ["deadline", "retry_at", "due", "since", "expires", "valid_until", "review_by"];

/// The lines, each with the time since `start`.
pub(super) fn text(seen: &[Seen], start: Timestamp) -> String {
    let mut text = String::new();
    for seen in seen {
        // Writing to a String cannot fail.
        let _ = write!(text, "{:<14} {}", offset(seen.at, start), seen.kind);
        if let Some(step) = &seen.step {
            let _ = write!(text, " {step}");
        } else if let Some(outer) = seen.within.last() {
            let _ = write!(text, " {outer} >");
        }
        for name in TOLD {
            if let Some(value) = seen.event.get(name).filter(|value| !value.is_null()) {
                let _ = write!(text, " {name}={}", plain(value));
            }
        }
        for name in INSTANTS {
            let at = seen.event.get(name).and_then(Value::as_str);
            if let Some(at) = at.and_then(|at| at.parse::<Timestamp>().ok()) {
                let _ = write!(text, " {name}={}", offset(at, start));
            }
        }
        if let Some(person) = seen.event.get("by").and_then(|by| by.get("person")) {
            let _ = write!(text, " by={}", plain(person));
        }
        text.push('\n');
    }
    text
}

/// `+1d02:00:00`, with milliseconds where there are any.
pub(super) fn offset(at: Timestamp, start: Timestamp) -> String {
    let (sign, ms) = if at < start { ('-', start.since(at).0) } else { ('+', at.since(start).0) };
    let (seconds, ms) = (ms / 1_000, ms % 1_000);
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}{days}d{hours:02}:{minutes:02}:{seconds:02}");
    if ms > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, ".{ms:03}");
    }
    text
}

/// A value on one line.
fn plain(value: &Value) -> String {
    let bare = value.as_str().filter(|text| !text.contains([' ', '\n', '\t']));
    bare.map_or_else(|| value.to_string(), str::to_owned)
}
