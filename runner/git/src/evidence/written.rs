//! The commit that was written here last. A branch that no longer holds it was deleted or set back
//! by somebody else, and evidence with it.

use std::{fs, io::Write as _, path::Path};

use git2::{Commit, ErrorCode, Oid, Repository};
use hardstop_ports::evidence::CommitError;
use tempfile::NamedTempFile;

use super::failure::{lost, unavailable};

/// Below the common git directory. Deleting it makes the next writer take the branch as it is.
const FILE: &str = "hardstop/evidence-head";

/// The commit that was written here last, if any was. To be asked before the branch is looked at:
/// it is noted after the branch moved, so the branch is then never behind.
pub(super) fn last(common_dir: &Path) -> Option<Oid> {
    Oid::from_str(fs::read_to_string(common_dir.join(FILE)).ok()?.trim()).ok()
}

/// Notes a commit, whole or not at all. If that fails the next writer knows an older one, which
/// is less to hold the branch against and no harm.
pub(super) fn note(common_dir: &Path, commit: Oid) {
    let path = common_dir.join(FILE);
    let noted = || {
        let mut file = NamedTempFile::new_in(path.parent()?).ok()?;
        writeln!(file, "{commit}").ok()?;
        file.persist(&path).ok()
    };
    drop(noted());
}

/// Refuses a branch that lost what was written here.
pub(super) fn check(
    git: &Repository,
    last: Option<Oid>,
    head: Option<&Commit<'_>>,
) -> Result<(), CommitError> {
    let Some(last) = last else { return Ok(()) };
    let Some(head) = head else { return Err(lost(last)) };
    if head.id() == last {
        return Ok(());
    }
    match git.graph_descendant_of(head.id(), last) {
        Ok(true) => Ok(()),
        Ok(false) => Err(lost(last)),
        // Not even in the repository any more.
        Err(error) if error.code() == ErrorCode::NotFound => Err(lost(last)),
        Err(error) => Err(unavailable(&error)),
    }
}
