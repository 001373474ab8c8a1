//! The files at one commit of the branch.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
};

use git2::{ErrorCode, ObjectType, Oid, Repository, Tree};
use hardstop_core::{
    ids::RunId,
    limits::{EVIDENCE_FILES_MAX, JOURNAL_BYTES_MAX},
};
use hardstop_evidence::{
    layout,
    register::{Line, Register},
    verify::{Kept, Objects, ReadError, TreeEntry},
};

use crate::{error::RepoError, evidence, repo::Repo};

/// The most files that are listed: a tree of a few kilobytes can pretend to hold billions.
const LISTED_MAX: usize = 1_000_000;

/// One commit of an evidence branch, and all before it. What is committed later is not seen.
pub struct EvidenceReader {
    pub(super) git: Repository,
    pub(super) head: Oid,
    tree: Oid,
}

impl EvidenceReader {
    /// The evidence of `repo` as it is now: that of the branch here, or in a fresh clone, of the
    /// one at `origin`. `None` if there is neither.
    ///
    /// # Errors
    ///
    /// [`RepoError::Git`] if it cannot be read.
    pub fn open(repo: &Repo) -> Result<Option<Self>, RepoError> {
        let during = RepoError::during("the evidence branch cannot be read");
        evidence::tip(&repo.git)
            .map_err(during)?
            .map(|head| Self::at_commit(repo, head))
            .transpose()
    }

    /// The evidence at any revision, such as `origin/hardstop/evidence` or a commit's id.
    ///
    /// # Errors
    ///
    /// [`RepoError::Git`] if there is no such commit.
    pub fn open_at(repo: &Repo, revision: &str) -> Result<Self, RepoError> {
        let head = repo
            .git
            .revparse_single(revision)
            .and_then(|object| object.peel_to_commit())
            .map_err(RepoError::during("there is no commit at that revision"))?;
        Self::at_commit(repo, head.id())
    }

    fn at_commit(repo: &Repo, head: Oid) -> Result<Self, RepoError> {
        let path = repo.git.path();
        let git = Repository::open(path).map_err(|error| RepoError::opening(path, error))?;
        let tree = git
            .find_commit(head)
            .map_err(RepoError::during("the evidence branch cannot be read"))?
            .tree_id();
        Ok(Self { git, head, tree })
    }

    /// The id of the commit.
    pub fn head(&self) -> String {
        self.head.to_string()
    }

    /// All lines of the register, the oldest first: every run there ever was, opened and closed.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unavailable`] if it cannot be read, or its chain is broken.
    pub fn register(&self) -> Result<Vec<Line>, ReadError> {
        let mut register = Register::genesis();
        let mut lines = Vec::new();
        let mut shards = self.list(layout::REGISTER)?;
        shards.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        for TreeEntry { path, kept } in shards {
            let shard = self.blob(&kept.oid, JOURNAL_BYTES_MAX)?;
            let read = register.read(&path, &shard);
            lines.extend(read.map_err(|error| ReadError::Unavailable(error.to_string()))?);
        }
        Ok(lines)
    }

    /// One file of a run, by its path in the run's folder; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if it cannot be read.
    pub fn run_file(&self, run: &RunId, path: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let entry = self.entry(&format!("{}/{path}", run.folder()))?;
        entry.map(|entry| self.blob(&entry.kept.oid, JOURNAL_BYTES_MAX)).transpose()
    }

    /// All files of a run, by their paths in its folder; none if the run is not there. Enough to
    /// make the run live again in this clone.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there are too many, one is no plain file, or cannot be read.
    pub fn run_files(&self, run: &RunId) -> Result<BTreeMap<String, Vec<u8>>, ReadError> {
        let folder = run.folder();
        let entries = self.list(&folder)?;
        if entries.len() > EVIDENCE_FILES_MAX {
            return Err(ReadError::Unavailable(format!("{folder} has too many files")));
        }
        let read = |TreeEntry { path, kept }: TreeEntry| {
            layout::check(&path).map_err(|error| ReadError::Unavailable(error.to_string()))?;
            if kept.mode != Kept::PLAIN {
                return Err(ReadError::Unavailable(format!("{path} is no plain file")));
            }
            let bytes = self.blob(&kept.oid, JOURNAL_BYTES_MAX)?;
            Ok((path[folder.len() + 1..].to_owned(), bytes))
        };
        entries.into_iter().map(read).collect()
    }

    /// The tree at `folder`; `None` if there is none.
    fn folder(&self, folder: &str) -> Result<Option<Tree<'_>>, ReadError> {
        let root = self.git.find_tree(self.tree).map_err(unavailable)?;
        if folder.is_empty() {
            return Ok(Some(root));
        }
        match root.get_path(Path::new(folder)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Tree) => {
                self.git.find_tree(entry.id()).map(Some).map_err(unavailable)
            }
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }
}

impl Objects for EvidenceReader {
    fn list(&self, folder: &str) -> Result<Vec<TreeEntry>, ReadError> {
        let mut found = Vec::new();
        let mut folders: VecDeque<_> =
            self.folder(folder)?.map(|tree| (folder.to_owned(), tree)).into_iter().collect();
        while let Some((folder, tree)) = folders.pop_front() {
            for entry in &tree {
                let path = joined(&folder, entry.name_bytes());
                if entry.kind() == Some(ObjectType::Tree) {
                    let tree = self.git.find_tree(entry.id()).map_err(unavailable)?;
                    folders.push_back((path, tree));
                } else {
                    found.push(TreeEntry { path, kept: kept(&entry) });
                }
                if found.len() + folders.len() > LISTED_MAX {
                    let why = format!("more than {LISTED_MAX} files beneath {folder:?}");
                    return Err(ReadError::Unavailable(why));
                }
            }
        }
        Ok(found)
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let name = |entry: git2::TreeEntry<'_>| joined("", entry.name_bytes());
        Ok(self.folder(folder)?.iter().flat_map(|tree| tree.iter().map(name)).collect())
    }

    fn entry(&self, path: &str) -> Result<Option<TreeEntry>, ReadError> {
        let root = self.git.find_tree(self.tree).map_err(unavailable)?;
        match root.get_path(Path::new(path)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Tree) => Ok(None),
            Ok(entry) => Ok(Some(TreeEntry { path: path.to_owned(), kept: kept(&entry) })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn blob(&self, oid: &str, bytes_max: u64) -> Result<Vec<u8>, ReadError> {
        let id = Oid::from_str(oid).map_err(unavailable)?;
        let odb = self.git.odb().map_err(unavailable)?;
        let (size, kind) = odb.read_header(id).map_err(unavailable)?;
        if kind != ObjectType::Blob {
            return Err(ReadError::Unavailable(format!("object {oid} is no file")));
        }
        if size as u64 > bytes_max {
            return Err(ReadError::TooLarge(bytes_max));
        }
        Ok(odb.read(id).map_err(unavailable)?.data().to_vec())
    }
}

/// What a tree keeps, as it is written there.
#[expect(clippy::cast_sign_loss, reason = "git has no negative modes; libgit2 refuses them")]
pub(super) fn kept(entry: &git2::TreeEntry<'_>) -> Kept {
    Kept { mode: entry.filemode_raw() as u32, oid: entry.id().to_string() }
}

/// `folder/name`; bytes that are not UTF-8 replaced.
pub(super) fn joined(folder: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn unavailable(error: git2::Error) -> ReadError {
    ReadError::Unavailable(error.message().to_owned())
}
