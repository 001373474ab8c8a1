//! The lock file, in the work tree and as it is committed.

use std::{fs, io::ErrorKind};

use hardstop_runbook::action::Lock;

use super::store::whole;
use crate::{error::CliError, wire::Site};

/// What to do about a lock file that cannot be understood.
const RESTORE: &str = "`git restore :/hardstop.lock` brings the committed one back; only \
                       `hardstop plugin` changes it";

/// The lock file of the work tree; an empty one if there is none.
///
/// # Errors
///
/// If it cannot be read or understood.
pub(crate) fn present(site: &Site) -> Result<Lock, CliError> {
    let text = match fs::read_to_string(site.root.join(Lock::PATH)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
        read => read.map_err(|source| failed("cannot be read", source))?,
    };
    parsed(Some(&text))
}

/// The lock file that a runbook is checked against: that of the commit, or for a draft that of the
/// work tree.
///
/// # Errors
///
/// As [`present`].
pub(crate) fn committed(site: &Site, draft: bool) -> Result<Lock, CliError> {
    let file = site.repo.source(Lock::PATH)?;
    let bytes = if draft { file.on_disk } else { file.committed };
    parsed(bytes.as_deref().map(String::from_utf8_lossy).as_deref())
}

/// Writes the lock file of the work tree.
///
/// # Errors
///
/// If it would be too large, or cannot be written.
pub(crate) fn write(site: &Site, lock: &Lock) -> Result<(), CliError> {
    let text = lock.to_text();
    if text.len() > Lock::BYTES_MAX {
        let most = Lock::BYTES_MAX;
        return Err(CliError::usage(
            format!("{} would have {} bytes; at most {most} are read", Lock::PATH, text.len()),
            "lock fewer plugins",
        ));
    }
    whole(&site.root.join(Lock::PATH), text.as_bytes())
        .map_err(|source| failed("cannot be written", source))
}

/// The lock file of that text; an empty one if there is none.
///
/// # Errors
///
/// If it cannot be understood.
pub(crate) fn parsed(text: Option<&str>) -> Result<Lock, CliError> {
    text.map_or_else(|| Ok(Lock::default()), Lock::parse)
        .map_err(|error| CliError::usage(error.to_string(), RESTORE))
}

fn failed(action: &'static str, source: std::io::Error) -> CliError {
    CliError::Path { path: Lock::PATH.to_owned(), action, source }
}
