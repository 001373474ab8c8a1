//! What every verb of a person shares: take the run over, deliver, say what changed, give it back.
//!
//! No step starts here. Whoever says yes does not thereby run commands on their own machine.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use hardstop_core::{
    event::{Artifact, Event},
    exit::ExitCode,
    ids::{AttemptNo, RunId, StepId},
    input::Request,
    limits::{EVIDENCE_FILE_BYTES_MAX, TEXT_BYTES_MAX},
    policy::{Actor, Channel},
    run::{Refusal, RunState, StepState, decided},
};
use hardstop_engine::{
    documents::{sanitise::line, sentence},
    driver::DriveError,
    transition::Attachment,
};
use hardstop_evidence::{digest, keys::check_own, layout, redact::scan};

use crate::{
    error::CliError,
    identity,
    output::{DeliveredView, Printer, RunView, TEXT_MAX, note},
    secrets::held_in,
    ui::{plain, request},
    wire::{Evidence, Machine, RunDriver, Site, block_on},
};

/// Delivers requests to a run and prints what they brought about.
///
/// * `requests`: made once the run is taken over, from where it stands then.
///
/// # Errors
///
/// If the run is held by another process, or a request is refused or does not count. Those before
/// it stand.
pub(super) fn deliver(
    out: &Printer,
    site: Site,
    run: &RunId,
    requests: impl FnOnce(&mut RunDriver) -> Result<Vec<Request>, CliError>,
) -> Result<ExitCode, CliError> {
    deliver_with(out, site, run, |driver| {
        Ok(requests(driver)?.into_iter().map(|request| (request, Vec::new())).collect())
    })
}

/// The same, each request with the files that come with it. They are kept if it is accepted.
///
/// # Errors
///
/// As [`deliver`].
pub(super) fn deliver_with(
    out: &Printer,
    site: Site,
    run: &RunId,
    requests: impl FnOnce(&mut RunDriver) -> Result<Vec<(Request, Vec<Attachment>)>, CliError>,
) -> Result<ExitCode, CliError> {
    let actor = identity::actor(&site.repo, Channel::Cli)?;
    let machine = site.machine()?;
    let files = machine.site.live.open(run)?;
    let done = block_on(async {
        let mut driver = machine.take_over(files, None).await?;
        plain::tell("", driver.state(), plain::taken_over(driver.entries()));
        let delivered: Result<Vec<Event>, CliError> = async {
            let mut recorded = Vec::new();
            for (request, handed) in requests(&mut driver)? {
                let code = code(&request);
                let paths: Vec<String> = handed.iter().map(|file| file.path.clone()).collect();
                let (actor, request) = assured(&machine, run, actor.clone(), request);
                let entries = driver.deliver_with(actor, request, handed).await;
                let entries = entries.map_err(|error| refused(run, error))?;
                let named = || entries.iter().flat_map(|entry| entry.event.artifacts());
                for path in paths.iter().filter(|path| named().any(|kept| kept.path == **path)) {
                    note(format!("kept as {path}"));
                }
                recorded.extend(entries.into_iter().map(|entry| entry.event));
                too_late(driver.state(), code.as_deref(), &recorded)?;
            }
            Ok(recorded)
        }
        .await;
        // Also after a refusal: taking the run over is recorded, and its files are ours to tidy.
        let view = driver.state().map(|state| RunView::of(&machine.site, state));
        let given_back = machine.give_back(driver, Evidence::from(&delivered));
        let delivered = delivered?;
        given_back.map(|()| (view, delivered))
    });
    let (view, recorded) = done?;
    for event in &recorded {
        if let Event::ApprovalRefused { reason, .. } = event {
            return Err(CliError::NotCounted { reason: reason.clone() });
        }
    }
    let Some(run) = view else { return Ok(ExitCode::Done) };
    let recorded = recorded.iter().map(|event| line(&sentence(event), TEXT_MAX)).collect();
    out.answer(&DeliveredView { run, recorded }, in_words)?;
    Ok(ExitCode::Done)
}

/// The code an answer is given with.
fn code(request: &Request) -> Option<String> {
    if let Request::Approve { code, .. } | Request::Reject { code, .. } = request {
        Some(code.clone())
    } else {
        None
    }
}

/// Looks at the signature of a yes. One that is the person's own lifts the level of what they say;
/// any other keeps the yes from counting, and the run records why.
fn assured(
    machine: &Machine,
    run: &RunId,
    mut actor: Actor,
    mut request: Request,
) -> (Actor, Request) {
    const OWN_SIGNATURE: u8 = 3;
    if let Request::Approve { code, signature: Some(signature), .. } = &mut request
        && let Some(person) = machine.policy.person(&actor.email)
        && let Some(file) = request::bytes(&machine.site, run, code)
        && let Ok(text) = signature
    {
        match check_own(&machine.policy, &person, &file, text) {
            Ok(()) => actor.level = OWN_SIGNATURE,
            Err(error) => *signature = Err(error.to_string()),
        }
    }
    (actor, request)
}

/// Tells somebody who answered too late what was decided.
fn too_late(
    state: Option<&RunState>,
    code: Option<&str>,
    recorded: &[Event],
) -> Result<(), CliError> {
    let late = matches!(recorded.last(), Some(Event::ApprovalLate { .. }));
    let reason = state.zip(code).filter(|_| late).and_then(|(state, code)| decided(state, code));
    reason.map_or(Ok(()), |reason| Err(CliError::NotCounted { reason }))
}

fn in_words(view: &DeliveredView) -> String {
    let mut text = String::new();
    for sentence in &view.recorded {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{sentence}");
    }
    if view.recorded.is_empty() {
        text.push_str("nothing changed: this was said before\n");
    }
    let _ = writeln!(text, "run {}: {}", view.run.short, view.run.status);
    if let Some(next) = view.run.next.first() {
        let _ = writeln!(text, "next: {next}");
    }
    text
}

fn refused(run: &RunId, error: DriveError) -> CliError {
    match error {
        DriveError::Refused(refusal) => CliError::Refused { refusal },
        source @ (DriveError::Session(_)
        | DriveError::Files(_)
        | DriveError::Evidence(_)
        | DriveError::Group(_)) => CliError::Drive { run: run.clone(), source },
    }
}

/// A step's address as typed.
///
/// # Errors
///
/// If it is none.
pub(super) fn step(typed: &str) -> Result<StepId, CliError> {
    typed.parse().map_err(|error| {
        CliError::usage(format!("{error}"), "`hardstop show <run>` lists the steps")
    })
}

/// The attempt of a step that did not succeed.
///
/// # Errors
///
/// If there is none to try again after.
pub(super) fn attempt(state: Option<&RunState>, step: &StepId) -> Result<AttemptNo, CliError> {
    let refuse = |refusal| Err(CliError::Refused { refusal });
    match state.and_then(|state| state.step(step)) {
        Some(StepState::Failed { attempt, .. } | StepState::Unknown { attempt }) => Ok(*attempt),
        Some(_) => refuse(Refusal::NotNow(format!("`{step}` has not failed"))),
        None => refuse(Refusal::UnknownStep(step.clone())),
    }
}

/// Something typed that will be evidence.
///
/// # Errors
///
/// If it is too long, or looks like a credential.
pub(super) fn text(what: &str, typed: &str) -> Result<String, CliError> {
    if typed.len() > TEXT_BYTES_MAX {
        return Err(CliError::usage(
            format!("{what} has {} bytes, more than {TEXT_BYTES_MAX}", typed.len()),
            "put the rest into a file and hand that in",
        ));
    }
    no_credential(what, typed.as_bytes())?;
    Ok(typed.to_owned())
}

/// A file that a person hands in.
pub(super) struct Handed {
    name: String,
    bytes: Vec<u8>,
}

/// Reads a file that will be evidence.
///
/// # Errors
///
/// If it is no plain file, too large, or looks as if it held a credential.
pub(super) fn file(path: &Path) -> Result<Handed, CliError> {
    let shown = path.display().to_string();
    let failed = |source| CliError::Path { path: shown.clone(), action: "cannot be read", source };
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(CliError::usage(format!("{shown} is no file"), "hand in a plain file"));
    }
    let mut bytes = Vec::new();
    let opened = File::open(path).map_err(failed)?;
    opened.take(EVIDENCE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > EVIDENCE_FILE_BYTES_MAX {
        return Err(CliError::usage(
            format!("{shown} has more than {EVIDENCE_FILE_BYTES_MAX} bytes"),
            "keep it elsewhere, and hand in its digest and where it is",
        ));
    }
    no_credential(&shown, &bytes)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Handed { name: name.unwrap_or_default(), bytes })
}

/// Evidence is for ever and for everybody, so what looks like a credential never becomes any.
fn no_credential(what: &str, bytes: &[u8]) -> Result<(), CliError> {
    match scan(bytes).first() {
        None => Ok(()),
        Some(found) => Err(CliError::usage(
            format!("{what} holds what looks like {} at byte {}", found.shape, found.offset),
            "take it out: evidence cannot be unsaid",
        )),
    }
}

/// Describes a file as the run is to keep it, under a name made of its content and its own name:
/// what is evidence already is never written over.
///
/// # Errors
///
/// If it holds a secret of the runbook.
pub(super) fn hand_in(
    state: Option<&RunState>,
    step: &StepId,
    handed: Handed,
) -> Result<(Artifact, Attachment), CliError> {
    const NAME_MAX: usize = 48;
    let Handed { name, bytes } = handed;
    let local = Site::open()?.secrets();
    if let Some(secret) = state.and_then(|state| held_in(local, state.plan(), &bytes)) {
        return Err(CliError::usage(
            format!("{name} holds the secret `{secret}`"),
            "take it out: evidence cannot be unsaid",
        ));
    }
    let plain = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => c,
        _ => '-',
    };
    let name: String = name.chars().map(plain).take(NAME_MAX).collect();
    // Two dots side by side stand in no path of the evidence.
    let name = name.replace("..", "--");
    let digest = digest(&bytes);
    let name = format!("files/{}-{}", digest.code(), name.trim_end_matches('.'));
    let attempt = match state.and_then(|state| state.step(step)) {
        Some(
            StepState::Ticking { attempt, .. }
            | StepState::Failed { attempt, .. }
            | StepState::Unknown { attempt },
        ) => *attempt,
        _ => AttemptNo::FIRST,
    };
    let path = layout::attempt_file(step, attempt, &name);
    let size_bytes = bytes.len() as u64;
    let artifact = Artifact {
        path: path.clone(),
        digest,
        size_bytes,
        original_bytes: size_bytes,
        redactions: 0,
        evidence: None,
    };
    Ok((artifact, Attachment { path, bytes }))
}
