//! A run read without its lease, wherever it lies.

use hardstop_core::{ids::RunId, run::RunState};
use hardstop_engine::replay::{Replayed, replay};
use hardstop_evidence::{layout, verify::ReadError};
use hardstop_journal::OpenError;

use crate::{error::CliError, find::Found, wire::Site};

/// Reads a run back: from its live files, or from the evidence branch.
///
/// # Errors
///
/// If it cannot be read, or does not fold.
pub(crate) fn replayed(site: &Site, found: &Found) -> Result<Replayed, CliError> {
    match found {
        Found::Live(run) => match live(site, run) {
            // It was closed this very moment.
            Err(CliError::Open(OpenError::Missing { .. })) => recorded(site, run),
            read => read,
        },
        Found::Recorded(run) => recorded(site, run),
    }
}

/// The fold of a live run.
///
/// # Errors
///
/// As [`replayed`].
pub(crate) fn live_state(site: &Site, run: &RunId) -> Result<RunState, CliError> {
    live(site, run).map(|replayed| replayed.snapshot.state)
}

fn live(site: &Site, run: &RunId) -> Result<Replayed, CliError> {
    let peek = site.live.peek(run)?;
    let journal = peek.journal()?;
    replay(run, &journal, |path| peek.read(path))
        .map_err(|source| CliError::Replay { run: run.clone(), source })
}

fn recorded(site: &Site, run: &RunId) -> Result<Replayed, CliError> {
    let missing = |path: &str| ReadError::Unavailable(format!("there is no {path} of {run}"));
    let evidence =
        site.evidence()?.ok_or_else(|| CliError::Evidence(missing("evidence branch")))?;
    let read = |path: &str| evidence.run_file(run, path)?.ok_or_else(|| missing(path));
    let journal = read(layout::JOURNAL).map_err(CliError::Evidence)?;
    replay(run, &journal, read).map_err(|source| CliError::Replay { run: run.clone(), source })
}
