//! Times and durations as people and APIs write them.

use std::time::{Duration, UNIX_EPOCH};

use crate::Failure;

/// A duration such as `90s`, `10m`, `1h 30m`.
///
/// # Errors
///
/// `bad_input` if it is none.
pub fn duration(text: &str) -> Result<Duration, Failure> {
    humantime::parse_duration(text)
        .map_err(|error| Failure::bad_input(format!("`{text}` is no duration: {error}")))
}

/// A time as RFC 3339 in whole seconds, `2026-03-01T12:00:00Z`.
///
/// * `since_epoch`: at most the end of the year 9999.
pub fn rfc3339(since_epoch: Duration) -> String {
    let last = Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since_epoch.min(last)).to_string()
}
