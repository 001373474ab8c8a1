//! The environment a command sees: made for it, not handed down.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use hardstop_core::event::{Cause, EnvValue};
use hardstop_ports::secrets::SecretValue;
use tokio::time::Instant;

use super::{Attempt, Exec, cause, program::Places, secrets::Need};

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

impl Exec {
    /// The whole environment of an attempt: inherited, then the step's own, then ours.
    ///
    /// Ours come last because [`reap`](super::reap) and the programs a step calls rely on them.
    ///
    /// * `deadline`: the secrets must be there at this instant.
    ///
    /// # Errors
    ///
    /// A cause if a name cannot stand in an environment or a secret cannot be had.
    pub(super) async fn environment(
        &self,
        attempt: &Attempt<'_>,
        places: &Places,
        deadline: Instant,
    ) -> Result<BTreeMap<OsString, OsString>, Cause> {
        let fetched = self.fetch(attempt, deadline).await?;
        let mut environment = self.inherited.clone();
        environment.insert("TERM".into(), "dumb".into());
        environment.insert("NO_COLOR".into(), "1".into());
        for (name, value) in &attempt.work.env {
            if name.is_empty() || name.contains(['=', '\0']) {
                let problem = format!("`{name}` cannot be the name of an environment variable");
                return Err(cause::not_started(problem));
            }
            environment.insert(name.into(), text(name, value, &fetched)?.into());
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

    /// Fetches the secrets that the command gets, each once, by the runbook's name for them.
    async fn fetch(
        &self,
        attempt: &Attempt<'_>,
        deadline: Instant,
    ) -> Result<BTreeMap<String, SecretValue>, Cause> {
        // Those it does not get are masked all the same, for it may find them elsewhere.
        self.secrets.look(attempt.secrets);
        let mut fetched = BTreeMap::new();
        for value in attempt.work.env.values() {
            let EnvValue::Secret(name) = value else { continue };
            let Some(source) = attempt.secrets.get(name).filter(|_| !fetched.contains_key(name))
            else {
                continue;
            };
            let need = Need { run: attempt.run, deadline, stop: attempt.stop.clone() };
            fetched.insert(name.clone(), self.secret(name, source, need).await?);
        }
        Ok(fetched)
    }
}

fn text<'a>(
    variable: &str,
    value: &'a EnvValue,
    fetched: &'a BTreeMap<String, SecretValue>,
) -> Result<&'a str, Cause> {
    match value {
        EnvValue::Text(text) => Ok(text),
        EnvValue::Secret(secret) => fetched.get(secret).map(SecretValue::expose).ok_or_else(|| {
            cause::not_started(format!(
                "environment variable `{variable}` needs the secret `{secret}`, which the runbook \
                 does not declare"
            ))
        }),
    }
}
