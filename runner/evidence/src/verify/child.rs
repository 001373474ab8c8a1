//! L4: the run of another runbook is there, and is what its parent says of it.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Cause, ChildRun, Entry, Event, RunResult},
    header::Header,
    ids::{AttemptNo, RunId, StepId},
    limits::{EVIDENCE_FILE_BYTES_MAX, JOURNAL_BYTES_MAX},
    value::Value,
};

use super::{Objects, ReadError, Report, authority::Case, ids, journal};
use crate::{chain, digest, document, layout};

/// A run as its parent opened it.
#[derive(Clone, Copy)]
struct Opened<'a> {
    step: &'a StepId,
    attempt: AttemptNo,
    child: &'a ChildRun,
}

/// How a run came out, as a parent sees it.
struct Ended {
    result: RunResult,
    outputs: BTreeMap<String, Value>,
}

/// Follows every step that ran another runbook to that run.
pub(super) fn check(
    objects: &dyn Objects,
    case: &Case<'_>,
    entries: &[Entry],
    report: &mut Report,
) -> Result<(), ReadError> {
    check_parent(objects, case, report)?;
    let mut under_way: BTreeMap<&StepId, Opened<'_>> = BTreeMap::new();
    for entry in entries {
        let Some(step) = entry.event.step() else { continue };
        if let Event::ChildStarted { attempt, child, .. } = &entry.event {
            under_way.insert(step, Opened { step, attempt: *attempt, child });
            continue;
        }
        let Some((opened, claim)) = under_way.get(step).copied().zip(claim(&entry.event)) else {
            continue;
        };
        let child = opened.child;
        let fault = match read(objects, case, opened)? {
            Ok(ended) if claim.holds(&child.run, &ended) => continue,
            Ok(ended) => format!("run {} ended as {}, and not so", child.run, ended.result),
            Err(fault) => format!("run {}: {fault}", child.run),
        };
        let run = Some(case.folder.run);
        report.find(ids::CHILD, run, journal::place(entry), fault);
    }
    Ok(())
}

/// What a parent says of the end of a run.
enum Claim<'a> {
    Succeeded(&'a BTreeMap<String, Value>),
    Ended(&'a RunId, RunResult),
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other event says how a run ended")]
fn claim(event: &Event) -> Option<Claim<'_>> {
    match event {
        Event::StepSucceeded { outputs, .. } => Some(Claim::Succeeded(outputs)),
        Event::AttemptFailed { cause: Cause::Child { run, result }, .. } => {
            Some(Claim::Ended(run, *result))
        }
        _ => None,
    }
}

impl Claim<'_> {
    fn holds(&self, child: &RunId, ended: &Ended) -> bool {
        match self {
            Self::Succeeded(outputs) => {
                ended.result == RunResult::Succeeded && ended.outputs == **outputs
            }
            Self::Ended(run, result) => *run == child && ended.result == *result,
        }
    }
}

/// How the child's run ended; or what is wrong with it. The run itself is verified like any other.
fn read(
    objects: &dyn Objects,
    case: &Case<'_>,
    Opened { step, attempt, child }: Opened<'_>,
) -> Result<Result<Ended, String>, ReadError> {
    let Some((header, entries)) = other(objects, &child.run)? else {
        return Ok(Err("it is not on the branch, or cannot be read".to_owned()));
    };
    let belongs = header.parent.as_ref().is_some_and(|parent| {
        (&parent.run, &parent.step, parent.attempt) == (case.folder.run, step, attempt)
    });
    if !belongs {
        return Ok(Err("it does not say that it belongs here".to_owned()));
    }
    let mut plans = std::iter::once(&case.plan).chain(case.plans.values());
    let same = plans.any(|plan| {
        plan.children.get(&child.path).is_some_and(|pinned| {
            (pinned.runbook, digest(&document::to_bytes(&pinned.plan)))
                == (header.runbook.digest, header.plan)
        })
    });
    if !same {
        return Ok(Err("it is of another runbook than the plan pins".to_owned()));
    }
    let ended = entries.into_iter().find_map(|entry| {
        let Event::RunClosed { result, outputs, .. } = entry.event else { return None };
        Some(Ended { result, outputs })
    });
    Ok(ended.ok_or_else(|| "it did not end".to_owned()))
}

/// A run that says it is part of another must be one that the other opened.
fn check_parent(
    objects: &dyn Objects,
    case: &Case<'_>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let Some(parent) = &case.header.parent else { return Ok(()) };
    let entries = other(objects, &parent.run)?.map_or_else(Vec::new, |(_, entries)| entries);
    let opened = entries.iter().any(|entry| {
        matches!(&entry.event, Event::ChildStarted { step, attempt, child }
            if (step, *attempt, &child.run) == (&parent.step, parent.attempt, case.folder.run))
    });
    if !opened {
        let message = format!("run {} does not say that it opened this one", parent.run);
        report.find(ids::CHILD, Some(case.folder.run), layout::RUN, message);
    }
    Ok(())
}

/// Another run of the branch, as far as its chain goes; `None` if it is not there. It is verified
/// on its own.
fn other(objects: &dyn Objects, run: &RunId) -> Result<Option<(Header, Vec<Entry>)>, ReadError> {
    let bytes = |name: &str, bytes_max| match objects.entry(&format!("{}/{name}", run.folder()))? {
        Some(entry) => objects.blob(&entry.kept.oid, bytes_max).map(Some),
        None => Ok(None),
    };
    let run_json = bytes(layout::RUN, EVIDENCE_FILE_BYTES_MAX)?;
    let journal = bytes(layout::JOURNAL, JOURNAL_BYTES_MAX)?;
    Ok(run_json.zip(journal).and_then(|(run_json, journal)| {
        let header = document::from_bytes(&run_json).ok()?;
        Some((header, chain::scan(run, &run_json, &journal).0))
    }))
}
