//! One live run, owned: its journal and its files on disk.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use hardstop_core::{
    ids::RunId,
    limits::{JOURNAL_BYTES_MAX, JOURNAL_LINE_BYTES_MAX},
};
use hardstop_ports::journal::{AppendError, FilesError, RunFiles};

use crate::{
    advice::{advised, failed},
    folder::{Folder, JOURNAL, Unsynced, read_bounded},
    lease::Lease,
    wake::{self, Wake},
};

/// One live run, owned by this process until it is dropped.
///
/// What [`RunFiles::append`] has returned from is on stable storage. After an append that failed,
/// nothing more is appended until [`RunFiles::journal`] was read; that first cuts off whatever the
/// failed append left, so that what is read is exactly what is durable.
#[derive(Debug)]
pub struct FileRun {
    run: RunId,
    folder: Folder,
    work: PathBuf,
    file: File,
    /// Length of the journal up to the last sync that succeeded.
    synced: u64,
    lines: u64,
    cut_bytes: u64,
    broken: bool,
    unsynced: Unsynced,
    _lease: Lease,
}

impl FileRun {
    /// Opens the journal in `folder`, whose lease is `lease`: cuts a torn tail, and syncs what is
    /// left, since the process that wrote it may have ended before its own sync.
    pub(crate) fn open(
        run: RunId,
        folder: Folder,
        work: PathBuf,
        lease: Lease,
    ) -> Result<Self, FilesError> {
        let path = folder.root().join(JOURNAL);
        let opened = || {
            if path.symlink_metadata()?.is_symlink() {
                return Err(io::Error::other("it is a symbolic link; remove it"));
            }
            let bytes = read_bounded(&path)?;
            let whole = whole_lines(&bytes);
            let file = OpenOptions::new().append(true).open(&path)?;
            file.set_len(whole.len() as u64)?;
            file.sync_data()?;
            Ok((file, whole.len() as u64, line_count(whole), (bytes.len() - whole.len()) as u64))
        };
        let (file, synced, lines, cut_bytes) =
            opened().map_err(|error| failed(&path, "cannot be opened", error))?;
        Ok(Self {
            run,
            folder,
            work,
            file,
            synced,
            lines,
            cut_bytes,
            broken: false,
            unsynced: Unsynced::default(),
            _lease: lease,
        })
    }

    /// How many bytes of a torn last line were cut off when the run was opened; 0 after a clean
    /// end. Nobody has acted on them: an append that did not return has not happened.
    pub const fn cut_bytes(&self) -> u64 {
        self.cut_bytes
    }

    /// The run's folder for commands, made empty if it is not there. It is no part of the
    /// evidence, and goes when the run is removed and it is empty.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be made.
    pub fn workspace(&self) -> Result<&Path, FilesError> {
        // Not synced: after a crash the folder is made anew.
        std::fs::create_dir_all(&self.work)
            .map_err(|error| failed(&self.work, "cannot be made", error))?;
        Ok(&self.work)
    }

    /// Notes what the run waits for, so that others need not fold its journal.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be written; nothing depends on it but speed.
    pub fn note_wake(&self, wake: &Wake) -> Result<(), FilesError> {
        wake::write(self.folder.root(), wake)
    }

    /// Length of the journal in bytes: what [`Wake::journal_bytes`] is compared with.
    pub const fn journal_bytes(&self) -> u64 {
        self.synced
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.root()
    }

    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    fn storage(&self, error: io::Error) -> AppendError {
        AppendError::Storage(advised(&self.folder.root().join(JOURNAL), error))
    }

    /// Refuses lines that must never reach the file.
    fn check(&self, lines: &[u8]) -> Result<(), AppendError> {
        if self.broken {
            return Err(self.storage(io::Error::other(
                "the last append failed; the journal must be read again first",
            )));
        }
        if whole_lines(lines).len() != lines.len() {
            let why = "what is appended must be whole lines";
            return Err(self.storage(io::Error::new(io::ErrorKind::InvalidInput, why)));
        }
        for (seq, line) in (self.lines..).zip(lines.split_inclusive(|byte| *byte == b'\n')) {
            if line.len() > JOURNAL_LINE_BYTES_MAX {
                return Err(AppendError::TooLarge { seq, bytes: line.len() });
            }
        }
        if self.synced + lines.len() as u64 > JOURNAL_BYTES_MAX {
            return Err(self.storage(io::ErrorKind::FileTooLarge.into()));
        }
        Ok(())
    }
}

impl RunFiles for FileRun {
    fn run(&self) -> &RunId {
        &self.run
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), AppendError> {
        self.check(lines)?;
        let appended = self
            .unsynced
            .sync()
            .and_then(|()| self.file.write_all(lines))
            .and_then(|()| self.file.sync_data());
        if let Err(error) = appended {
            self.broken = true;
            return Err(self.storage(error));
        }
        self.synced += lines.len() as u64;
        self.lines += line_count(lines);
        Ok(())
    }

    fn journal(&mut self) -> Result<Vec<u8>, FilesError> {
        let path = self.folder.root().join(JOURNAL);
        let mut read = || {
            if self.broken {
                self.file.set_len(self.synced)?;
                self.file.sync_data()?;
                self.broken = false;
            }
            read_bounded(&path)
        };
        read().map_err(|error| failed(&path, "cannot be read", error))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        self.folder.read(path)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), FilesError> {
        if path == JOURNAL {
            return Err(FilesError {
                path: path.to_owned(),
                action: "cannot be written",
                source: io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a journal is only appended to",
                ),
            });
        }
        self.folder.write(path, bytes, &mut self.unsynced)
    }

    fn list(&self) -> Result<Vec<String>, FilesError> {
        self.folder.list()
    }
}

/// `bytes` up to and including their last line feed.
pub(crate) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    &bytes[..end]
}

fn line_count(lines: &[u8]) -> u64 {
    lines.split_inclusive(|byte| *byte == b'\n').count() as u64
}
