//! Git repositories: the runbook as it stands at a commit, and the evidence branch.
//!
//! Everything goes through the object database and the references. No index, no work tree, no
//! filter, no hook and no replacement reference ever stands between us and the bytes. Fetch and
//! push are not here: they go through the `git` command.

mod error;
mod evidence;
mod folder;
mod history;
mod reader;
mod repo;
mod revision;
mod source;

pub use error::RepoError;
pub use evidence::{BRANCH, GitEvidence};
pub use folder::{Brought, Listed};
pub use history::History;
pub use reader::EvidenceReader;
pub use repo::{Identity, Repo};
pub use revision::Pair;
pub use source::Source;
