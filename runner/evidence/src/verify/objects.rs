//! What verification needs to see of a repository. Adapters read Git's object database for it:
//! never a work tree, never through `refs/replace` or grafts.

use hardstop_core::time::Timestamp;
use thiserror::Error;

/// The files at the commit that is verified.
pub trait Objects {
    /// Every file beneath `folder` (without a slash at the end; the whole tree for an empty one),
    /// at any depth. A folder that is not there has no files.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the repository cannot tell.
    fn list(&self, folder: &str) -> Result<Vec<TreeEntry>, ReadError>;

    /// The names directly in `folder`, files and folders. A folder that is not there has none.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the repository cannot tell.
    fn names(&self, folder: &str) -> Result<Vec<String>, ReadError>;

    /// The file at `path`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the repository cannot tell.
    fn entry(&self, path: &str) -> Result<Option<TreeEntry>, ReadError>;

    /// The bytes of a blob, of any commit.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if it has more than `bytes_max` bytes or cannot be had.
    fn blob(&self, oid: &str, bytes_max: u64) -> Result<Vec<u8>, ReadError>;
}

/// Something that cannot be read from the repository.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It is larger than the format allows.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// It cannot be had: a partial clone, a damaged repository.
    #[error("{0}")]
    Unavailable(String),
}

/// A file in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its path from the root, `/` between components; bytes that are not UTF-8 replaced.
    pub path: String,
    /// What is kept there.
    pub kept: Kept,
}

/// What a tree keeps under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Git's mode, such as `0o100644`.
    pub mode: u32,
    /// Git's name for the object.
    pub oid: String,
}

impl Kept {
    /// The mode of a plain file, the only one the format allows.
    pub const PLAIN: u32 = 0o100_644;
}

/// A commit of the evidence branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: String,
    /// Its parents' names.
    pub parents: Vec<String>,
    /// The committer's date.
    pub committed: Timestamp,
    /// The armoured signature, if there is one.
    pub signature: Option<Vec<u8>>,
    /// The commit object without its signature: the bytes that are signed.
    pub payload: Vec<u8>,
    /// How its tree differs from its first parent's; all of it, for a root.
    pub changes: Vec<Change>,
}

/// A file that differs between a commit and its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path from the root.
    pub path: String,
    /// What the parent has there.
    pub old: Option<Kept>,
    /// What the commit has there.
    pub new: Option<Kept>,
}
