//! One repository: where it is, who uses it, and which commit is current.

use std::path::{Component, Path, PathBuf};

use git2::{ErrorCode, Repository};

use crate::error::RepoError;

/// A repository, opened.
pub struct Repo {
    pub(crate) git: Repository,
}

/// Who uses the repository, as the configuration of Git says. Nobody has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `user.name`.
    pub name: Option<String>,
    /// `user.email`.
    pub email: Option<String>,
}

impl Repo {
    /// Opens the repository at or above `path`, bare or with a work tree.
    ///
    /// # Errors
    ///
    /// [`RepoError`] naming the cause and the next command: no repository, of another user, of a
    /// format that libgit2 cannot read.
    pub fn discover(path: &Path) -> Result<Self, RepoError> {
        let git = Repository::discover(path).map_err(|error| RepoError::opening(path, error))?;
        Ok(Self { git })
    }

    /// The git directory all work trees of the repository share: where live runs are kept.
    pub fn common_dir(&self) -> &Path {
        self.git.commondir()
    }

    /// The top folder of the work tree; `None` in a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.git.workdir()
    }

    /// Whether part of the history is missing here; `git fetch --unshallow` gets it.
    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow()
    }

    /// Who uses the repository.
    ///
    /// # Errors
    ///
    /// [`RepoError::Git`] if the configuration cannot be read.
    pub fn identity(&self) -> Result<Identity, RepoError> {
        let during = RepoError::during("the configuration of git cannot be read");
        let config = self.git.config().and_then(|mut config| config.snapshot()).map_err(&during)?;
        let value = |name: &str| match config.get_string(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(during(error)),
        };
        Ok(Identity { name: value("user.name")?, email: value("user.email")? })
    }

    /// The id of the current commit.
    ///
    /// # Errors
    ///
    /// [`RepoError::NoCommit`] on a branch without one.
    pub fn head_commit(&self) -> Result<String, RepoError> {
        Ok(self.head()?.id().to_string())
    }

    pub(crate) fn head(&self) -> Result<git2::Commit<'_>, RepoError> {
        match self.git.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(commit),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Err(RepoError::NoCommit)
            }
            Err(error) => Err(RepoError::during("the current commit cannot be read")(error)),
        }
    }

    /// The path in the repository of a file named on the command line, `/` between components.
    ///
    /// * `path`: absolute, or relative to the folder `from`. It need not exist on disk; if it does,
    ///   symbolic links in it are followed first, so that none leads out of the repository. In a
    ///   bare repository it is the path in the repository already.
    ///
    /// # Errors
    ///
    /// [`RepoError::Outside`] if it is not below the top folder of the work tree.
    pub fn locate(&self, from: &Path, path: &Path) -> Result<String, RepoError> {
        let root = self.work_dir().map_or_else(PathBuf::new, Path::to_owned);
        let outside = || RepoError::Outside { path: path.to_owned(), root: root.clone() };
        let inside = if root.as_os_str().is_empty() {
            path.to_owned()
        } else {
            let real_root = root.canonicalize().map_err(|_| outside())?;
            let place = resolve(&from.join(path)).ok_or_else(outside)?;
            place.strip_prefix(&real_root).map_err(|_| outside())?.to_owned()
        };
        let names: Option<Vec<&str>> = inside
            .components()
            .map(|component| match component {
                Component::Normal(name) => name.to_str(),
                Component::Prefix(_)
                | Component::RootDir
                | Component::CurDir
                | Component::ParentDir => None,
            })
            .collect();
        match names {
            Some(names) if !names.is_empty() => Ok(names.join("/")),
            Some(_) | None => Err(outside()),
        }
    }
}

/// `place` without links; of a file that does not exist, its folder without links.
fn resolve(place: &Path) -> Option<PathBuf> {
    place.canonicalize().ok().or_else(|| {
        let folder = place.parent()?.canonicalize().ok()?;
        Some(folder.join(place.file_name()?))
    })
}
