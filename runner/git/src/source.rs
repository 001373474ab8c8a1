//! One file as it stands at the current commit, and in the work tree.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use git2::{ErrorCode, FileMode, ObjectType, Oid};
use hardstop_core::limits::RUNBOOK_BYTES_MAX;

use crate::{error::RepoError, repo::Repo};

const BYTES_MAX: u64 = RUNBOOK_BYTES_MAX as u64;

/// A file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path in the repository.
    pub path: String,
    /// The commit that was current.
    pub commit: String,
    /// Its bytes at that commit, as committed: no filter has touched them. `None` if it is not
    /// there.
    pub committed: Option<Vec<u8>>,
    /// The blob that holds them.
    pub blob: Option<String>,
    /// Its bytes in the work tree; `None` if it is not there, or there is no work tree.
    pub on_disk: Option<Vec<u8>>,
}

impl Source {
    /// Whether the file on disk is not, byte for byte, the one at the commit: what it does then
    /// is a rehearsal.
    pub fn is_draft(&self) -> bool {
        self.on_disk.is_some() && self.on_disk != self.committed
    }
}

impl Repo {
    /// Reads a file at the current commit and in the work tree; at most [`RUNBOOK_BYTES_MAX`]
    /// bytes of either.
    ///
    /// * `path`: as [`Repo::locate`] gives it.
    ///
    /// # Errors
    ///
    /// [`RepoError`] if there is no commit, or either is no plain file, too large or unreadable.
    pub fn source(&self, path: &str) -> Result<Source, RepoError> {
        let head = self.head()?;
        let tree = head.tree().map_err(RepoError::during("the current tree cannot be read"))?;
        let blob = blob_at(&tree, path)?;
        let committed = blob.map(|id| self.read_blob(path, id)).transpose()?;
        Ok(Source {
            path: path.to_owned(),
            commit: head.id().to_string(),
            committed,
            blob: blob.map(|id| id.to_string()),
            on_disk: self.work_dir().map_or(Ok(None), |root| read_on_disk(root, path))?,
        })
    }

    pub(crate) fn read_blob(&self, path: &str, id: Oid) -> Result<Vec<u8>, RepoError> {
        let during = RepoError::during("a file at the current commit cannot be read");
        let odb = self.git.odb().map_err(&during)?;
        let (bytes, _) = odb.read_header(id).map_err(&during)?;
        if bytes > RUNBOOK_BYTES_MAX {
            return Err(RepoError::TooLarge { path: path.to_owned(), bytes: bytes as u64 });
        }
        Ok(odb.read(id).map_err(&during)?.data().to_vec())
    }
}

/// The blob of the file at `path`, if there is one.
pub(crate) fn blob_at(tree: &git2::Tree<'_>, path: &str) -> Result<Option<Oid>, RepoError> {
    let entry = match tree.get_path(Path::new(path)) {
        Ok(entry) => entry,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(RepoError::during("the current tree cannot be read")(error)),
    };
    let found = if entry.filemode() == i32::from(FileMode::Link) {
        "a symbolic link"
    } else if entry.kind() == Some(ObjectType::Blob) {
        return Ok(Some(entry.id()));
    } else if entry.kind() == Some(ObjectType::Tree) {
        "a folder"
    } else {
        "a submodule"
    };
    Err(RepoError::NotAFile { path: path.to_owned(), found })
}

pub(crate) fn read_on_disk(root: &Path, path: &str) -> Result<Option<Vec<u8>>, RepoError> {
    let place = root.join(path);
    let read = || -> std::io::Result<_> {
        let kind = place.symlink_metadata()?;
        let mut bytes = Vec::new();
        if kind.is_file() {
            File::open(&place)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
        }
        Ok((kind, bytes))
    };
    let path = path.to_owned();
    match read() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RepoError::Read { path, source }),
        Ok((kind, _)) if kind.is_symlink() => {
            Err(RepoError::NotAFile { path, found: "a symbolic link" })
        }
        Ok((kind, _)) if !kind.is_file() => Err(RepoError::NotAFile { path, found: "a folder" }),
        Ok((kind, bytes)) if bytes.len() as u64 > BYTES_MAX => {
            Err(RepoError::TooLarge { path, bytes: kind.len() })
        }
        Ok((_, bytes)) => Ok(Some(bytes)),
    }
}
