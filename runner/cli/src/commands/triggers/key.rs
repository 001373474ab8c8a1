//! A key given by hand: the same key is the same run.

use std::collections::BTreeMap;

use hardstop_core::{
    header::{Trigger, TriggerKind},
    ids::RunId,
    time::Timestamp,
};
use hardstop_journal::{FileRun, Mark, MarkState, Marks};
use hardstop_runbook::idempotency_key;

use super::record::Record;
use crate::{
    clock::SystemClock,
    error::CliError,
    wire::{Machine, new_run_id},
};

/// What a key stands for.
pub(crate) enum Keyed {
    /// A run that was opened just now.
    New(FileRun),
    /// One that was opened before.
    Known(RunId),
}

/// Opens the run of a key, unless there is one.
///
/// * `files`: those of a new run with this id.
///
/// # Errors
///
/// If the key is none, or the run cannot be opened.
pub(crate) fn open(
    machine: &Machine,
    key: &str,
    files: impl FnOnce(&RunId, Trigger) -> Result<BTreeMap<String, Vec<u8>>, CliError>,
) -> Result<Keyed, CliError> {
    let key = idempotency_key(key)
        .map_err(|why| CliError::usage(why, "`--key` takes any line of text that is yours"))?;
    let now = SystemClock::now();
    let marks = Marks::new(machine.site.repo.common_dir()).lock()?;
    let record = Record::read(&machine.site)?;
    let found = marks.read().find(&key)?;
    let new = || Trigger { kind: TriggerKind::Key, id: String::new(), key: key.clone(), at: now };
    let trigger = found.as_ref().map_or_else(new, |mark| mark.trigger.clone());
    let source = found.as_ref().and_then(|mark| mark.source.clone());
    let note = |state| {
        let (trigger, source) = (trigger.clone(), source.clone());
        marks.write(&Mark { trigger, source, noted: now, state })
    };
    let claimed = match found.map(|mark| mark.state) {
        Some(MarkState::Opened { run }) => return Ok(Keyed::Known(run)),
        Some(MarkState::Claimed { run }) if record.has(&run) => {
            note(MarkState::Opened { run: run.clone() })?;
            return Ok(Keyed::Known(run));
        }
        Some(MarkState::Claimed { run }) => Some(run),
        Some(MarkState::Pending | MarkState::Skipped { .. } | MarkState::Refused { .. }) | None => {
            None
        }
    };
    let beginning = Timestamp::from_millis(0);
    if let Some((run, _)) = record.opened(beginning, now)?.remove(&key) {
        note(MarkState::Opened { run: run.clone() })?;
        return Ok(Keyed::Known(run));
    }
    let run = claimed.map_or_else(|| new_run_id(now), Ok)?;
    let files = files(&run, trigger.clone())?;
    note(MarkState::Claimed { run: run.clone() })?;
    let live = machine.open_new(&run, &files)?;
    note(MarkState::Opened { run })?;
    Ok(Keyed::New(live))
}
