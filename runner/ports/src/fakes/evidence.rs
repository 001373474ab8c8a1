//! An evidence branch in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use hardstop_core::ids::RunId;

use super::handle::lock;
use crate::evidence::{Checkpoint, CommitError, EvidenceStore};

/// The evidence of one repository in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryEvidence(Arc<Mutex<Branch>>);

#[derive(Debug, Default)]
struct Branch {
    runs: BTreeMap<RunId, BTreeMap<String, Vec<u8>>>,
    closed: BTreeSet<RunId>,
    commits: u64,
    fault: Option<CommitError>,
}

impl MemoryEvidence {
    /// Makes the next commit fail with `error`, leaving the branch as it was.
    pub fn fail_next_commit(&self, error: CommitError) {
        lock(&self.0).fault = Some(error);
    }

    /// The files of `run` as committed last, by path relative to its folder; none if nothing was.
    pub fn files(&self, run: &RunId) -> BTreeMap<String, Vec<u8>> {
        lock(&self.0).runs.get(run).cloned().unwrap_or_default()
    }

    /// One of them.
    pub fn file(&self, run: &RunId, path: &str) -> Option<Vec<u8>> {
        lock(&self.0).runs.get(run)?.get(path).cloned()
    }

    /// How many commits were made.
    pub fn commits(&self) -> u64 {
        lock(&self.0).commits
    }
}

impl EvidenceStore for MemoryEvidence {
    fn commit(&mut self, checkpoint: &Checkpoint) -> Result<String, CommitError> {
        const JOURNAL: &str = "journal.jsonl";
        let mut branch = lock(&self.0);
        if let Some(error) = branch.fault.take() {
            return Err(error);
        }
        let there = branch.runs.get(&checkpoint.run);
        let kept = there.and_then(|files| files.get(JOURNAL)).map_or(&[][..], Vec::as_slice);
        if let Some(ours) = checkpoint.files.get(JOURNAL) {
            if !ours.starts_with(kept) && kept.starts_with(ours) {
                // An older checkpoint of the same journal: it is there already.
                return Ok(format!("{:040x}", branch.commits));
            } else if !ours.starts_with(kept) {
                let why = format!("the journal of run {} there is not ours", checkpoint.run);
                return Err(CommitError::Diverged(why));
            }
        }
        let mut files = there.cloned().unwrap_or_default();
        files.extend(checkpoint.files.clone());
        if there != Some(&files) {
            if branch.closed.contains(&checkpoint.run) {
                let why = format!("run {} is closed there already", checkpoint.run);
                return Err(CommitError::Diverged(why));
            }
            if checkpoint.closed.is_some() {
                branch.closed.insert(checkpoint.run.clone());
            }
            branch.runs.insert(checkpoint.run.clone(), files);
            branch.commits += 1;
        }
        Ok(format!("{:040x}", branch.commits))
    }
}
