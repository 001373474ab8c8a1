//! What is wrong with a manifest.

use thiserror::Error;

/// A manifest that cannot be used: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{at}{}{why}", if at.is_empty() { "" } else { ": " })]
pub struct InvalidManifest {
    /// The place in it, `actions.build.input`; empty for the whole.
    pub at: String,
    /// What is wrong and, where that can be said, what to write instead.
    pub why: String,
}

impl InvalidManifest {
    pub(super) fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self { at: at.into(), why: why.into() }
    }
}
