//! Causes that carry a message, each bounded so that it fits in the journal.

use hardstop_core::{event::Cause, limits::TEXT_BYTES_MAX};
use hardstop_evidence::redact::{Finding, scan};

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

/// Outputs, or whatever else is bound for the journal, look like a credential there, which could not be
/// taken back; `None` if they do not.
pub(crate) fn suspicious(what: &str, bytes: &[u8]) -> Option<Cause> {
    scan(bytes).first().map(|Finding { shape, offset }| {
        evidence(format!(
            "{what} looks as if it held {shape}, at byte {offset}, so none of it is kept. If the \
             step did its work, `hardstop attest` it; else let it give less and `hardstop retry`. \
             A secret that the runbook declares is masked"
        ))
    })
}

fn bounded(mut message: String) -> String {
    if message.len() > TEXT_BYTES_MAX {
        message.truncate(message.floor_char_boundary(TEXT_BYTES_MAX - '…'.len_utf8()));
        message.push('…');
    }
    message
}
