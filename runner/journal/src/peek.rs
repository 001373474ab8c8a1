//! A live run as others see it: read without its lease, while its owner may be writing.

use hardstop_core::ids::RunId;
use hardstop_ports::journal::FilesError;

use crate::{
    file::whole_lines,
    folder::{Folder, JOURNAL},
    lease,
    wake::{self, Wake},
};

/// A live run, only read. What it shows is true for some moment, not for the next one.
#[derive(Clone, Debug)]
pub struct Peek {
    run: RunId,
    folder: Folder,
}

impl Peek {
    pub(crate) const fn new(run: RunId, folder: Folder) -> Self {
        Self { run, folder }
    }

    /// The run.
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// The journal's whole lines; a line that is being written, or was torn by a crash, is left
    /// out.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be read; the run may have been closed this moment.
    pub fn journal(&self) -> Result<Vec<u8>, FilesError> {
        let mut bytes = self.folder.read(JOURNAL)?;
        bytes.truncate(whole_lines(&bytes).len());
        Ok(bytes)
    }

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it is missing or cannot be read.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        self.folder.read(path)
    }

    /// Every file of the run but `journal.jsonl`, sorted by path.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if the folder cannot be listed.
    pub fn list(&self) -> Result<Vec<String>, FilesError> {
        self.folder.list()
    }

    /// The process that holds the run at this moment, in words; `None` if none does.
    pub fn held_by(&self) -> Option<String> {
        lease::held_by(self.folder.root())
    }

    /// What the run's owner noted last, if the journal has not grown since; `None` means that
    /// the journal must be folded.
    pub fn wake(&self) -> Option<Wake> {
        wake::read(self.folder.root())
    }
}
