//! What the scenario's world answers to an attempt.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Artifact, Cause},
    ids::{AttemptNo, StepId},
    input::Outcome,
    model::{Capture, Step, StepKind},
    value::Value,
};
use hardstop_evidence::{digest, layout};
use hardstop_runbook::scenario::{Answer, Scenario, Scripted};

use super::pattern::{fits, unkeyed};

/// The answers of a step: of its exact address, else of the step without its keys, else of the
/// first pattern that fits.
pub(super) fn scripted<'s>(scenario: &'s Scenario, address: &str) -> Option<&'s Scripted> {
    let exact = |wanted: &str| scenario.answers.iter().find(|it| it.pattern == wanted);
    exact(address)
        .or_else(|| exact(unkeyed(address)))
        .or_else(|| scenario.answers.iter().find(|it| fits(&it.pattern, address)))
}

/// The answer to the attempt of that number, from 0: the last is given again and again.
pub(super) fn nth(scripted: &Scripted, number: usize) -> &Answer {
    let last = scripted.answers.len() - 1;
    &scripted.answers[number.min(last)]
}

/// Whether the scenario answers for a whole run of another runbook, instead of having it played.
pub(super) fn answers_for_run(scenario: &Scenario, address: &str) -> bool {
    scripted(scenario, address).is_some_and(|it| unkeyed(&it.pattern) == unkeyed(address))
}

/// The outcome of an attempt that did what it was for.
///
/// # Errors
///
/// What is wrong with its outputs: the step could not have them.
pub(super) fn done(
    step: &Step,
    address: &StepId,
    attempt: AttemptNo,
    outputs: &BTreeMap<String, Value>,
) -> Result<Outcome, String> {
    if let StepKind::Run(run) = &step.kind {
        let declared: Vec<&str> = match &run.capture {
            Some(Capture::Json) => outputs.keys().map(String::as_str).collect(),
            Some(Capture::Patterns(patterns)) => patterns.keys().map(String::as_str).collect(),
            None => Vec::new(),
        };
        if let Some(odd) = outputs.keys().find(|name| !declared.contains(&name.as_str())) {
            return Err(format!("the step captures no output `{odd}`"));
        }
        if let Some(missing) = declared.iter().find(|name| !outputs.contains_key(**name)) {
            return Err(format!("the step captures `{missing}`, which the answer does not give"));
        }
    }
    let artifacts = step.evidence.iter().map(|file| {
        // What it holds is nobody's business; that it differs with each attempt is.
        let bytes = format!("{address}, attempt {attempt}: {outputs:?}\n");
        artifact(address, attempt, &file.id, Some(&file.id), bytes.as_bytes())
    });
    Ok(Outcome::Succeeded { outputs: outputs.clone(), artifacts: artifacts.collect() })
}

/// The cause that a text of the scenario means.
pub(super) fn cause(text: &str) -> Cause {
    let code = text.strip_prefix("exit ").and_then(|code| code.trim().parse().ok());
    let signal = text.strip_prefix("signal ").and_then(|signal| signal.trim().parse().ok());
    match (code, signal) {
        (Some(code), _) => Cause::Exit { code },
        (None, Some(signal)) => Cause::Signal { signal },
        (None, None) if text == "timed out" => Cause::TimedOut,
        (None, None) => Cause::action(text.to_owned()),
    }
}

pub(super) fn failed(cause: Cause) -> Outcome {
    Outcome::Failed { cause, artifacts: Vec::new() }
}

/// A file as an event describes it.
pub(super) fn artifact(
    step: &StepId,
    attempt: AttemptNo,
    name: &str,
    evidence: Option<&str>,
    bytes: &[u8],
) -> Artifact {
    let size_bytes = bytes.len() as u64;
    Artifact {
        path: layout::attempt_file(step, attempt, &format!("files/{name}")),
        digest: digest(bytes),
        size_bytes,
        original_bytes: size_bytes,
        redactions: 0,
        evidence: evidence.map(str::to_owned),
    }
}
