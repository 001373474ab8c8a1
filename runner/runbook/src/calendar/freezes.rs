//! A calendar file to intervals.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::{Interval, Span, Zone},
    limits::{FREEZES_MAX, ICS_BYTES_MAX, ICS_EVENTS_MAX, RECURRENCE_DAYS_MAX},
    time::Timestamp,
};

use super::{
    IcsError,
    event::Event,
    lines::{Line, lines},
    value::Stamp,
};

/// The events of the calendar file `text` that overlap `within`, in order of their beginnings,
/// uncut and with overlaps.
///
/// Cancelled and transparent events do not count, tentative ones do. Zones go by their IANA names;
/// a `VTIMEZONE` block is passed over, so its rules cannot differ from those of other windows.
/// Times and dates that name no zone are in `floating`.
///
/// # Errors
///
/// [`IcsError`] with the line, for whatever is not understood and bears on when an event takes
/// place, and if the text, its events, the days its rules look at or the intervals are more than
/// [`ICS_BYTES_MAX`], [`ICS_EVENTS_MAX`], [`RECURRENCE_DAYS_MAX`] or [`FREEZES_MAX`].
pub fn freezes(text: &str, floating: &Zone, within: Span) -> Result<Vec<Interval>, IcsError> {
    if text.len() > ICS_BYTES_MAX {
        return Err(IcsError::new(1, format!("longer than {ICS_BYTES_MAX} bytes")));
    }
    let events = events(lines(text)?, floating)?;
    let mut replaced: BTreeMap<Option<&str>, BTreeSet<Timestamp>> = BTreeMap::new();
    for event in &events {
        let instant = event.replaces.as_ref().map(Stamp::instant);
        replaced.entry(event.uid.as_deref()).or_default().extend(instant);
    }
    let none = BTreeSet::new();
    let mut budget = RECURRENCE_DAYS_MAX;
    let mut found = Vec::new();
    for event in events.iter().filter(|event| event.counts) {
        let replaced = replaced.get(&event.uid.as_deref()).filter(|_| event.replaces.is_none());
        for span in event.occurrences(within, replaced.unwrap_or(&none), &mut budget)? {
            found.push(Interval { name: event.name.clone(), span });
        }
        if found.len() > FREEZES_MAX {
            return Err(IcsError::new(1, format!("more than {FREEZES_MAX} events to look at")));
        }
    }
    found.sort_by_key(|interval| (interval.span.from, interval.span.to));
    Ok(found)
}

/// What may stand in a calendar, or in one of its parts, and says nothing about when events are.
const PASSED_OVER: [&str; 6] = ["VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM", "VTODO", "VJOURNAL"];

/// All events of the calendars in a file.
fn events(lines: Vec<Line>, floating: &Zone) -> Result<Vec<Event>, IcsError> {
    let mut events = Vec::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut event = Vec::new();
    if lines.is_empty() {
        return Err(IcsError::new(1, "there is no calendar"));
    }
    for line in lines {
        let inside = open.last().map(|(name, _)| name.as_str());
        match (line.name.as_str(), inside) {
            ("BEGIN", _) => {
                let name = line.value.to_ascii_uppercase();
                let known = match inside {
                    None => name == "VCALENDAR",
                    Some("VCALENDAR") if name == "VEVENT" => true,
                    Some(_) => PASSED_OVER.contains(&name.as_str()) || name.starts_with("X-"),
                };
                if !known {
                    return Err(line.error(format!("`{name}` is not understood here")));
                }
                open.push((name, line.number));
            }
            ("END", Some(name)) if line.value.eq_ignore_ascii_case(name) => {
                let begun = open.pop().filter(|(name, _)| name == "VEVENT");
                if let Some((_, begin)) = begun {
                    events.push(Event::read(begin, &event, floating)?);
                    event.clear();
                }
                if events.len() > ICS_EVENTS_MAX {
                    return Err(line.error(format!("more than {ICS_EVENTS_MAX} events")));
                }
            }
            ("END", _) => {
                return Err(line.error(format!("nothing called `{}` is open", line.value)));
            }
            (_, None) => return Err(line.error("a calendar begins with BEGIN:VCALENDAR")),
            (_, Some("VEVENT")) => event.push(line),
            ("CALSCALE", Some("VCALENDAR")) if !line.value.eq_ignore_ascii_case("GREGORIAN") => {
                return Err(line.error(format!("the calendar `{}` is not known", line.value)));
            }
            (_, Some(_)) => {}
        }
    }
    match open.pop() {
        Some((name, begin)) => Err(IcsError::new(begin, format!("`{name}` has no end"))),
        None => Ok(events),
    }
}
