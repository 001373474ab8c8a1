//! Secret values. They exist in memory only, and this type is all that carries one.

use std::fmt;

use hardstop_core::model::Secret;
use thiserror::Error;

/// A secret's value. It cannot be serialised, and prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Wraps a value.
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself: for the child's environment and the redactor, nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A secret that cannot be had. The step that needs it does not start.
#[derive(Debug, Error)]
#[error("secret `{name}` is not available: {reason}")]
pub struct SecretError {
    /// The runbook's name for it.
    pub name: String,
    /// Why, and what to do; never the value.
    pub reason: String,
}

/// Gives out secrets.
pub trait Secrets: Send + Sync {
    /// The value of the secret a runbook calls `name`.
    ///
    /// # Errors
    ///
    /// [`SecretError`] if the source has none.
    fn fetch(&self, name: &str, source: &Secret) -> Result<SecretValue, SecretError>;
}
