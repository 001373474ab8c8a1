//! All live runs of one repository.

use std::{
    collections::BTreeMap,
    fs, io,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use hardstop_core::ids::RunId;
use hardstop_ports::journal::{FilesError, RunFiles};

use crate::{
    advice::failed,
    error::OpenError,
    file::FileRun,
    folder::{Folder, JOURNAL, Unsynced, sync_folder},
    lease::{Holder, Lease, Refused},
    locks::FileLocks,
    peek::Peek,
};

/// A folder being made is renamed to its run's id when it is whole; one being deleted is renamed
/// away from it first. So a crash never leaves half a run under a run's id.
const NEW: &str = ".new-";
const GONE: &str = ".gone-";

/// After this time a folder that was being made was left by a crash.
const NEW_STALE: Duration = Duration::from_hours(1);

/// The live runs below `hardstop/` in a repository's common git directory.
#[derive(Clone, Debug)]
pub struct LiveRuns {
    runs: PathBuf,
    work: PathBuf,
    me: Holder,
}

impl LiveRuns {
    /// The live runs of the repository with this common git directory.
    ///
    /// * `me`: what others are told while this process holds a run.
    pub fn new(common_dir: &Path, me: Holder) -> Self {
        let root = common_dir.join("hardstop");
        Self { runs: root.join("runs"), work: root.join("work"), me }
    }

    /// Makes a run from its files and takes its lease. All of it is there on return, or none.
    ///
    /// * `files`: by path relative to the run's folder; `journal.jsonl` among them for a run that
    ///   was begun elsewhere, otherwise the journal is empty.
    ///
    /// # Errors
    ///
    /// [`OpenError::Exists`] if the id is taken; [`OpenError::Storage`] if it cannot be written.
    pub fn create(
        &self,
        run: &RunId,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Result<FileRun, OpenError> {
        let place = self.runs.join(run.as_str());
        if place.symlink_metadata().is_ok() {
            return Err(OpenError::Exists { run: run.clone() });
        }
        let failed = |error| failed(&place, "cannot be made", error);
        let mut unsynced = Unsynced::default();
        unsynced.create_folders(&self.runs).map_err(failed)?;
        self.sweep();
        // Deleted again if anything below fails.
        let making = tempfile::Builder::new().prefix(NEW).tempdir_in(&self.runs).map_err(failed)?;
        let folder = Folder::new(making.path().to_owned());
        let empty = (JOURNAL.to_owned(), Vec::new());
        let journal = Some(&empty).filter(|_| !files.contains_key(JOURNAL));
        for (path, bytes) in files.iter().chain(journal.map(|(path, bytes)| (path, bytes))) {
            folder.write(path, bytes, &mut unsynced)?;
        }
        unsynced.sync().map_err(failed)?;
        // Taken before the rename, so that nobody else can be first once the run is visible.
        let lease = self.take(run, making.path())?;
        match fs::rename(making.path(), &place) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                return Err(OpenError::Exists { run: run.clone() });
            }
            renamed => renamed.and_then(|()| sync_folder(&self.runs)).map_err(failed)?,
        }
        // Its name is that of the run now, and nothing is left to be deleted.
        drop(making.keep());
        Ok(FileRun::open(run.clone(), Folder::new(place), self.work.join(run.as_str()), lease)?)
    }

    /// Opens a run and takes its lease, without waiting for it.
    ///
    /// # Errors
    ///
    /// * [`OpenError::Held`] if another process owns the run: the message says which.
    /// * [`OpenError::Missing`] if there is no such live run.
    /// * [`OpenError::Storage`] if it cannot be read or written.
    pub fn open(&self, run: &RunId) -> Result<FileRun, OpenError> {
        let place = self.runs.join(run.as_str());
        let lease = self.take(run, &place)?;
        Ok(FileRun::open(run.clone(), Folder::new(place), self.work.join(run.as_str()), lease)?)
    }

    /// The locks between these runs.
    pub fn locks(&self) -> FileLocks {
        FileLocks::new(self.runs.with_file_name("locks"), self.runs.clone())
    }

    /// Reads a run without its lease.
    ///
    /// # Errors
    ///
    /// [`OpenError::Missing`] if there is no such live run.
    pub fn peek(&self, run: &RunId) -> Result<Peek, OpenError> {
        let place = self.runs.join(run.as_str());
        if place.is_dir() {
            Ok(Peek::new(run.clone(), Folder::new(place)))
        } else {
            Err(OpenError::Missing { run: run.clone() })
        }
    }

    /// Every live run, sorted by id.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if the folder cannot be listed.
    pub fn list(&self) -> Result<Vec<RunId>, FilesError> {
        let names = match fs::read_dir(&self.runs) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            names => names.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let names = names.map_err(|error| failed(&self.runs, "cannot be listed", error))?;
        let mut runs: Vec<RunId> =
            names.iter().filter_map(|name| name.file_name().to_str()?.parse().ok()).collect();
        runs.sort_unstable();
        Ok(runs)
    }

    /// The live runs whose id begins with `prefix`, sorted: none, the one meant, or all that
    /// might be.
    ///
    /// # Errors
    ///
    /// As [`LiveRuns::list`].
    pub fn find_by_prefix(&self, prefix: &str) -> Result<Vec<RunId>, FilesError> {
        let mut runs = self.list()?;
        runs.retain(|run| run.as_str().starts_with(prefix));
        Ok(runs)
    }

    /// Removes a run that is closed and whose evidence is safe. Its workspace goes with it only if
    /// it is empty: what commands left there may be what the run was for.
    ///
    /// * Returns the workspace, if it was left.
    ///
    /// After a crash half-way the run is either still there, to be removed again, or gone; what
    /// is left of its bytes is swept when the next run is made or removed.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be removed; nothing is lost by trying again.
    pub fn remove(&self, file_run: FileRun) -> Result<Option<PathBuf>, FilesError> {
        let gone = self.runs.join(format!("{GONE}{}", file_run.run()));
        let failed = |error| failed(file_run.root(), "cannot be removed", error);
        let left = match fs::remove_dir(file_run.work()) {
            Ok(()) => None,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => Some(file_run.work().to_owned()),
        };
        remove_tree(&gone).map_err(failed)?;
        fs::rename(file_run.root(), &gone)
            .and_then(|()| sync_folder(&self.runs))
            .map_err(failed)?;
        // From here on nobody can find the run, so its lease protects nothing.
        drop(file_run);
        self.sweep();
        Ok(left)
    }

    fn take(&self, run: &RunId, folder: &Path) -> Result<Lease, OpenError> {
        Lease::take(folder, &self.me).map_err(|refused| match refused {
            Refused::Held(holder) => OpenError::Held { run: run.clone(), holder },
            Refused::Io(error) if error.kind() == ErrorKind::NotFound => {
                OpenError::Missing { run: run.clone() }
            }
            Refused::Io(error) => failed(folder, "cannot be leased", error).into(),
        })
    }

    /// Deletes what crashes left behind. Nothing depends on it, so failures wait for the next
    /// sweep.
    fn sweep(&self) {
        let stale = |path: &Path| {
            fs::metadata(path)
                .and_then(|found| found.modified())
                .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > NEW_STALE))
        };
        for entry in fs::read_dir(&self.runs).into_iter().flatten().flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let Some(name) = name.to_str() else { continue };
            if name.starts_with(GONE) || (name.starts_with(NEW) && stale(&path)) {
                drop(remove_tree(&path));
            }
        }
    }
}

/// Removes a folder and all below it, following no link; one that is not there is removed.
fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
