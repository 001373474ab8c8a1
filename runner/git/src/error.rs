//! Why a repository cannot be used, each with the next command.

use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode};
use hardstop_core::limits::RUNBOOK_BYTES_MAX;
use thiserror::Error;

/// A repository, or something in it, that cannot be used.
#[derive(Debug, Error)]
pub enum RepoError {
    /// There is no repository at or above the folder.
    #[error("{} is not inside a git repository; make one with `git init`", path.display())]
    NotARepository {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Git distrusts repositories of other users, since their configuration may run programs.
    #[error(
        "the repository at {0} belongs to another user; if you trust it, \
         `git config --global --add safe.directory {0}`",
        path.display()
    )]
    ForeignOwner {
        /// Its folder.
        path: PathBuf,
    },
    /// References are kept in a format libgit2 cannot read.
    #[error(
        "the repository at {0} keeps its references as reftable, which hardstop cannot read yet; \
         `git -C {0} refs migrate --ref-format=files`",
        path.display()
    )]
    Reftable {
        /// Its folder.
        path: PathBuf,
    },
    /// Objects are named by SHA-256.
    #[error(
        "the repository at {} names its objects by SHA-256, which hardstop cannot read yet; use \
         one made with `git init --object-format=sha1`",
        path.display()
    )]
    Sha256 {
        /// Its folder.
        path: PathBuf,
    },
    /// The current branch has no commit, so there is nothing to pin a run to.
    #[error("there is no commit yet; commit the runbook: `git add -A && git commit`")]
    NoCommit,
    /// A text that names no commit here.
    #[error("`{revision}` names no commit here; in a shallow clone, `git fetch --unshallow`")]
    NoRevision {
        /// The text.
        revision: String,
    },
    /// A commit that does not come after another.
    #[error("`{revision}` does not come after {than}")]
    NotNewer {
        /// What was named.
        revision: String,
        /// The commit it should come after.
        than: String,
    },
    /// A path that is not in the repository.
    #[error("{} is not inside the repository at {}", path.display(), root.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// The repository's work tree.
        root: PathBuf,
    },
    /// A path that names something else than a plain file.
    #[error("{path} is {found}, not a file of the repository")]
    NotAFile {
        /// The path in the repository.
        path: String,
        /// What it is.
        found: &'static str,
    },
    /// A file that is larger than any text we read.
    #[error("{path} has {bytes} bytes, more than the {RUNBOOK_BYTES_MAX} a text may have")]
    TooLarge {
        /// The path in the repository.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// A file of the work tree could not be read.
    #[error("{path} cannot be read")]
    Read {
        /// The path in the repository.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Something else is wrong with the repository.
    #[error("{action}; `git fsck` tells whether the repository is damaged")]
    Git {
        /// What was tried.
        action: &'static str,
        /// What libgit2 said.
        #[source]
        source: git2::Error,
    },
}

impl RepoError {
    /// What it means that the repository at or above `path` could not be opened.
    pub(crate) fn opening(path: &Path, source: git2::Error) -> Self {
        let path = path.to_owned();
        if source.code() == ErrorCode::Owner {
            Self::ForeignOwner { path }
        } else if source.message().contains("refstorage") {
            Self::Reftable { path }
        } else if source.message().contains("unknown object format") {
            Self::Sha256 { path }
        } else if source.code() == ErrorCode::NotFound && source.class() == ErrorClass::Repository {
            Self::NotARepository { path }
        } else {
            Self::Git { action: "the repository cannot be opened", source }
        }
    }

    /// For `map_err`: the failure of `action`.
    pub(crate) fn during(action: &'static str) -> impl Fn(git2::Error) -> Self {
        move |source| Self::Git { action, source }
    }
}
