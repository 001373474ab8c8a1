//! The head that was verified last in this clone: trust on first use. A branch that no longer
//! holds it was rewritten, however well the new one is signed.

use std::{fs, io, path::PathBuf};

use crate::{output::note, wire::Site};

/// The head of the evidence branch as it was last verified here; `None` before the first time.
pub(super) fn head(site: &Site) -> Option<String> {
    let text = fs::read_to_string(path(site)).ok()?;
    let head = text.trim();
    is_commit(head).then(|| head.to_owned())
}

/// Remembers a head that was verified. If it cannot be written, the next time knows less; that is
/// said, and no reason to fail.
pub(super) fn remember(site: &Site, head: &str) {
    let path = path(site);
    let written = || -> io::Result<()> {
        fs::create_dir_all(site.repo.common_dir().join("hardstop"))?;
        let new = path.with_extension("new");
        fs::write(&new, format!("{head}\n"))?;
        fs::rename(new, &path)
    };
    if let Err(error) = written() {
        note(format!("note: {} cannot be written: {error}", path.display()));
    }
}

/// Whether a text is the full name of a commit.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn path(site: &Site) -> PathBuf {
    site.repo.common_dir().join("hardstop/verified-head")
}
