//! What is wrong with a calendar file, and where.

use thiserror::Error;

/// A calendar file that is not understood, or that is larger than its limits.
///
/// Nothing of the file may be used; a person must mend it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}{}: {what}", .event.as_ref().map(|uid| format!(", event `{uid}`")).unwrap_or_default())]
pub struct IcsError {
    /// From 1; a folded line counts where it begins.
    pub line: usize,
    /// The UID of the event, if it is about one that has one.
    pub event: Option<String>,
    /// One lowercase fragment.
    pub what: String,
}

impl IcsError {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, event: None, what: what.into() }
    }
}
