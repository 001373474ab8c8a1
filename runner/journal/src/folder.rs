//! One run's folder: which paths it may have, and how they are read, listed and written durably.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use hardstop_core::limits::{EVIDENCE_FILES_MAX, JOURNAL_BYTES_MAX};
use hardstop_ports::journal::FilesError;

use crate::{advice::failed, lease, wake};

/// The journal's name.
pub(crate) const JOURNAL: &str = "journal.jsonl";

/// The folder of one run. Whoever has it may read; only [`crate::FileRun`] writes through it.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where `path` lies, if it is one a run's file may have: relative, made of plain names none
    /// of which begins with a dot, none of them ours, and no symbolic link on the way.
    fn locate(&self, path: &str, action: &'static str) -> Result<PathBuf, FilesError> {
        let refuse = |why: &str| FilesError {
            path: path.to_owned(),
            action,
            source: io::Error::new(ErrorKind::InvalidInput, why.to_owned()),
        };
        let plain = |name: &str| {
            !name.is_empty()
                && !name.starts_with('.')
                && !name.contains(|c: char| c == '\\' || c.is_control())
        };
        if !path.split('/').all(plain) || matches!(path, lease::FILE | wake::FILE) {
            return Err(refuse("not a path a run's file may have"));
        }
        let mut place = self.root.clone();
        for name in path.split('/') {
            place.push(name);
            if place.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
                return Err(refuse("there is a symbolic link on the way; remove it"));
            }
        }
        Ok(place)
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        const ACTION: &str = "cannot be read";
        let place = self.locate(path, ACTION)?;
        read_bounded(&place).map_err(|error| failed(&place, ACTION, error))
    }

    /// Writes a file so that after any crash it is there whole, or as it was before.
    ///
    /// * `unsynced`: gets the folders that must be synced before the new name is durable. Many
    ///   files are written between two events, and a folder needs but one sync for all of them.
    pub(crate) fn write(
        &self,
        path: &str,
        bytes: &[u8],
        unsynced: &mut Unsynced,
    ) -> Result<(), FilesError> {
        const ACTION: &str = "cannot be written";
        let place = self.locate(path, ACTION)?;
        let parent = place.parent().unwrap_or(&self.root);
        let mut written = || {
            unsynced.create_folders(parent)?;
            let mut file = temporary(parent)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&place).map_err(|error| error.error)?;
            unsynced.0.insert(parent.to_owned());
            Ok(())
        };
        written().map_err(|error| failed(&place, ACTION, error))
    }

    /// Every file of the run but its journal and what is not evidence, sorted.
    pub(crate) fn list(&self) -> Result<Vec<String>, FilesError> {
        let mut found = Vec::new();
        self.list_below("", &mut found)
            .map_err(|error| failed(&self.root, "cannot be listed", error))?;
        found.sort_unstable();
        Ok(found)
    }

    fn list_below(&self, prefix: &str, found: &mut Vec<String>) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(prefix))? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|name| {
                io::Error::new(ErrorKind::InvalidData, format!("{} is not UTF-8", name.display()))
            })?;
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let kind = entry.file_type()?;
            if matches!(path.as_str(), JOURNAL | lease::FILE | wake::FILE)
                || entry.file_name().as_encoded_bytes().starts_with(b".")
            {
                continue;
            }
            if kind.is_dir() {
                self.list_below(&path, found)?;
            } else if kind.is_file() {
                found.push(path);
            } else {
                let why = format!("{path} is neither a file nor a folder; remove it");
                return Err(io::Error::new(ErrorKind::InvalidData, why));
            }
            if found.len() > EVIDENCE_FILES_MAX {
                let why = format!("there are more than {EVIDENCE_FILES_MAX} files");
                return Err(io::Error::new(ErrorKind::InvalidData, why));
            }
        }
        Ok(())
    }
}

/// Reads a whole file, unless it is larger than any file of a run may be.
pub(crate) fn read_bounded(place: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(place)?;
    // Room for all of it at once: ten thousand waiting runs are looked at in one `advance`.
    let size = file.metadata()?.len().min(JOURNAL_BYTES_MAX);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(JOURNAL_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > JOURNAL_BYTES_MAX {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Folders that hold names which are not durable yet.
#[derive(Debug, Default)]
pub(crate) struct Unsynced(BTreeSet<PathBuf>);

impl Unsynced {
    /// Makes `folder` and what is missing above it.
    pub(crate) fn create_folders(&mut self, folder: &Path) -> io::Result<()> {
        let Some(parent) = folder.parent().filter(|_| !folder.is_dir()) else { return Ok(()) };
        self.create_folders(parent)?;
        if let Err(error) = fs::create_dir(folder)
            && error.kind() != ErrorKind::AlreadyExists
        {
            return Err(error);
        }
        self.0.insert(parent.to_owned());
        Ok(())
    }

    /// Makes all names durable. After a failure it can be tried again.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.0.iter().try_for_each(|folder| sync_folder(folder))?;
        self.0.clear();
        Ok(())
    }
}

/// A file beside its target whose name no run's file can have.
pub(crate) fn temporary(parent: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".tmp-").tempfile_in(parent)
}

/// Makes the names in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
