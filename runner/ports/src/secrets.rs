//! Secret values. They exist in memory only, and this type is all that carries one.

use std::{fmt, path::Path};

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
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("secret `{name}` is not available: {reason}")]
pub struct SecretError {
    /// The runbook's name for it.
    pub name: String,
    /// Why, and what to do; never the value, nor anything a command printed.
    pub reason: String,
}

/// What this machine keeps secret, as far as it can be had without executing anything.
pub trait Secrets: Send + Sync {
    /// The value of an environment variable of the runner.
    ///
    /// # Errors
    ///
    /// Why there is none, and what to do.
    fn variable(&self, name: &str) -> Result<String, String>;

    /// The text of a file, whole.
    ///
    /// # Errors
    ///
    /// Why it cannot be had, and what to do. A file that others may read, that lies in the
    /// repository, or that is larger than
    /// [`SECRET_BYTES_MAX`](hardstop_core::limits::SECRET_BYTES_MAX) is no secret.
    fn file(&self, path: &Path) -> Result<String, String>;
}
