//! The locks between the live runs of one repository: one file, `hardstop/locks/queue.json`,
//! replaced whole while a lock of the operating system on `hardstop/locks/guard` is held.
//!
//! Whose turn it is decides `hardstop-ports`; this keeps it. A request ends with its run: those of
//! runs that are not live here any more are dropped at each look. Locks are those of one clone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::PathBuf,
};

use hardstop_core::{ids::RunId, time::Timestamp};
use hardstop_ports::locks::{Asker, Locks, LocksError, Queue, Ticket};

use crate::{
    advice::advised,
    folder::{read_bounded, sync_folder, temporary},
};

/// The locks kept in a repository's common git directory.
#[derive(Clone, Debug)]
pub struct FileLocks {
    folder: PathBuf,
    runs: PathBuf,
}

impl FileLocks {
    pub(crate) const fn new(folder: PathBuf, runs: PathBuf) -> Self {
        Self { folder, runs }
    }

    fn queue(&self) -> PathBuf {
        self.folder.join("queue.json")
    }

    /// Changes the queue; whole or not at all, and durable on return.
    fn change<T>(&self, work: impl FnOnce(&mut Queue) -> T) -> Result<T, LocksError> {
        let changed = || {
            fs::create_dir_all(&self.folder)?;
            let guard = self.guard()?;
            let before = self.read()?;
            let mut queue = before.clone();
            self.sweep(&mut queue);
            let answer = work(&mut queue);
            if queue != before {
                self.replace(&queue)?;
            }
            drop(guard);
            Ok(answer)
        };
        changed().map_err(|error| self.failed(error))
    }

    /// Held until it is dropped, or its process ends. Nobody holds it for longer than it takes to
    /// replace a small file.
    fn guard(&self) -> io::Result<File> {
        let path = self.folder.join("guard");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self) -> io::Result<Queue> {
        let bytes = match read_bounded(&self.queue()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Queue::default()),
            bytes => bytes?,
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            let advice = "if no run is under way in this clone, delete the file";
            io::Error::new(ErrorKind::InvalidData, format!("{error}; {advice}"))
        })
    }

    fn replace(&self, queue: &Queue) -> io::Result<()> {
        let mut file = temporary(&self.folder)?;
        file.write_all(&serde_json::to_vec(queue)?)?;
        file.as_file().sync_all()?;
        file.persist(self.queue()).map_err(|error| error.error)?;
        sync_folder(&self.folder)
    }

    fn sweep(&self, queue: &mut Queue) {
        // A folder that cannot be looked at is not known to be gone.
        let is_live = |run: &RunId| {
            let place = self.runs.join(run.as_str());
            !matches!(place.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
        };
        queue.keep(is_live);
    }

    fn failed(&self, source: io::Error) -> LocksError {
        let path = self.queue();
        LocksError { path: path.display().to_string(), source: advised(&path, source) }
    }
}

impl Locks for FileLocks {
    fn ask(
        &self,
        asker: &Asker,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<Ticket>, LocksError> {
        self.change(|queue| queue.ask(asker, names, now))
    }

    fn release(&self, asker: &Asker) -> Result<(), LocksError> {
        self.change(|queue| queue.release(asker))
    }

    fn list(&self) -> Result<Vec<Ticket>, LocksError> {
        // A file is replaced whole, so it is read without the guard.
        let mut queue = self.read().map_err(|error| self.failed(error))?;
        self.sweep(&mut queue);
        Ok(queue.tickets().to_vec())
    }
}
