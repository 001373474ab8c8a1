//! Files at named commits, and which of them differ.

use git2::{Commit, Delta, DiffFindOptions, DiffOptions, Oid};

use crate::{
    error::RepoError,
    repo::Repo,
    source::{blob_at, read_on_disk},
};

/// One file's paths before and after; none where it was not, or is not, there.
pub type Pair = (Option<String>, Option<String>);

impl Repo {
    /// The ids of the commits that `from..to` names. `from...to` begins where the two parted, as
    /// the forges show a pull request; a side that is left out is the current commit.
    ///
    /// # Errors
    ///
    /// [`RepoError::NoRevision`] if a side names no commit, or the two never parted.
    pub fn range(&self, range: &str) -> Result<(String, String), RepoError> {
        let (from, to, parted) = match (range.split_once("..."), range.split_once("..")) {
            (Some((from, to)), _) => (from, to, true),
            (None, Some((from, to))) => (from, to, false),
            (None, None) => (range, "", false),
        };
        let (from, to) = (self.commit(from)?.id(), self.commit(to)?.id());
        if !parted {
            return Ok((from.to_string(), to.to_string()));
        }
        let base = self.git.merge_base(from, to);
        let base = base.map_err(|_| RepoError::NoRevision { revision: range.to_owned() })?;
        Ok((base.to_string(), to.to_string()))
    }

    /// The id of the commit that `revision` names, if it is `than` or comes after it.
    ///
    /// # Errors
    ///
    /// [`RepoError::NoRevision`] if either names no commit, [`RepoError::NotNewer`] if the one does
    /// not come after the other.
    pub fn newer(&self, revision: &str, than: &str) -> Result<String, RepoError> {
        let (to, from) = (self.commit(revision)?.id(), self.commit(than)?.id());
        let during = RepoError::during("two commits cannot be compared");
        if to != from && !self.git.graph_descendant_of(to, from).map_err(during)? {
            let (revision, than) = (revision.to_owned(), than.to_owned());
            return Err(RepoError::NotNewer { revision, than });
        }
        Ok(to.to_string())
    }

    /// The bytes of a file at a commit, or in the work tree if none is named; `None` if it is not
    /// there.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no such commit, or the file is no plain file, too large or
    /// unreadable.
    pub fn text_at(&self, commit: Option<&str>, path: &str) -> Result<Option<Vec<u8>>, RepoError> {
        let Some(commit) = commit else {
            return self.work_dir().map_or(Ok(None), |root| read_on_disk(root, path));
        };
        let tree = self.commit(commit)?.tree();
        let tree = tree.map_err(RepoError::during("a tree cannot be read"))?;
        blob_at(&tree, path)?.map(|id: Oid| self.read_blob(path, id)).transpose()
    }

    /// The YAML files that differ between two commits, or between one and the work tree; one that
    /// only moved is one pair.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no such commit, or the files cannot be compared.
    pub fn changed_yaml(&self, from: &str, to: Option<&str>) -> Result<Vec<Pair>, RepoError> {
        let during = RepoError::during("two revisions cannot be compared");
        let before = self.commit(from)?.tree().map_err(&during)?;
        let mut options = DiffOptions::new();
        options.pathspec("*.yaml").pathspec("*.yml");
        options.include_untracked(true).recurse_untracked_dirs(true);
        let diff = match to {
            Some(to) => {
                let after = self.commit(to)?.tree().map_err(&during)?;
                self.git.diff_tree_to_tree(Some(&before), Some(&after), Some(&mut options))
            }
            None => self.git.diff_tree_to_workdir(Some(&before), Some(&mut options)),
        };
        let mut diff = diff.map_err(&during)?;
        let mut find = DiffFindOptions::new();
        diff.find_similar(Some(find.renames(true).for_untracked(true))).map_err(&during)?;
        let path = |file: git2::DiffFile<'_>| {
            file.path().and_then(|path| path.to_str()).map(str::to_owned)
        };
        let pair = |delta: git2::DiffDelta<'_>| {
            let fresh = matches!(delta.status(), Delta::Added | Delta::Untracked);
            let before = path(delta.old_file()).filter(|_| !fresh);
            (before, path(delta.new_file()).filter(|_| delta.status() != Delta::Deleted))
        };
        Ok(diff.deltas().map(pair).collect())
    }

    /// The commit that a text names; the current one for no text.
    fn commit(&self, revision: &str) -> Result<Commit<'_>, RepoError> {
        if revision.is_empty() {
            return self.head();
        }
        let found = self.git.revparse_single(revision).and_then(|object| object.peel_to_commit());
        found.map_err(|_| RepoError::NoRevision { revision: revision.to_owned() })
    }
}
