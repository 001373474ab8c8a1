//! Instants, days and spans in expressions. An instant is its RFC 3339 text, always of the same
//! length, so that texts compare as instants do; a span is a whole number of milliseconds.

use hardstop_core::{
    calendar::Zone,
    limits::EXPRESSION_BYTES_MAX,
    time::{Millis, Timestamp},
};
use minijinja::{Error, Value};

use super::{filter::refused, value::to_value};
use crate::{inputs, measure};

/// `duration('1h')`.
pub(super) fn duration(span: &Value) -> Result<i64, Error> {
    let Millis(span) = millis(span)?;
    i64::try_from(span).map_err(|error| refused(error.to_string()))
}

/// `date(now)`: the day an instant lies in; a day stays what it is.
pub(super) fn date(text: &str, zone: &Zone) -> Result<String, Error> {
    if inputs::is_date(text) {
        return Ok(text.to_owned());
    }
    let at: Timestamp = instant(text)?;
    Ok(zone.local(at).date().to_string())
}

/// `now | plus('1h')`.
pub(super) fn plus(text: &str, span: &Value) -> Result<String, Error> {
    Ok(instant(text)?.plus(millis(span)?).to_string())
}

/// `now | minus('1h')`.
pub(super) fn minus(text: &str, span: &Value) -> Result<String, Error> {
    let at = instant(text)?.as_millis();
    let span = i64::try_from(millis(span)?.0).unwrap_or(i64::MAX);
    Ok(Timestamp::from_millis(at.saturating_sub(span)).to_string())
}

fn instant(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|error: hardstop_core::time::InvalidTimestamp| refused(error.to_string()))
}

/// A span as it is written, or as a number of milliseconds.
fn millis(span: &Value) -> Result<Millis, Error> {
    if let Some(text) = span.as_str() {
        return measure::duration(text).map_err(refused);
    }
    // The engine takes `true` for 1.
    let number = span.is_integer().then(|| span.as_i64()).flatten();
    let number = number.and_then(|number| u64::try_from(number).ok());
    number.map(Millis).ok_or_else(|| {
        let shown =
            to_value(span, EXPRESSION_BYTES_MAX).map_or_else(|why| why, |value| value.to_string());
        refused(format!("`{shown}` is not a duration such as `1h`"))
    })
}
