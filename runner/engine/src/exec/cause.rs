//! Causes that carry a message, each bounded so that it fits in the journal.

use hardstop_core::{event::Cause, limits::TEXT_BYTES_MAX};

/// The command could not be started.
pub(super) fn not_started(message: impl Into<String>) -> Cause {
    Cause::NotStarted { message: bounded(message.into()) }
}

/// The configuration, or the borders of the repository, forbid it.
pub(super) fn not_granted(message: impl Into<String>) -> Cause {
    Cause::NotGranted { message: bounded(message.into()) }
}

/// The output is not what `capture:` declares.
pub(super) fn capture(message: impl Into<String>) -> Cause {
    Cause::Capture { message: bounded(message.into()) }
}

/// A file cannot be kept as evidence.
pub(super) fn evidence(message: impl Into<String>) -> Cause {
    Cause::Evidence { message: bounded(message.into()) }
}

/// Output was lost on our side.
pub(super) fn storage(message: impl Into<String>) -> Cause {
    Cause::Storage { message: bounded(message.into()) }
}

fn bounded(mut message: String) -> String {
    if message.len() > TEXT_BYTES_MAX {
        let mut ends = (0..=TEXT_BYTES_MAX - '…'.len_utf8()).rev();
        message.truncate(ends.find(|end| message.is_char_boundary(*end)).unwrap_or(0));
        message.push('…');
    }
    message
}
