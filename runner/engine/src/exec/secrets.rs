//! The secrets of one run in this process: fetched when a command needs them, masked from then on
//! in all that the run prints.
//!
//! Values are fetched anew for each attempt, so that one changed meanwhile is the new one. What
//! was ever seen stays masked for as long as the process lives.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hardstop_core::{
    event::Cause,
    ids::RunId,
    limits::{SECRET_BYTES_MAX, SECRET_BYTES_MIN, SECRET_TIMEOUT},
    model::Secret,
    view::describe,
};
use hardstop_evidence::redact;
use hardstop_ports::secrets::{SecretError, SecretValue, Secrets};
use tokio::{sync::watch, time::Instant};

use super::{
    Exec, Stop, cause,
    child::{self, Limits},
    stream::Stream,
};

/// The secrets that this process has seen of one run, and where more come from.
pub struct Keyring {
    source: Box<dyn Secrets>,
    /// Names and values.
    seen: Mutex<BTreeSet<(String, String)>>,
    masks: watch::Sender<redact::Secrets>,
}

impl Keyring {
    /// Has seen none.
    pub fn new(source: impl Secrets + 'static) -> Self {
        let masks = watch::Sender::new(redact::Secrets::default());
        Self { source: Box::new(source), seen: Mutex::default(), masks }
    }

    /// All that is to be masked, now and whenever more becomes known.
    pub fn masks(&self) -> watch::Receiver<redact::Secrets> {
        self.masks.subscribe()
    }

    /// Takes in those of `declared` that can be had without executing anything: a command may
    /// find them where we do. What cannot be had is nothing to mask.
    pub fn look(&self, declared: &BTreeMap<String, Secret>) {
        for (name, source) in declared {
            drop(self.read(name, source));
        }
    }

    fn read(&self, name: &str, source: &Secret) -> Result<SecretValue, SecretError> {
        let read = match source {
            Secret::Env(variable) => self.source.variable(variable),
            Secret::File(path) => self.source.file(Path::new(path)).map(without_line_break),
            Secret::Command(_) => Err("only a command can tell it".to_owned()),
        };
        match read {
            Ok(value) => self.take_in(name, value),
            Err(reason) => Err(SecretError { name: name.to_owned(), reason }),
        }
    }

    /// Makes a value known, so that it is masked before anybody gets it.
    fn take_in(&self, name: &str, value: String) -> Result<SecretValue, SecretError> {
        let refuse = |reason: String| Err(SecretError { name: name.to_owned(), reason });
        if value.is_empty() {
            return refuse("it is empty".to_owned());
        }
        // Line breaks do not count: text is searched as if it had none.
        if value.bytes().filter(|byte| !b"\r\n".contains(byte)).count() < SECRET_BYTES_MIN {
            return refuse(format!(
                "it has fewer than {SECRET_BYTES_MIN} bytes; one that short cannot be told from \
                 ordinary text, so it could not be masked: use a longer one"
            ));
        }
        if value.len() > SECRET_BYTES_MAX {
            return refuse(format!("it has more than {SECRET_BYTES_MAX} bytes"));
        }
        if value.contains('\0') {
            return refuse("it holds a zero byte, which no command could be given".to_owned());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = (name.to_owned(), value.clone());
        if !seen.contains(&known) {
            let pairs = seen.iter().chain([&known]).map(|(name, value)| (&**name, &**value));
            match redact::Secrets::new(pairs) {
                Ok(masks) => drop(self.masks.send_replace(masks)),
                Err(error) => return refuse(format!("it cannot be masked: {error}")),
            }
            seen.insert(known);
        }
        Ok(SecretValue::new(value))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyring").field(&*self.masks.borrow()).finish()
    }
}

/// For whom a secret is fetched.
#[derive(Clone, Debug)]
pub struct Need<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The secret must be there at this instant.
    pub deadline: Instant,
    /// Becomes `Some` when nobody needs it any more.
    pub stop: watch::Receiver<Option<Stop>>,
}

impl Exec {
    /// Fetches a secret. From here on it is masked.
    ///
    /// # Errors
    ///
    /// [`Cause::NotStarted`] or [`Cause::NotGranted`]: which secret, and why there is none. Or why
    /// it is no longer needed.
    pub async fn secret(
        &self,
        name: &str,
        source: &Secret,
        need: Need<'_>,
    ) -> Result<SecretValue, Cause> {
        let unavailable = |error: SecretError| cause::not_started(error.to_string());
        let argv = match source {
            Secret::Env(_) | Secret::File(_) => {
                return self.secrets.read(name, source).map_err(unavailable);
            }
            Secret::Command(argv) => argv,
        };
        let program = argv.first().map_or("", |program| program);
        let refuse = |reason| unavailable(SecretError { name: name.to_owned(), reason });
        match self.ask(argv, need).await {
            Ok(printed) => self.secrets.take_in(name, printed).map_err(unavailable),
            Err(Failure::Stopped(cause)) => Err(cause),
            Err(Failure::Command(Cause::NotGranted { message })) => {
                Err(cause::not_granted(format!("secret `{name}` is not available: {message}")))
            }
            Err(Failure::Command(why)) => Err(refuse(format!("`{program}` {}", describe(&why)))),
            Err(Failure::Printed(what)) => Err(refuse(format!("what `{program}` prints {what}"))),
        }
    }

    /// What a command prints to standard output. Nothing of it is kept, nor of the rest.
    async fn ask(&self, argv: &[String], need: Need<'_>) -> Result<String, Failure> {
        let places = self.places().map_err(Failure::Command)?;
        let invocation = self.asking(argv, &places).map_err(Failure::Command)?;
        let mut environment = self.inherited.clone();
        environment.insert("TERM".into(), "dumb".into());
        environment.insert("NO_COLOR".into(), "1".into());
        environment.insert("HARDSTOP_RUN".into(), need.run.to_string().into());
        let soon = Instant::now() + Duration::from_millis(SECRET_TIMEOUT.0);
        let deadline = soon.min(need.deadline);
        let limits = Limits { deadline, grace: self.grace, stop: need.stop };
        let (mut stdout, mut stderr) = (Stream::new(None, None), Stream::new(None, None));
        match child::follow(&invocation, environment, limits, &mut stdout, &mut stderr).await {
            Ok(()) => {}
            Err(cause @ (Cause::Aborted | Cause::Interrupted)) => {
                return Err(Failure::Stopped(cause));
            }
            Err(cause) => return Err(Failure::Command(cause)),
        }
        let printed = stdout.finish();
        if printed.original_bytes > SECRET_BYTES_MAX as u64 + 2 {
            return Err(Failure::Printed("is too long for a secret"));
        }
        let text = String::from_utf8(printed.bytes);
        text.map(without_line_break).map_err(|_| Failure::Printed("is not UTF-8"))
    }
}

/// Why a command gave no secret.
enum Failure {
    /// Nobody needs it any more.
    Stopped(Cause),
    /// The command did not do its work.
    Command(Cause),
    /// What it printed cannot be one; follows that in a sentence.
    Printed(&'static str),
}

fn without_line_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}
