//! From a mark to the files of its run: whose run it is, of which runbook and with which inputs.

use std::collections::BTreeMap;

use hardstop_core::{
    header::TriggerKind,
    ids::RunbookId,
    policy::{Actor, Channel},
    value::Value,
};
use hardstop_git::Source;
use hardstop_journal::{Mark, OpenError};
use hardstop_runbook::{RunRequest, RunbookRef};

use super::record::Record;
use crate::{
    begin::{self, Draft},
    error::CliError,
    identity, inputs, report,
    wire::{CONFIG, Machine, Site},
};

/// Runbooks among which one is looked for by its id.
const RUNBOOKS_MAX: usize = 2_000;
/// Where they lie.
const RUNBOOKS: &str = "runbooks";

/// What a mark asks for.
struct Asked {
    runbook: RunbookRef,
    inputs: BTreeMap<String, Value>,
    email: Option<String>,
    /// Recorded as the source of the inputs.
    by: String,
}

/// The run that a mark asks for, everything about it checked but the policy.
///
/// # Errors
///
/// If it cannot be had; [`is_passing`] tells whether to try again.
pub(super) fn draft(
    machine: &Machine,
    record: &Record<'_>,
    mark: &Mark,
) -> Result<(Draft, Actor), CliError> {
    let site = &machine.site;
    let asked = asked(machine, record, mark)?;
    let actor = match asked.email {
        Some(email) => Actor { email, via: Channel::Trigger, level: identity::LEVEL },
        None if machine.policy.is_solo() => identity::actor(&site.repo, Channel::Trigger)?,
        None => {
            return Err(CliError::usage(
                format!("nobody is named whose runs those of `{}` are", mark.trigger.id),
                format!("in {CONFIG}, add `as:` with the e-mail address of a person of the policy"),
            ));
        }
    };
    let source = committed(site, &asked.runbook)?;
    let settle = |plan: &_| inputs::settled(plan, &asked.inputs, &asked.by);
    Ok((begin::draft(site, source, settle)?, actor))
}

fn asked(machine: &Machine, record: &Record<'_>, mark: &Mark) -> Result<Asked, CliError> {
    let (id, triggers) = (&mark.trigger.id, &machine.config.triggers);
    let gone = || CliError::usage(format!("there is no trigger `{id}` any more"), "put it back");
    let source = mark.source.as_deref().unwrap_or_default();
    match mark.trigger.kind {
        TriggerKind::Schedule => {
            let it = triggers.schedules.iter().find(|it| it.id == *id).ok_or_else(gone)?;
            Ok(Asked {
                runbook: it.runbook.clone(),
                inputs: it.inputs.clone(),
                email: it.actor.clone(),
                by: format!("schedule {id}"),
            })
        }
        TriggerKind::After => {
            let it = triggers.after.iter().find(|it| it.id == *id).ok_or_else(gone)?;
            let run = source.parse().map_err(|_| gone())?;
            let outputs = record.outputs(&run)?;
            let inputs = it.inputs_from(&outputs).map_err(|why| {
                CliError::usage(why, format!("give it to the `outputs:` of `{}`", it.after))
            })?;
            let initiator = record.header(&run)?.map(|header| header.initiator.actor.email);
            let email = it.actor.clone().or(initiator);
            Ok(Asked { runbook: it.runbook.clone(), inputs, email, by: format!("run {run}") })
        }
        TriggerKind::Request => {
            let gone = || CliError::usage("the request was changed or removed", "merge it again");
            let brought = machine.site.repo.brought(id)?.ok_or_else(gone)?;
            if machine.site.repo.source(id)?.blob.as_deref() != Some(source) {
                return Err(gone());
            }
            let RunRequest { runbook, inputs, .. } = request(&machine.site, id)?;
            Ok(Asked { runbook, inputs, email: Some(brought.author), by: format!("request {id}") })
        }
        // A key given by hand is opened by the command that gives it.
        TriggerKind::Key => Err(gone()),
    }
}

/// The request at `path`, as it is committed.
///
/// # Errors
///
/// If it is wrong, or cannot be read.
pub(super) fn request(site: &Site, path: &str) -> Result<RunRequest, CliError> {
    let text = begin::text(&Source { on_disk: None, ..site.repo.source(path)? })?;
    hardstop_runbook::request(path, &text).map_err(|wrong| CliError::Invalid(Box::new(wrong)))
}

/// The committed file of a runbook. What lies in the work tree does not count: nobody is there to
/// see that it is a draft.
fn committed(site: &Site, runbook: &RunbookRef) -> Result<Source, CliError> {
    let path = match runbook {
        RunbookRef::Path(path) => path.clone(),
        RunbookRef::Id(id) => by_id(site, id)?,
    };
    Ok(Source { on_disk: None, ..site.repo.source(&path)? })
}

fn by_id(site: &Site, id: &RunbookId) -> Result<String, CliError> {
    let mut found = Vec::new();
    for file in site.repo.yaml_files(RUNBOOKS, RUNBOOKS_MAX)? {
        let text = site.repo.source(&file.path)?.committed.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let value = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key))?;
            Some(value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']))
        };
        if value("kind:") == Some("Runbook") && value("id:") == Some(id.as_str()) {
            found.push(file.path);
        }
    }
    match (found.pop(), found.pop()) {
        (Some(path), None) => Ok(path),
        (Some(one), Some(other)) => Err(CliError::usage(
            format!("{one} and {other} are both `{id}`"),
            "name the runbook by its path",
        )),
        (None, _) => Err(CliError::usage(
            format!("there is no runbook `{id}` in `{RUNBOOKS}/`"),
            "name it by its path from the top of the repository",
        )),
    }
}

/// Whether what went wrong may go away by itself, so that it is tried again.
pub(super) fn is_passing(error: &CliError) -> bool {
    match error {
        CliError::Files(_)
        | CliError::Locks(_)
        | CliError::Key(_)
        | CliError::Evidence(_)
        | CliError::Output(_)
        | CliError::System { .. }
        | CliError::Open(
            OpenError::Storage(_) | OpenError::Held { .. } | OpenError::Missing { .. },
        ) => true,
        CliError::Usage { .. }
        | CliError::Invalid(_)
        | CliError::Path { .. }
        | CliError::Repo(_)
        | CliError::Open(OpenError::Exists { .. })
        | CliError::Replay { .. }
        | CliError::Drive { .. }
        | CliError::Refused { .. }
        | CliError::NotCounted { .. } => false,
    }
}

/// What went wrong and what to do, on one line.
pub(super) fn reason(error: &CliError) -> String {
    if let CliError::Invalid(wrong) = error {
        let problem = |it: hardstop_runbook::Finding| {
            let help = it.help.map_or_else(String::new, |help| format!(" ({help})"));
            format!("line {}: {}{help}", it.line, it.message)
        };
        let problems: Vec<String> = wrong.findings().into_iter().take(3).map(problem).collect();
        return format!("{wrong}: {}", problems.join("; "));
    }
    let text = report::text(error);
    let lines = text.lines().map(|line| line.trim().trim_start_matches("error: "));
    lines.collect::<Vec<_>>().join("; ")
}
