//! One process at a time moves the evidence branch, and the next tidies up after one that was
//! killed meanwhile.
//!
//! Git locks a reference by a file beside it, which outlives the process that made it. So every
//! writer says in a file of ours, locked by the operating system, that it is about to make one.
//! Whoever finds that said and nobody holding the file knows that the lock was left by the dead.
//! A lock of `git` itself is never touched.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Seek as _, Write as _},
    path::Path,
};

use git2::{Error, ErrorClass, ErrorCode, Oid, Repository};

use super::BRANCH;

/// Below the common git directory.
const FILE: &str = "hardstop/evidence-turn";
/// What it says while the branch is being moved; otherwise it is empty.
const MOVING: &[u8] = b"moving\n";

/// Moves the evidence branch from `old` to `new`; zero if it is not there.
///
/// # Errors
///
/// Those of libgit2, and of the system if the turn cannot be had.
pub(super) fn move_branch(git: &Repository, new: Oid, old: Oid) -> Result<(), Error> {
    let mut turn = take(git.commondir()).map_err(|error| {
        Error::new(ErrorCode::GenericError, ErrorClass::Os, format!("{FILE}: {error}"))
    })?;
    let moved = git.reference_matching(BRANCH, new, true, old, "").map(drop);
    // If this fails the next writer looks for a lock that is not there.
    let _is_said = turn.set_len(0).and_then(|()| turn.rewind());
    moved
}

/// Waits for the turn, which ends when the file is dropped.
fn take(common_dir: &Path) -> io::Result<File> {
    let path = common_dir.join(FILE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    let mut said = Vec::new();
    (&mut file).take(MOVING.len() as u64).read_to_end(&mut said)?;
    if said.is_empty() {
        file.write_all(MOVING)?;
    } else {
        match fs::remove_file(common_dir.join(format!("{BRANCH}.lock"))) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(file)
}
