//! A live run's files in memory.

use std::{
    collections::BTreeMap,
    io::{Error, ErrorKind},
    sync::{Arc, Mutex},
};

use hardstop_core::{ids::RunId, limits::JOURNAL_LINE_BYTES_MAX};

use super::handle::lock;
use crate::journal::{AppendError, FilesError, RunFiles};

/// How an append fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFault {
    /// Nothing was written: the disk is full.
    Before,
    /// This many bytes were written: the machine died, or the disk filled up, half-way.
    Torn(usize),
    /// All was written and synced, and then the answer was lost.
    After,
}

/// One live run in memory. What is appended survives [`MemoryRun::reopen`], as a disk survives
/// the process.
#[derive(Clone, Debug)]
pub struct MemoryRun {
    run: RunId,
    disk: Arc<Mutex<Disk>>,
    broken: bool,
}

#[derive(Debug, Default)]
struct Disk {
    journal: Vec<u8>,
    files: BTreeMap<String, Vec<u8>>,
    /// What was written since the last append, each with what was there before.
    unsynced: Vec<(String, Option<Vec<u8>>)>,
    append_fault: Option<AppendFault>,
    write_fails: bool,
}

impl MemoryRun {
    /// An empty run.
    pub fn new(run: RunId) -> Self {
        Self { run, disk: Arc::default(), broken: false }
    }

    /// The run as the next process finds it: what was kept is there, what was torn is cut off.
    #[must_use]
    pub fn reopen(&self) -> Self {
        cut_torn(&mut lock(&self.disk).journal);
        Self { broken: false, ..self.clone() }
    }

    /// The run after a power cut: files written since the last append that succeeded are as they
    /// were before.
    #[must_use]
    pub fn reopen_after_power_cut(&self) -> Self {
        let mut disk = lock(&self.disk);
        let unsynced = std::mem::take(&mut disk.unsynced);
        for (path, before) in unsynced.into_iter().rev() {
            match before {
                Some(bytes) => disk.files.insert(path, bytes),
                None => disk.files.remove(&path),
            };
        }
        drop(disk);
        self.reopen()
    }

    /// Makes the next append fail; on whichever handle it comes.
    pub fn fail_next_append(&self, fault: AppendFault) {
        lock(&self.disk).append_fault = Some(fault);
    }

    /// Makes the next write of a file fail, as on a full disk.
    pub fn fail_next_write(&self) {
        lock(&self.disk).write_fails = true;
    }
}

impl RunFiles for MemoryRun {
    fn run(&self) -> &RunId {
        &self.run
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), AppendError> {
        if self.broken {
            return Err(AppendError::Storage(Error::other("the journal must be read again first")));
        }
        if lines.last().is_some_and(|last| *last != b'\n') {
            return Err(AppendError::Storage(ErrorKind::InvalidInput.into()));
        }
        let mut disk = lock(&self.disk);
        for (seq, line) in
            (line_count(&disk.journal)..).zip(lines.split_inclusive(|byte| *byte == b'\n'))
        {
            if line.len() > JOURNAL_LINE_BYTES_MAX {
                return Err(AppendError::TooLarge { seq, bytes: line.len() });
            }
        }
        let fault = disk.append_fault.take();
        let kept = match fault {
            Some(AppendFault::Before) => 0,
            Some(AppendFault::Torn(bytes)) => bytes.min(lines.len()),
            Some(AppendFault::After) | None => lines.len(),
        };
        disk.journal.extend_from_slice(&lines[..kept]);
        if kept == lines.len() {
            disk.unsynced.clear();
        }
        if fault.is_some() {
            self.broken = true;
            return Err(AppendError::Storage(ErrorKind::StorageFull.into()));
        }
        Ok(())
    }

    fn journal(&mut self) -> Result<Vec<u8>, FilesError> {
        let mut disk = lock(&self.disk);
        cut_torn(&mut disk.journal);
        self.broken = false;
        Ok(disk.journal.clone())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        lock(&self.disk)
            .files
            .get(path)
            .cloned()
            .ok_or_else(|| failed(path, "cannot be read", ErrorKind::NotFound))
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), FilesError> {
        const ACTION: &str = "cannot be written";
        let plain = |name: &str| !name.is_empty() && !name.starts_with('.');
        if path == "journal.jsonl" || !path.split('/').all(plain) {
            return Err(failed(path, ACTION, ErrorKind::InvalidInput));
        }
        let mut disk = lock(&self.disk);
        if std::mem::take(&mut disk.write_fails) {
            return Err(failed(path, ACTION, ErrorKind::StorageFull));
        }
        let before = disk.files.insert(path.to_owned(), bytes.to_vec());
        disk.unsynced.push((path.to_owned(), before));
        Ok(())
    }

    fn list(&self) -> Result<Vec<String>, FilesError> {
        Ok(lock(&self.disk).files.keys().cloned().collect())
    }
}

fn line_count(journal: &[u8]) -> u64 {
    journal.split_inclusive(|byte| *byte == b'\n').count() as u64
}

fn cut_torn(journal: &mut Vec<u8>) {
    journal.truncate(journal.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1));
}

fn failed(path: &str, action: &'static str, kind: ErrorKind) -> FilesError {
    FilesError { path: path.to_owned(), action, source: kind.into() }
}
