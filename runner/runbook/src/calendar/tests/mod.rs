//! Calendar files against tables made by hand.

mod files;
mod refused;
mod rules;

use hardstop_core::calendar::{Span, Zone};

use super::{IcsError, freezes};

/// One line for each interval: `from to name`, without seconds.
fn read(text: &str, from: &str, to: &str) -> Result<Vec<String>, IcsError> {
    let berlin: Zone = "Europe/Berlin".parse().expect("a zone");
    let instant = |text: &str| text.parse().expect("an instant");
    let within = Span { from: instant(from), to: instant(to) };
    let found = freezes(text, &berlin, within)?;
    let show = |at: hardstop_core::time::Timestamp| at.to_string().replace(":00.000Z", "Z");
    Ok(found
        .iter()
        .map(|i| format!("{} {} {}", show(i.span.from), show(i.span.to), i.name))
        .collect())
}

/// A calendar with one event of these lines.
fn event(lines: &str) -> String {
    let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a@example.com\r\nSUMMARY:a\r\n{}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n",
        lines.join("\r\n")
    )
}
