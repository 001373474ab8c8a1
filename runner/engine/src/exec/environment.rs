//! The environment a command sees: made for it, not handed down.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use hardstop_core::event::{Cause, EnvValue};
use hardstop_evidence::redact::Secrets;
use hardstop_ports::secrets::{SecretError, SecretValue};

use super::{Attempt, Exec, cause, program::Places};

/// What commands get from the runner's own environment. Nothing here may carry a secret.
/// The `GIT_` names say where git finds its settings; those that would point it at another
/// repository (`GIT_DIR` and its like, set inside hooks) must not be here.
const INHERITED: [&str; 13] = [
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "HOME",
    "LANG",
    "LOGNAME",
    "PATH",
    "SHELL",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "TZ",
    "USER",
    "XDG_CONFIG_HOME",
];

/// The part of the runner's own environment that commands inherit: `PATH`, `HOME`, the locale and
/// a few more, and the names in `more` that the configuration adds.
///
/// * `parent`: the runner's environment, as `std::env::vars_os` gives it.
pub fn inherited(
    parent: impl IntoIterator<Item = (OsString, OsString)>,
    more: &[String],
) -> BTreeMap<OsString, OsString> {
    let wanted = |name: &OsStr| {
        name.to_str().is_some_and(|name| {
            INHERITED.contains(&name) || name.starts_with("LC_") || more.iter().any(|m| m == name)
        })
    };
    parent.into_iter().filter(|(name, _)| wanted(name)).collect()
}

/// The secrets of a run that can be had now, by the runbook's name for them.
pub(super) type Fetched = BTreeMap<String, Result<SecretValue, SecretError>>;

/// The secrets at hand, ready to be masked; none if there are none.
///
/// # Errors
///
/// A cause if they cannot be masked: the command must not start.
pub(super) fn known(fetched: &Fetched) -> Result<Option<Secrets>, Cause> {
    let mut known = fetched
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_ref().ok()?.expose())))
        .peekable();
    if known.peek().is_none() {
        return Ok(None);
    }
    Secrets::new(known)
        .map(Some)
        .map_err(|error| cause::not_started(format!("the secrets cannot be masked: {error}")))
}

impl Exec {
    /// Fetches every secret the runbook declares: those the command does not get are masked in
    /// its output all the same, for it may find them elsewhere.
    pub(super) fn fetch(&self, attempt: &Attempt<'_>) -> Fetched {
        let fetch = |(name, source)| (String::clone(name), self.secrets.fetch(name, source));
        attempt.secrets.iter().map(fetch).collect()
    }

    /// The whole environment of an attempt: inherited, then the step's own, then ours.
    ///
    /// Ours come last because [`reap`](super::reap) and the programs a step calls rely on them.
    ///
    /// # Errors
    ///
    /// A cause if a name cannot stand in an environment or a secret cannot be had.
    pub(super) fn environment(
        &self,
        attempt: &Attempt<'_>,
        fetched: &Fetched,
        places: &Places,
    ) -> Result<BTreeMap<OsString, OsString>, Cause> {
        let mut environment = self.inherited.clone();
        environment.insert("TERM".into(), "dumb".into());
        environment.insert("NO_COLOR".into(), "1".into());
        for (name, value) in &attempt.command.env {
            if name.is_empty() || name.contains(['=', '\0']) {
                let problem = format!("`{name}` cannot be the name of an environment variable");
                return Err(cause::not_started(problem));
            }
            environment.insert(name.into(), text(name, value, fetched)?.into());
        }
        let Attempt { run, step, attempt: no, .. } = attempt;
        for (name, value) in [
            ("HARDSTOP_RUN", run.to_string()),
            ("HARDSTOP_STEP", step.to_string()),
            ("HARDSTOP_ATTEMPT", no.to_string()),
            ("HARDSTOP_IDEMPOTENCY_KEY", format!("{run}/{step}/{no}")),
        ] {
            environment.insert(name.into(), value.into());
        }
        environment.insert("HARDSTOP_WORKSPACE".into(), places.workspace.clone().into());
        environment.insert("HARDSTOP_REPOSITORY".into(), places.repository.clone().into());
        Ok(environment)
    }
}

fn text<'a>(variable: &str, value: &'a EnvValue, fetched: &'a Fetched) -> Result<&'a str, Cause> {
    match value {
        EnvValue::Text(text) => Ok(text),
        EnvValue::Secret(secret) => match fetched.get(secret) {
            Some(Ok(value)) => Ok(value.expose()),
            Some(Err(error)) => Err(cause::not_started(format!(
                "environment variable `{variable}` cannot be set: {error}"
            ))),
            None => Err(cause::not_started(format!(
                "environment variable `{variable}` needs the secret `{secret}`, which the runbook \
                 does not declare"
            ))),
        },
    }
}
