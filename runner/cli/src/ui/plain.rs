//! What happens in a run, a line each: for pipes, logs and CI, and above the progress of a terminal.

use hardstop_core::{
    event::{Entry, Event},
    ids::StepId,
    run::RunState,
    time::Timestamp,
    value::Value,
};
use hardstop_engine::documents::{sanitise::line, sentence};
use hardstop_runbook::title;

use crate::output::{TEXT_MAX, note};

/// Who reads the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody who sees nothing else: a start is told when it happens.
    Log,
    /// Somebody who sees what goes on and is asked in place: only ends are told.
    Terminal,
}

/// Tells what lines of a journal say, a line each, on standard error.
///
/// * `before`: stands before each, to tell several runs apart.
pub(crate) fn tell(before: &str, state: Option<&RunState>, entries: &[Entry]) {
    let Some(state) = state else { return };
    for told in entries.iter().filter_map(|entry| told(state, entry, Reader::Log)) {
        note(format!("{before}{told}"));
    }
}

/// The lines that taking a run over added: what became of work whose runner went away.
pub(crate) fn taken_over(entries: &[Entry]) -> &[Entry] {
    let lease = |entry: &Entry| matches!(entry.event, Event::LeaseAcquired { .. });
    &entries[entries.iter().rposition(lease).unwrap_or(entries.len())..]
}

/// An event as one line; `None` for what this reader knows already, or only the machinery needs.
#[expect(clippy::wildcard_enum_match_arm, reason = "what has no line of its own is a sentence")]
pub(crate) fn told(state: &RunState, entry: &Entry, reader: Reader) -> Option<String> {
    let text = match &entry.event {
        Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { revoked: None, .. }
        | Event::BackoffElapsed { .. }
        // What follows it says the same, and that it was the last.
        | Event::AttemptFailed { retry_at: None, .. }
        | Event::RunEnding { .. }
        | Event::RunClosed { .. } => return None,
        Event::GateReached { step, request, digest, .. } => {
            let (title, code) = (title(state, step), digest.code());
            let text = format!("{step}: {title}: request {request} written, code {code}");
            (reader == Reader::Log).then_some(text)?
        }
        Event::AttemptStarted { step, .. } | Event::ChecklistOpened { step, .. } => {
            (reader == Reader::Log).then(|| format!("{step}: {}", title(state, step)))?
        }
        Event::WaitStarted { step, due, .. } | Event::HardStopStarted { step, due, .. } => {
            let text = format!("{step}: {}, until {}", title(state, step), due.to_the_second());
            (reader == Reader::Log).then_some(text)?
        }
        // What was typed a moment ago stands above.
        Event::ItemTicked { .. } if reader == Reader::Terminal => return None,
        Event::StepSucceeded { step, outputs, .. } => {
            let outputs: Vec<_> =
                outputs.iter().map(|(name, value)| format!("{name}={}", short(value))).collect();
            let outputs = outputs.join(", ");
            let outputs = if outputs.is_empty() { outputs } else { format!(": {outputs}") };
            format!("{}{outputs}", done(state, step, entry.ts(), reader))
        }
        Event::WaitElapsed { step } | Event::HardStopElapsed { step } => {
            done(state, step, entry.ts(), reader)
        }
        event => sentence(event),
    };
    let time = entry.ts().to_string();
    Some(format!("{} {}", time.get(11..19)?, line(&text, TEXT_MAX)))
}

/// That a step is done, and how long it took.
fn done(state: &RunState, step: &StepId, end: Timestamp, reader: Reader) -> String {
    let took = state.times(step).0.map(|start| end.since(start)).unwrap_or_default();
    match reader {
        Reader::Log => format!("{step}: done in {took}"),
        Reader::Terminal => format!("done: {} ({took})", title(state, step)),
    }
}

fn short(value: &Value) -> String {
    line(&value.to_string(), 60)
}
