//! Secrets from the environment of this process.

use std::env;

use hardstop_core::model::{Plan, Secret};
use hardstop_evidence::redact;
use hardstop_ports::secrets::{SecretError, SecretValue, Secrets};

use crate::error::CliError;

/// The environment as a source of secrets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment;

impl Secrets for Environment {
    fn fetch(&self, name: &str, source: &Secret) -> Result<SecretValue, SecretError> {
        let Secret::Env(variable) = source;
        let reason = match env::var(variable) {
            Ok(value) if !value.is_empty() => return Ok(SecretValue::new(value)),
            Ok(_) => format!("the environment variable `{variable}` is empty"),
            Err(env::VarError::NotPresent) => {
                format!("set the environment variable `{variable}`")
            }
            Err(env::VarError::NotUnicode(_)) => {
                format!("the environment variable `{variable}` is not UTF-8")
            }
        };
        Err(SecretError { name: name.to_owned(), reason })
    }
}

/// The name of a secret of `plan` that stands in `bytes`, in any spelling, as far as this process
/// knows its secrets.
///
/// # Errors
///
/// If they cannot be searched for: then nothing may be kept.
pub(crate) fn held_in(plan: &Plan, bytes: &[u8]) -> Result<Option<String>, CliError> {
    let fetched = plan.secrets.iter().map(|(name, source)| (name, Environment.fetch(name, source)));
    let known: Vec<_> = fetched.filter_map(|(name, value)| Some((name, value.ok()?))).collect();
    let pairs = known.iter().map(|(name, value)| (name.as_str(), value.expose()));
    let secrets = redact::Secrets::new(pairs).map_err(|error| {
        CliError::usage(format!("the secrets cannot be searched for: {error}"), "shorten them")
    })?;
    let mut redactor = secrets.redactor();
    drop(redactor.feed(bytes));
    let (_, masked) = redactor.finish();
    Ok(masked.0.into_keys().next())
}
