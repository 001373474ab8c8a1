//! One line an event, with its time: for pipes, logs and CI.

use hardstop_core::event::{Entry, Event};
use hardstop_engine::documents::{sanitise::line, sentence};

use crate::output::{TEXT_MAX, note};

/// Tells what lines of a journal say, a line each, on standard error.
///
/// * `before`: stands before each, to tell several runs apart.
pub(crate) fn tell(before: &str, entries: &[Entry]) {
    for told in entries.iter().filter_map(told) {
        note(format!("{before}{told}"));
    }
}

/// The lines that taking a run over added: what became of work whose runner went away.
pub(crate) fn taken_over(entries: &[Entry]) -> &[Entry] {
    let lease = |entry: &Entry| matches!(entry.event, Event::LeaseAcquired { .. });
    &entries[entries.iter().rposition(lease).unwrap_or(entries.len())..]
}

/// An event as one line; `None` for what only the machinery needs to know.
pub(crate) fn told(entry: &Entry) -> Option<String> {
    if let Event::LeaseAcquired { .. }
    | Event::PolicyLoaded { .. }
    | Event::BackoffElapsed { .. }
    | Event::RunEnding { .. } = &entry.event
    {
        return None;
    }
    let time = entry.ts().to_string();
    let time = time.get(11..19).unwrap_or_default();
    Some(format!("{time} {}", line(&sentence(&entry.event), TEXT_MAX)))
}
