//! Who wrote a file, for separation of duties.

use std::{collections::BTreeSet, path::Path};

use git2::{Commit, Oid, Sort};

use crate::{error::RepoError, repo::Repo};

/// How many commits are looked at. A file whose last thousand commits nobody on the list of
/// approvers wrote is old enough.
const COMMITS_MAX: usize = 1_000;

/// The people behind a file, by the e-mail addresses in the commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The author of the last commit that changed it.
    pub last_editor: Option<String>,
    /// The authors of all commits that changed it.
    pub authors: BTreeSet<String>,
    /// Whether all of the history was looked at; if not, there may be more authors.
    pub complete: bool,
}

impl Repo {
    /// Finds who changed the file at `path`, up to the current commit, newest first. All parents
    /// of a merge are followed; the merge itself changed the file only if it differs from each of
    /// them.
    ///
    /// At most 1,000 commits are looked at.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no commit, or an object is missing.
    pub fn history(&self, path: &str) -> Result<History, RepoError> {
        let head = self.head()?.id();
        let during = RepoError::during("the history cannot be read");
        let mut walk = self.git.revwalk().map_err(&during)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).map_err(&during)?;
        walk.push(head).map_err(&during)?;
        let mut history =
            History { last_editor: None, authors: BTreeSet::new(), complete: !self.is_shallow() };
        for (id, looked_at) in walk.zip(0..) {
            if looked_at == COMMITS_MAX {
                history.complete = false;
                break;
            }
            let commit = id.and_then(|id| self.git.find_commit(id)).map_err(&during)?;
            if changes(&commit, path).map_err(&during)? {
                let author = String::from_utf8_lossy(commit.author().email_bytes()).into_owned();
                history.last_editor.get_or_insert_with(|| author.clone());
                history.authors.insert(author);
            }
        }
        Ok(history)
    }
}

pub(crate) fn changes(commit: &Commit<'_>, path: &str) -> Result<bool, git2::Error> {
    let ours = blob(commit, path)?;
    let mut differs_from_all = ours.is_some() || commit.parent_count() > 0;
    for parent in commit.parents() {
        differs_from_all &= blob(&parent, path)? != ours;
    }
    Ok(differs_from_all)
}

fn blob(commit: &Commit<'_>, path: &str) -> Result<Option<Oid>, git2::Error> {
    match commit.tree()?.get_path(Path::new(path)) {
        Ok(entry) => Ok(Some(entry.id())),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
