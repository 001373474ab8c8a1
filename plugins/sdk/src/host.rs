//! The world behind a call: the runner in a component, recorded exchanges in a test.

use std::time::Duration;

use crate::http::{Request, Response};

/// What a plugin can reach.
pub trait Host {
    /// Sends a request and takes all of the answer. Redirects are the host's business.
    ///
    /// # Errors
    ///
    /// [`Broken`] if there is no whole answer.
    fn send(&self, request: &Request) -> Result<Response, Broken>;

    /// A text of the plugin's configuration; `secret:<name>` gives the placeholder of a secret that
    /// was granted.
    fn config(&self, key: &str) -> Option<String>;

    /// Keeps a file as evidence of the attempt.
    ///
    /// # Errors
    ///
    /// The reason, if the name or the size is not allowed.
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), String>;

    /// The time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;

    /// Says something to those who look after the plugin.
    fn say(&self, level: Level, message: &str);
}

/// How urgent a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For those who look for a mistake.
    Debug,
    /// Worth knowing.
    Info,
    /// Not as it should be.
    Warn,
}

/// A request without a whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It was not granted; nothing was sent.
    Denied(String),
    /// The other side was not reached; nothing was sent.
    Unreachable(String),
    /// It may have arrived, but the answer did not, or not as a whole.
    NoAnswer(String),
    /// The answer is larger than what is allowed.
    TooLarge(String),
}
