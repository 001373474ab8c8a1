//! Why there is no answer.

use thiserror::Error;

/// A request that was not sent, or whose answer nobody gets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Refused {
    /// What kind.
    pub code: Code,
    /// For people: what is wrong and what to do. Holds no secret.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Kinds of refusals and failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The address cannot be understood, or holds a user name.
    Url,
    /// The request is larger than may be, or has a method that nobody may use.
    Message,
    /// Nothing grants it.
    Grant,
    /// It would go to a network address that is not allowed.
    Address,
    /// A secret's placeholder stands where it may not.
    Secret,
    /// The answer leads where it may not, or nowhere.
    Redirect,
    /// The answer's body is larger than may be.
    Size,
    /// The answer's headers are more or larger than may be.
    Headers,
    /// There have been as many requests as may be.
    Count,
    /// The name stands for no address, as far as can be told now.
    Name,
    /// Nobody answers at that address.
    Unreachable,
    /// The other side is not who it should be, or nobody could tell.
    Tls,
    /// It took too long.
    Time,
    /// The connection ended before the answer did.
    Broken,
    /// What answers does not speak HTTP.
    Answer,
}
