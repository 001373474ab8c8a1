//! What a failed commit means, and what to do about it.

use git2::{Error, ErrorClass, ErrorCode};
use hardstop_ports::evidence::CommitError;

use super::BRANCH;

/// The branch holds what only somebody else can have put there.
pub(super) fn diverged(what: &str) -> CommitError {
    CommitError::Diverged(format!(
        "the branch {} {what}; look at it with `git log {0}`, and move it away with `git branch -m`",
        short_name()
    ))
}

/// The branch was deleted or set back behind the commit that was written here last.
pub(super) fn lost(commit: git2::Oid) -> CommitError {
    let branch = short_name();
    CommitError::Diverged(format!(
        "the branch {branch} lost commit {commit}, which was written here: somebody deleted it or \
         set it back; `git branch --force {branch} {commit}` puts it right"
    ))
}

/// The repository could not be read or written.
pub(super) fn unavailable(error: &Error) -> CommitError {
    let text = error.message();
    let way_out = if text.contains("No space left") || text.contains("quota exceeded") {
        "free space on the disk that holds the repository, then repeat the command"
    } else if text.contains("Read-only file system") {
        "the file system is read-only; make it writable or use another clone"
    } else if text.contains("ermission denied") {
        "let this user write to the git directory, or repeat the command as the user who owns it"
    } else if error.code() == ErrorCode::Locked {
        "if no git or hardstop process is at work there, remove the lock file"
    } else {
        "see `git fsck` and `hardstop doctor`"
    };
    CommitError::Unavailable(format!("evidence cannot be committed: {text}; {way_out}"))
}

/// Whether somebody else moved the branch, or is just moving it.
pub(super) fn is_lost_race(error: &Error) -> bool {
    let moved = error.class() == ErrorClass::Reference
        && matches!(error.code(), ErrorCode::Modified | ErrorCode::NotFound | ErrorCode::Exists);
    moved || error.code() == ErrorCode::Locked
}

/// The branch as people type it.
fn short_name() -> &'static str {
    BRANCH.trim_start_matches("refs/heads/")
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorClass, ErrorCode, is_lost_race, unavailable};

    fn os(text: &str) -> Error {
        Error::new(ErrorCode::GenericError, ErrorClass::Os, text)
    }

    #[test]
    fn each_cause_has_its_way_out() {
        let cases = [
            (os("failed to write: No space left on device"), "free space on the disk"),
            (os("could not open 'x' for writing: Read-only file system"), "make it writable"),
            (os("failed to mkdir: Permission denied"), "let this user write"),
            (Error::new(ErrorCode::Locked, ErrorClass::Os, "locked"), "remove the lock file"),
            (os("something else"), "`git fsck`"),
        ];
        for (error, way_out) in cases {
            let text = unavailable(&error).to_string();
            assert!(text.contains(error.message()) && text.contains(way_out), "{text}");
        }
    }

    #[test]
    fn only_a_moved_or_locked_branch_is_a_lost_race() {
        let of = |code, class| is_lost_race(&Error::new(code, class, "x"));
        assert!(of(ErrorCode::Modified, ErrorClass::Reference));
        assert!(of(ErrorCode::Locked, ErrorClass::Os));
        assert!(!of(ErrorCode::NotFound, ErrorClass::Odb));
        assert!(!of(ErrorCode::GenericError, ErrorClass::Os));
    }
}
