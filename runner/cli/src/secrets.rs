//! Secrets from the environment of this process.

use std::env;

use hardstop_core::model::Secret;
use hardstop_ports::secrets::{SecretError, SecretValue, Secrets};

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
