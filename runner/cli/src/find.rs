//! Which run is meant.

use std::collections::BTreeMap;

use hardstop_core::{event::RunResult, ids::RunId, run::Refusal, time::Timestamp};
use hardstop_evidence::{
    digest,
    register::{Line, Record},
};

use crate::{error::CliError, wire::Site};

/// A run, and where it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is live in this clone.
    Live(RunId),
    /// It is on the evidence branch only: closed, or live in another clone.
    Recorded(RunId),
}

/// What the register says of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// When its first evidence was committed.
    pub(crate) opened: Timestamp,
    /// When it was closed and how; `None` while it is open.
    pub(crate) closed: Option<(Timestamp, RunResult)>,
}

/// The run whose id begins with `prefix`. A live run is preferred to those that are over.
///
/// # Errors
///
/// If there is none, or several.
pub(crate) fn run(site: &Site, prefix: &str) -> Result<Found, CliError> {
    if let Some(found) = one(prefix, site.live.find_by_prefix(prefix)?)? {
        return Ok(Found::Live(found));
    }
    let mut recorded: Vec<RunId> = registered(site)?.into_keys().collect();
    recorded.retain(|run| run.as_str().starts_with(prefix));
    match one(prefix, recorded)? {
        Some(run) => Ok(Found::Recorded(run)),
        None => Err(CliError::usage(
            format!("there is no run {prefix:?}"),
            "`hardstop status --all` lists every run",
        )),
    }
}

/// The live run whose id begins with `prefix`: one that can still be moved.
///
/// # Errors
///
/// If there is none, or several.
pub(crate) fn live(site: &Site, prefix: &str) -> Result<RunId, CliError> {
    match run(site, prefix)? {
        Found::Live(run) => Ok(run),
        Found::Recorded(run) => {
            let short = run.short();
            let closed = registered(site)?.get(&run).is_some_and(|known| known.closed.is_some());
            Err(if closed {
                CliError::Refused { refusal: Refusal::Closed }
            } else {
                CliError::usage(
                    format!("run {short} is not live in this clone"),
                    format!(
                        "if no other clone moves it any more, take it over: \
                         `hardstop advance {short}`"
                    ),
                )
            })
        }
    }
}

/// The live run that once wrote the request with this code. Whether the request is still open is
/// for the run to say.
///
/// # Errors
///
/// If there is none.
pub(crate) fn request(site: &Site, code: &str) -> Result<RunId, CliError> {
    for run in site.live.list()? {
        // A run that was closed since it was listed asks for nothing.
        let Ok(peek) = site.live.peek(&run) else { continue };
        for path in peek.list().unwrap_or_default() {
            if path.starts_with("gates/")
                && peek.read(&path).is_ok_and(|bytes| digest(&bytes).code() == code)
            {
                return Ok(run);
            }
        }
    }
    Err(CliError::usage(
        format!("no open request has the code {code:?}"),
        "`hardstop status` lists what runs wait for, with the codes",
    ))
}

/// Every run of the register.
///
/// # Errors
///
/// If the evidence branch cannot be read.
pub(crate) fn registered(site: &Site) -> Result<BTreeMap<RunId, Registered>, CliError> {
    let Some(evidence) = site.evidence()? else { return Ok(BTreeMap::new()) };
    let mut runs = BTreeMap::new();
    for Line { ts, event, .. } in evidence.register().map_err(CliError::Evidence)? {
        match event {
            Record::Opened { run, .. } => {
                runs.insert(run, Registered { opened: ts, closed: None });
            }
            Record::Closed { run, result, .. } => {
                runs.entry(run).and_modify(|known| known.closed = Some((ts, result)));
            }
        }
    }
    Ok(runs)
}

fn one(prefix: &str, mut found: Vec<RunId>) -> Result<Option<RunId>, CliError> {
    const SHOWN: usize = 5;
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let more = found.len().saturating_sub(SHOWN);
    let mut names: Vec<&str> = found.iter().take(SHOWN).map(RunId::short).collect();
    let rest = format!("{more} more");
    if more > 0 {
        names.push(&rest);
    }
    let message =
        format!("{prefix:?} is the beginning of {} runs: {}", found.len(), names.join(", "));
    Err(CliError::usage(message, "type more of the id"))
}
