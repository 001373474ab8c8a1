//! L1: the files of one run, whole and as listed.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    ids::{Digest, RunId},
    limits::{EVIDENCE_FILE_BYTES_MAX, EVIDENCE_FILES_MAX, JOURNAL_BYTES_MAX},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Kept, Objects, ReadError, Report, ids, sums};
use crate::{digest, document, layout};

/// What a run's folder holds, read once.
pub(super) struct Folder<'a> {
    pub(super) run: &'a RunId,
    objects: &'a dyn Objects,
    /// Every file by its path in the folder.
    files: BTreeMap<String, Held>,
}

struct Held {
    oid: String,
    digest: Digest,
    size_bytes: u64,
}

impl<'a> Folder<'a> {
    /// Reads every file of the run's folder and compares it with the list.
    pub(super) fn read(
        objects: &'a dyn Objects,
        run: &'a RunId,
        report: &mut Report,
    ) -> Result<Self, ReadError> {
        let mut folder = Self { run, objects, files: BTreeMap::new() };
        let prefix = format!("{}/", run.folder());
        let entries = objects.list(&run.folder())?;
        if entries.len() > EVIDENCE_FILES_MAX {
            let message = format!("more than {EVIDENCE_FILES_MAX} files");
            report.find(ids::SIZE, Some(run), run.folder(), message);
            return Ok(folder);
        }
        let mut names = BTreeSet::new();
        for entry in entries {
            let path = entry.path.strip_prefix(&prefix).unwrap_or(&entry.path).to_owned();
            let legal = layout::check(&path);
            if let Err(error) = &legal {
                report.find(ids::PATH, Some(run), &path, error);
            }
            if !names.insert(path.to_lowercase()) {
                report.find(ids::PATH, Some(run), &path, "differs from another path in case only");
            }
            if entry.kept.mode == Kept::PLAIN {
                folder.hold(path, entry.kept.oid, report)?;
            } else {
                let message = format!("mode {:o} instead of 100644", entry.kept.mode);
                report.find(ids::MODE, Some(run), &path, message);
            }
        }
        folder.compare_with_list(report)?;
        Ok(folder)
    }

    fn hold(&mut self, path: String, oid: String, report: &mut Report) -> Result<(), ReadError> {
        match self.objects.blob(&oid, bytes_max(&path)) {
            Ok(bytes) => {
                let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.files.insert(path, Held { oid, digest: digest(&bytes), size_bytes });
                Ok(())
            }
            Err(error @ ReadError::TooLarge(_)) => {
                report.find(ids::SIZE, Some(self.run), path, error);
                Ok(())
            }
            Err(error @ ReadError::Unavailable(_)) => Err(error),
        }
    }

    fn compare_with_list(&self, report: &mut Report) -> Result<(), ReadError> {
        for path in layout::REQUIRED.iter().filter(|path| !self.files.contains_key(**path)) {
            report.find(ids::MISSING, Some(self.run), *path, "every run has this file");
        }
        let Some(list) = self.bytes(layout::SUMS)? else { return Ok(()) };
        let listed = sums::read(self.run, &list, report);
        for (path, digest) in &listed {
            match self.files.get(path) {
                Some(held) if held.digest == *digest => {}
                Some(_) => report.find(ids::FILES, Some(self.run), path, "changed since the seal"),
                None => report.find(ids::FILES, Some(self.run), path, "listed, but not there"),
            }
        }
        let unlisted = |path: &&String| layout::is_listed(path) && !listed.contains_key(*path);
        for path in self.files.keys().filter(unlisted) {
            report.find(ids::FILES, Some(self.run), path, "there, but not listed");
        }
        Ok(())
    }

    /// The bytes of a file; `None` if it is missing.
    pub(super) fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(held) = self.files.get(path) else { return Ok(None) };
        self.objects.blob(&held.oid, bytes_max(path)).map(Some)
    }

    /// The digest and size of a file; `None` if it is missing.
    pub(super) fn digest(&self, path: &str) -> Option<(Digest, u64)> {
        self.files.get(path).map(|held| (held.digest, held.size_bytes))
    }

    /// A document of the run; `None` if it is missing or not as the format demands, which is
    /// reported.
    pub(super) fn document<T: Serialize + DeserializeOwned>(
        &self,
        path: &str,
        report: &mut Report,
    ) -> Result<Option<T>, ReadError> {
        let Some(bytes) = self.bytes(path)? else { return Ok(None) };
        match document::from_bytes(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                report.find(ids::STRICT, Some(self.run), path, error);
                Ok(None)
            }
        }
    }

    /// Every path of the folder, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

fn bytes_max(path: &str) -> u64 {
    if path == layout::JOURNAL { JOURNAL_BYTES_MAX } else { EVIDENCE_FILE_BYTES_MAX }
}
