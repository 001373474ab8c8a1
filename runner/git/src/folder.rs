//! What lies in a folder at the current commit, and who brought it there.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Sort, TreeWalkMode, TreeWalkResult};
use hardstop_core::time::Timestamp;

use crate::{error::RepoError, history::changes, repo::Repo};

/// How many commits are looked at for the one that brought a file.
const COMMITS_MAX: usize = 10_000;

/// A file at the current commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the repository.
    pub path: String,
    /// The blob that holds its bytes.
    pub blob: String,
}

/// The commit that made a file what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Its author's e-mail address, lower case.
    pub author: String,
    /// When it was committed.
    pub at: Timestamp,
}

impl Repo {
    /// The YAML files below `folder` at the current commit, sorted; at most `most` and one more.
    /// None if there is no such folder.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no commit, or it cannot be read.
    pub fn yaml_files(&self, folder: &str, most: usize) -> Result<Vec<Listed>, RepoError> {
        let during = RepoError::during("the current tree cannot be read");
        let tree = self.head()?.tree().map_err(&during)?;
        let entry = match tree.get_path(Path::new(folder)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Tree) => entry,
            Ok(_) => return Ok(Vec::new()),
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(during(error)),
        };
        let below = self.git.find_tree(entry.id()).map_err(&during)?;
        let mut found = Vec::new();
        let walked = below.walk(TreeWalkMode::PreOrder, |parent, entry| {
            if let (Some(ObjectType::Blob), Ok(name)) = (entry.kind(), entry.name())
                && matches!(name.rsplit_once('.'), Some((_, "yaml" | "yml")))
            {
                let path = format!("{folder}/{parent}{name}");
                found.push(Listed { path, blob: entry.id().to_string() });
            }
            if found.len() > most { TreeWalkResult::Abort } else { TreeWalkResult::Ok }
        });
        // To have seen enough is no failure.
        if found.len() <= most {
            walked.map_err(during)?;
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    /// The newest commit that changed the file at `path`; `None` if the history does not reach so
    /// far back. All parents of a merge are followed.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no commit, or an object is missing.
    pub fn brought(&self, path: &str) -> Result<Option<Brought>, RepoError> {
        let head = self.head()?.id();
        let during = RepoError::during("the history cannot be read");
        let mut walk = self.git.revwalk().map_err(&during)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).map_err(&during)?;
        walk.push(head).map_err(&during)?;
        for id in walk.take(COMMITS_MAX) {
            let commit = id.and_then(|id| self.git.find_commit(id)).map_err(&during)?;
            if changes(&commit, path).map_err(&during)? {
                // In a clone that is cut off, everything seems to come from where it begins.
                if self.is_shallow() && commit.parent_count() == 0 {
                    return Ok(None);
                }
                let author = String::from_utf8_lossy(commit.author().email_bytes()).into_owned();
                let at = Timestamp::from_millis(commit.time().seconds().saturating_mul(1_000));
                return Ok(Some(Brought { author: author.to_ascii_lowercase(), at }));
            }
        }
        Ok(None)
    }

    /// Whether the current commit is the tip of `branch`: of the one here, or if there is none, of
    /// the one at `origin`.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no commit, or the branch cannot be read.
    pub fn is_at(&self, branch: &str) -> Result<bool, RepoError> {
        let head = self.head()?.id();
        for name in [format!("refs/heads/{branch}"), format!("refs/remotes/origin/{branch}")] {
            match self.git.refname_to_id(&name) {
                Ok(tip) => return Ok(tip == head),
                Err(error) if error.code() == ErrorCode::NotFound => {}
                Err(error) => return Err(RepoError::during("the branch cannot be read")(error)),
            }
        }
        Ok(false)
    }
}
