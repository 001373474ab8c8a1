//! L2: one journal, unbroken from `run.json` to the seal.

use hardstop_core::{
    event::{Entry, Event, RunResult},
    limits::CLOCK_TOLERANCE,
    time::Millis,
};

use super::{Report, folder::Folder, ids};
use crate::{
    chain::{self, Fault},
    layout,
    seal::Seal,
};

/// Where an entry stands, for people.
pub(super) fn place(entry: &Entry) -> String {
    format!("{}:{}", layout::JOURNAL, entry.seq.saturating_add(1))
}

/// A journal as far as it can be read.
pub(super) struct Journal {
    pub(super) entries: Vec<Entry>,
    /// SHA-256 of the last line that was read, in hex.
    pub(super) head: String,
    /// Whether it could be read to its end.
    pub(super) whole: bool,
}

/// Reads the journal and reports everything wrong with it as a chain.
pub(super) fn check(
    folder: &Folder<'_>,
    (run_json, journal): (&[u8], &[u8]),
    seal: Option<&Seal>,
    report: &mut Report,
) -> Journal {
    let run = Some(folder.run);
    let (entries, chain, faults) = chain::scan(folder.run, run_json, journal);
    let whole = faults.iter().all(|error| error.fault.is_bridged());
    for error in faults {
        let id = match &error.fault {
            Fault::Sequence { .. } | Fault::Broken => ids::CHAIN,
            Fault::OtherRun(_) => ids::OTHER_RUN,
            Fault::StaleEpoch { .. } => ids::EPOCH,
            Fault::TooLarge => ids::SIZE,
            Fault::Version(_) => ids::FORMAT,
            Fault::Torn | Fault::Unreadable(_) => ids::STRICT,
        };
        report.find(id, run, format!("{}:{}", layout::JOURNAL, error.line), error.fault);
    }
    if let Some(seal) = seal.filter(|_| whole) {
        check_seal(folder, seal, (&chain, &entries), report);
    }
    check_clock(folder, &entries, report);
    for entry in &entries {
        for artifact in entry.event.artifacts() {
            if folder.digest(&artifact.path) != Some((artifact.digest, artifact.size_bytes)) {
                let message = format!("`{}` is not the file this event recorded", artifact.path);
                report.find(ids::ARTIFACT, run, place(entry), message);
            }
        }
    }
    Journal { entries, head: chain.head, whole }
}

fn check_seal(
    folder: &Folder<'_>,
    seal: &Seal,
    (chain, entries): (&chain::Chain, &[Entry]),
    report: &mut Report,
) {
    let run = Some(folder.run);
    if seal.schema != Seal::SCHEMA {
        report.find(ids::FORMAT, run, layout::SEAL, format!("unknown schema `{}`", seal.schema));
    }
    if seal.run != *folder.run {
        report.find(ids::OTHER_RUN, run, layout::SEAL, format!("it seals run {}", seal.run));
    }
    let last = entries.last().map(|entry| (entry.seq, entry.at.wall));
    if seal.head != chain.head || last != Some((seal.seq, seal.created)) {
        let message = "it was made for a journal with another end";
        report.find(ids::SEAL_STATE, run, layout::SEAL, message);
    }
    let closing = entries.iter().position(|entry| closed(&entry.event).is_some());
    let result = closing.and_then(|at| closed(&entries[at].event));
    match (seal.closed, result) {
        (Some(_), None) => {
            let message = "sealed as closed, and the journal has no closing event";
            report.find(ids::TERMINAL, run, layout::SEAL, message);
        }
        (sealed, result) if sealed != result => {
            let message = "the seal's result is not that of the journal";
            report.find(ids::SEAL_RESULT, run, layout::SEAL, message);
        }
        _ => {}
    }
    if let Some(extra) = closing.and_then(|at| entries.get(at + 1)) {
        report.find(ids::TERMINAL, run, place(extra), "an event after the run was closed");
    }
}

/// How the run ended, if this event ends it.
pub(super) fn closed(event: &Event) -> Option<RunResult> {
    if let Event::RunClosed { result, .. } = event { Some(*result) } else { None }
}

/// Entries written in one turn show the same clocks. Where these do not follow from those of the
/// turn before, the turn must say so.
fn check_clock(folder: &Folder<'_>, entries: &[Entry], report: &mut Report) {
    let mut turns = entries.chunk_by(|one, next| one.at == next.at);
    let Some(mut before) = turns.next().and_then(<[Entry]>::last) else { return };
    for turn in turns {
        let (first, last) = (&turn[0], &turn[turn.len() - 1]);
        let jump = first.at.jump_since(&before.at).unwrap_or_else(|| {
            first.at.wall.as_millis().saturating_sub(before.at.wall.as_millis()).min(0)
        });
        let beyond = Millis(jump.unsigned_abs()) > CLOCK_TOLERANCE;
        let declared: Vec<i64> = turn.iter().filter_map(|entry| jump_ms(&entry.event)).collect();
        // Small steps ahead may be declared together, when a hard stop is due. Steps back may
        // not: they would shorten it.
        let invented = declared.iter().any(|ms| *ms < 0 && (*ms != jump || !beyond));
        if beyond && !declared.contains(&jump) || invented {
            let message = format!(
                "the clock moved by {jump} ms against the machine's uptime, and the journal says \
                 {declared:?}"
            );
            report.find(ids::CLOCK, Some(folder.run), place(first), message);
        }
        before = last;
    }
}

/// By how much the clock was moved, if this event says so.
pub(super) fn jump_ms(event: &Event) -> Option<i64> {
    if let Event::ClockAnomaly { jump_ms, .. } = event { Some(*jump_ms) } else { None }
}
