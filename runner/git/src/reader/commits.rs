//! The history of the branch, as it was signed.

use git2::{ErrorCode, ObjectType, Oid};
use hardstop_core::time::Timestamp;
use hardstop_evidence::verify::{Commit, ReadError};

use super::objects::{EvidenceReader, unavailable};

impl EvidenceReader {
    /// The commits along first parents, the root first, each with what it changed.
    ///
    /// Only the trees that differ are read, so a commit costs the same on a branch of any size. If
    /// the history is cut off, as in a shallow clone, that is the first item and the last.
    pub fn commits(&self) -> impl Iterator<Item = Result<Commit, ReadError>> {
        let (cut_off, line) = match self.line() {
            Ok(line) => (None, line),
            Err(error) => (Some(Err(error)), Vec::new()),
        };
        cut_off.into_iter().chain(line.into_iter().rev().map(|id| self.commit(id)))
    }

    /// The ids along first parents, the head first.
    fn line(&self) -> Result<Vec<Oid>, ReadError> {
        let mut line = vec![self.head];
        loop {
            let last = line.last().copied().unwrap_or(self.head);
            let Some(parent) = self.parents(last)?.first().copied() else { return Ok(line) };
            line.push(parent);
        }
    }

    /// The parents that stand in the commit's bytes, whatever grafts say.
    fn parents(&self, id: Oid) -> Result<Vec<Oid>, ReadError> {
        let odb = self.git.odb().map_err(unavailable)?;
        let object = odb.read(id).map_err(|error| {
            if error.code() == ErrorCode::NotFound && self.git.is_shallow() {
                let why = "the history is cut off here; `git fetch --unshallow` gets the rest";
                return ReadError::Unavailable(why.to_owned());
            }
            unavailable(error)
        })?;
        if object.kind() != ObjectType::Commit {
            return Err(ReadError::Unavailable(format!("object {id} is no commit")));
        }
        let header = object.data().split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
        header
            .filter_map(|line| line.strip_prefix(b"parent "))
            .map(|hex| Oid::from_str(&String::from_utf8_lossy(hex)).map_err(unavailable))
            .collect()
    }

    fn commit(&self, id: Oid) -> Result<Commit, ReadError> {
        let parents = self.parents(id)?;
        let commit = self.git.find_commit(id).map_err(unavailable)?;
        let (signature, payload) = match self.git.extract_signature(&id, None) {
            Ok((signature, payload)) => (Some(signature.to_vec()), payload.to_vec()),
            Err(error) if error.code() == ErrorCode::NotFound => {
                let odb = self.git.odb().map_err(unavailable)?;
                (None, odb.read(id).map_err(unavailable)?.data().to_vec())
            }
            Err(error) => return Err(unavailable(error)),
        };
        let parent = parents.first().map(|parent| self.git.find_commit(*parent)).transpose();
        let old = parent.map_err(unavailable)?.map(|parent| parent.tree_id());
        Ok(Commit {
            id: id.to_string(),
            parents: parents.iter().map(Oid::to_string).collect(),
            committed: Timestamp::from_millis(commit.time().seconds().saturating_mul(1_000)),
            signature,
            payload,
            changes: self.changes(old, commit.tree_id())?,
        })
    }
}
