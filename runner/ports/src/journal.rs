//! Where the files of one live run are kept until they are evidence.
//!
//! The folder of a live run holds the very files that are committed: `run.json`, `plan.json`,
//! `runbook.yaml`, `inputs.json`, policies, `journal.jsonl`, and under `steps/` and `gates/` what
//! attempts and requests leave. Paths here are relative to that folder, `/` between components.

use hardstop_core::ids::RunId;
use thiserror::Error;

/// An append that did not happen, or may not have.
#[derive(Debug, Error)]
pub enum AppendError {
    /// The line is longer than the limit. Nothing was written; retrying is no use.
    #[error("event {seq} has {bytes} bytes, more than a journal line may have")]
    TooLarge {
        /// Its number.
        seq: u64,
        /// Its size.
        bytes: usize,
    },
    /// Storage failed, and the lines may or may not be there. The caller must read the journal
    /// again before anything else.
    #[error("the journal could not be written")]
    Storage(#[source] std::io::Error),
}

/// A live run's files could not be read or written.
#[derive(Debug, Error)]
#[error("{path}: {action}")]
pub struct FilesError {
    /// Relative to the run's folder.
    pub path: String,
    /// What was tried.
    pub action: &'static str,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

/// One live run, owned: whoever has this value holds its lease.
pub trait RunFiles {
    /// The run.
    fn run(&self) -> &RunId;

    /// Appends whole lines, each ending in a line feed, and makes them durable with one sync.
    ///
    /// All lines are kept or none is, as a reader sees it: a torn tail left by a crash is cut off
    /// when the journal is read.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; after `Storage` the caller reads again before it goes on.
    fn append(&mut self, lines: &[u8]) -> Result<(), AppendError>;

    /// The journal's bytes: whole lines only.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be read.
    fn journal(&mut self) -> Result<Vec<u8>, FilesError>;

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it is missing or cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError>;

    /// Writes one file, whole or not at all. It is durable when the next append returns, which is
    /// before any event can speak of it. Folders are made as needed.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be written.
    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), FilesError>;

    /// Every file of the run but `journal.jsonl`, sorted by path.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if the folder cannot be listed.
    fn list(&self) -> Result<Vec<String>, FilesError>;
}
