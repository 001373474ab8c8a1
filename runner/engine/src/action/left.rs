//! What a call left, as evidence; what it answered, as an outcome.

use std::{collections::BTreeMap, time::Duration};

use hardstop_core::{
    event::{Artifact, Call, Cause, Pending},
    input::Outcome,
    limits::{CALL_STATE_BYTES_MAX, OUTPUTS_BYTES_MAX, TEXT_BYTES_MAX},
    model::{EvidenceFile, Uses},
    time::{Millis, Timestamp},
    value::Value,
};
use hardstop_evidence::{
    layout,
    redact::{Finding, scan},
};
use hardstop_ports::plugin::{Answer, Ended, Failure, Output, Target};

use crate::exec::{Attempt, Collected, Exec, Performed, suspicious};

/// What is asked again and again is left alone for at least this part of the time it has taken. So
/// what calls each of its answers a checkpoint is asked some thousand times in six hours.
const RARER: u32 = 100;
/// And, unless it is a checkpoint, for this long.
const POLL_MIN: Duration = Duration::from_secs(1);

/// What the calls of one leg have left so far.
pub(super) struct Left<'a> {
    files: Collected,
    requests: Vec<u8>,
    printed: Vec<u8>,
    /// The declared evidence, and the name each goes by.
    declared: &'a [EvidenceFile],
    names: &'a [String],
    /// Why something of it could not be kept.
    fault: Option<Cause>,
}

impl<'a> Left<'a> {
    pub(super) fn new(exec: &Exec, attempt: &Attempt<'a, Uses, Call>) -> Self {
        let masks = Some(exec.secrets.masks());
        let files = Collected::new((attempt.step, attempt.attempt), masks, &exec.workspace);
        let (declared, names) = (attempt.evidence, attempt.work.evidence.as_slice());
        let (requests, printed) = (Vec::new(), Vec::new());
        Self { files, requests, printed, declared, names, fault: None }
    }

    /// Takes what a call left, and gives what it answered.
    pub(super) fn collect(&mut self, ended: Ended) -> Answer {
        let Ended { answer, artifacts, requests, printed } = ended;
        for request in requests {
            // Numbers, digests and texts: nothing in it can fail to be JSON.
            if let Ok(mut line) = serde_json::to_vec(&request) {
                line.push(b'\n');
                self.requests.extend(line);
            }
        }
        self.printed.extend(printed);
        for (name, bytes) in artifacts {
            let mut declared = self.declared.iter().zip(self.names);
            // What the runner writes itself under that name is another file.
            let wanted = declared.find(|(it, wanted)| **wanted == name && it.content.is_none());
            match wanted.map(|(file, _)| file) {
                Some(EvidenceFile { id, max_bytes, .. }) if bytes.len() as u64 > *max_bytes => {
                    let message = format!(
                        "evidence `{id}`: the artifact `{name}` is larger than the {max_bytes} bytes \
                         allowed"
                    );
                    self.fault.get_or_insert(Cause::Evidence { message });
                }
                Some(file) => {
                    let id = file.id.clone();
                    self.keep(&format!("files/{id}"), Some(&id), bytes);
                }
                None => self.keep(&format!("artifacts/{name}"), None, bytes),
            }
        }
        answer
    }

    fn keep(&mut self, name: &str, evidence: Option<&str>, bytes: Vec<u8>) {
        // A host keeps to the contract; evidence does not depend on it.
        if let Err(error) = layout::check(&format!("steps/a/1/{name}")) {
            let cause = broken("plugin_output", format!("the artifact `{name}`: {error}"));
            self.fault.get_or_insert(cause);
            return;
        }
        if let Err(cause) = self.files.bytes(name, evidence, bytes) {
            self.fault.get_or_insert(cause);
        }
    }

    /// What the first leg, or a later one, came to.
    pub(super) fn went(mut self, ended: Ended, since: Duration, now: Timestamp) -> Performed {
        match self.collect(ended) {
            Answer::Done(output) => self.done(output),
            Answer::Pending(pending) => self.goes_on(pending, since, now),
            Answer::Failed(failure) => self.failed(failure),
            Answer::NotStarted | Answer::Over(_) | Answer::CannotTell(_) | Answer::Cancelled => {
                self.end(Err(broken("plugin_contract", "it answered another question".to_owned())))
            }
        }
    }

    /// What looking for it came to.
    pub(super) fn found(mut self, ended: Ended, since: Duration, now: Timestamp) -> Performed {
        let message = match self.collect(ended) {
            Answer::Done(output) => return self.done(output),
            Answer::Pending(pending) => return self.goes_on(pending, since, now),
            Answer::Over(failure) => return self.failed(failure),
            Answer::Failed(failure) => format!("{}: {}", failure.code, failure.message),
            Answer::NotStarted => return self.tell(|artifacts| Outcome::NotStarted { artifacts }),
            Answer::CannotTell(why) => why,
            Answer::Cancelled => "it answered another question".to_owned(),
        };
        let message = self.text(&message);
        self.tell(|artifacts| Outcome::CannotTell { message, artifacts })
    }

    /// It was ended, or was to be: either way that is why it is over.
    pub(super) fn ended(mut self, ended: Ended, cause: Cause) -> Performed {
        if let Answer::Failed(Failure { code, message, .. }) = self.collect(ended) {
            let line = format!("hardstop: it could not be ended: {code}: {message}\n");
            self.printed.extend(line.into_bytes());
        }
        self.end(Err(cause))
    }

    fn done(mut self, output: Output) -> Performed {
        let Output { value, link, targets } = output;
        if let Some(link) = link {
            self.keep("link.txt", None, format!("{link}\n").into_bytes());
        }
        let verdict = self.targets(&targets);
        let outputs = verdict.and_then(|()| self.outputs(&value));
        let missing = self.missing();
        self.end(outputs.and_then(|outputs| missing.map_or(Ok(outputs), Err)))
    }

    /// An action that fans out by itself did not succeed unless all of its targets did.
    fn targets(&mut self, targets: &[Target]) -> Result<(), Cause> {
        if targets.is_empty() {
            return Ok(());
        }
        let listed = serde_json::to_vec_pretty(targets).unwrap_or_default();
        self.keep("targets.json", None, listed);
        let bad: Vec<&str> =
            targets.iter().filter(|target| !target.ok).map(|target| &*target.name).collect();
        if bad.is_empty() {
            return Ok(());
        }
        let (failed, all) = (bad.len(), targets.len());
        let message = self.text(&format!("{failed} of {all} targets failed: {}", bad.join(", ")));
        let code = Some("targets_failed".to_owned());
        Err(Cause::Action { message, code, permanent: false, retry_after: None })
    }

    fn outputs(&self, value: &str) -> Result<BTreeMap<String, Value>, Cause> {
        let broken = |why| broken("plugin_output", why);
        let outputs = match serde_json::from_str(&self.files.masked(value)) {
            Ok(Value::Map(outputs)) => self.files.masked_outputs(outputs),
            Ok(_) => return Err(broken("its output is no object".to_owned())),
            Err(error) => return Err(broken(format!("its output: {error}"))),
        };
        let json = serde_json::to_vec(&outputs).map_err(|error| broken(error.to_string()))?;
        if json.len() > OUTPUTS_BYTES_MAX {
            return Err(broken(format!("its output has more than {OUTPUTS_BYTES_MAX} bytes")));
        }
        suspicious("its output", &json).map_or(Ok(outputs), Err)
    }

    /// Why the declared evidence is not all there, if it is not.
    fn missing(&self) -> Option<Cause> {
        let wanted = self.declared.iter().zip(self.names);
        let mut wanted = wanted.filter(|(file, _)| file.required && file.content.is_none());
        let is_left = |file: &EvidenceFile| self.files.holds(&file.id);
        let (file, name) = wanted.find(|(file, _)| !is_left(file))?;
        let message = format!(
            "evidence `{}` is missing: the action was to leave the artifact `{name}`",
            file.id
        );
        Some(Cause::Evidence { message })
    }

    fn goes_on(
        mut self,
        pending: hardstop_ports::plugin::Pending,
        since: Duration,
        now: Timestamp,
    ) -> Performed {
        let state = pending.state;
        if state.len() > CALL_STATE_BYTES_MAX {
            let why = format!("its state has more than {CALL_STATE_BYTES_MAX} bytes");
            return self.end(Err(broken("plugin_output", why)));
        }
        // Masked it would be another state.
        if self.files.masked(&state) != state {
            let why = "its state holds a secret, and is kept as evidence".to_owned();
            return self.end(Err(broken("plugin_output", why)));
        }
        if let Some(cause) = suspicious("its state", state.as_bytes()) {
            return self.end(Err(cause));
        }
        let least = if pending.poll_after.is_zero() { Duration::ZERO } else { POLL_MIN };
        let after = pending.poll_after.max(least).max(since / RARER);
        let poll_at = now.plus(Millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)));
        let line = |text: String| self.text(text.lines().next().unwrap_or_default());
        let (note, link) = (pending.note.map(line), pending.link.map(line));
        if let Some(fault) = self.fault.take() {
            return self.end(Err(fault));
        }
        let pending = Pending { state, poll_at, note, link };
        self.tell(|artifacts| Outcome::Pending { pending, artifacts })
    }

    fn failed(mut self, failure: Failure) -> Performed {
        let Failure { code, message, retryable, retry_after, details } = failure;
        if let Some(details) = details {
            self.keep("details.json", None, details.into_bytes());
        }
        let millis = |time: Duration| Millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let cause = Cause::Action {
            message: self.text(&message),
            code: Some(code),
            permanent: !retryable,
            retry_after: retry_after.map(millis),
        };
        self.end(Err(cause))
    }

    /// Words for the journal: secrets masked, no more than fits on a page, and none that look like a
    /// credential, which could not be taken back.
    fn text(&self, text: &str) -> String {
        let mut text = self.files.masked(text);
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        match scan(text.as_bytes()).first() {
            None => text,
            Some(Finding { shape, .. }) => {
                format!("withheld: what it said looked as if it held {shape}")
            }
        }
    }

    fn end(mut self, result: Result<BTreeMap<String, Value>, Cause>) -> Performed {
        let result = match self.fault.take() {
            // What keeps evidence from being kept fails a step that went well.
            Some(fault) => result.and(Err(fault)),
            None => result,
        };
        self.tell(|artifacts| match result {
            Ok(outputs) => Outcome::Succeeded { outputs, artifacts },
            Err(cause) => Outcome::Failed { cause, artifacts },
        })
    }

    fn tell(mut self, outcome: impl FnOnce(Vec<Artifact>) -> Outcome) -> Performed {
        let requests = std::mem::take(&mut self.requests);
        let printed = std::mem::take(&mut self.printed);
        for (name, bytes) in [("requests.jsonl", requests), ("printed.log", printed)] {
            if !bytes.is_empty() {
                self.keep(name, None, bytes);
            }
        }
        let Collected { artifacts, files, .. } = self.files;
        Performed { outcome: outcome(artifacts), files }
    }
}

/// A plugin that does not keep to its contract: trying again cannot help.
fn broken(code: &str, message: String) -> Cause {
    let code = Some(code.to_owned());
    Cause::Action { message, code, permanent: true, retry_after: None }
}
