//! Spans of time as typed.

use hardstop_core::time::Millis;

/// Reads `10m`, `1h 30m`, `90s`.
///
/// # Errors
///
/// In words, if it is none.
pub(super) fn span(typed: &str) -> Result<Millis, String> {
    let span: jiff::SignedDuration =
        typed.parse().map_err(|_| format!("`{typed}` is no span of time such as `10m`"))?;
    u64::try_from(span.as_millis()).map(Millis).map_err(|_| format!("`{typed}` is negative"))
}
