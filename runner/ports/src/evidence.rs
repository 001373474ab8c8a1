//! Where evidence is committed.

use std::collections::BTreeMap;

use hardstop_core::{event::RunResult, ids::RunId, time::Timestamp};
use thiserror::Error;

/// The files of one run at one moment, sealed and ready to commit.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The run.
    pub run: RunId,
    /// The number of the last event in its journal.
    pub seq: u64,
    /// Epoch of that event.
    pub epoch: u64,
    /// SHA-256 of the journal's last line, in hex.
    pub head: String,
    /// The files that are new or changed since the last checkpoint this process committed, all of
    /// them for the first; by path relative to the run's folder. `SHA256SUMS` among them lists
    /// every file the folder then has.
    pub files: BTreeMap<String, Vec<u8>>,
    /// When that event was written.
    pub at: Timestamp,
    /// The result, for the checkpoint that closes the run.
    pub closed: Option<RunResult>,
}

/// A checkpoint that was not committed. The journal is intact; the run pauses.
#[derive(Debug, Error)]
pub enum CommitError {
    /// The branch holds something only another writer can have put there, and what it holds does
    /// not fit: the run's journal there is not a prefix of ours, or the branch is not evidence.
    #[error("{0}")]
    Diverged(String),
    /// It cannot be written now: read-only, disk full, locked. The message says what to do.
    #[error("{0}")]
    Unavailable(String),
}

/// The evidence branch of one repository.
pub trait EvidenceStore {
    /// Commits the checkpoint: its files, and the register lines that are due. Committing what is
    /// already there changes nothing.
    ///
    /// * Returns the id of the commit that holds it.
    ///
    /// # Errors
    ///
    /// [`CommitError`]; the branch is as it was.
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<String, CommitError>;
}
