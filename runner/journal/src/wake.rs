//! What a run waits for, in a few bytes beside its journal: a cache, so that looking at thousands
//! of waiting runs folds none of them. It may be deleted at any time and is no evidence.

use std::{fs, io::Write, path::Path};

use hardstop_core::time::Timestamp;
use hardstop_ports::journal::FilesError;
use serde::{Deserialize, Serialize};

use crate::{
    advice::failed,
    folder::{JOURNAL, temporary},
};

/// The cache's name in the run's folder.
pub(crate) const FILE: &str = "wake";

/// What a run waits for, as of one length of its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wake {
    /// Length of the journal this was folded from, in bytes. If the journal is longer, this is
    /// out of date.
    pub journal_bytes: u64,
    /// The run's status in one word, for lists.
    pub status: String,
    /// When something is to be done without anybody asking; `None` if only people can move it.
    pub at: Option<Timestamp>,
}

/// Reads the cache of the run in `folder`; `None` if there is none, or it is out of date.
pub(crate) fn read(folder: &Path) -> Option<Wake> {
    let wake: Wake = serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()?;
    let journal_bytes = fs::metadata(folder.join(JOURNAL)).ok()?.len();
    (wake.journal_bytes == journal_bytes).then_some(wake)
}

/// Replaces the cache of the run in `folder`; whole or not at all, and not synced, for it can be
/// made again.
pub(crate) fn write(folder: &Path, wake: &Wake) -> Result<(), FilesError> {
    let path = folder.join(FILE);
    let written = || {
        let mut file = temporary(folder)?;
        file.write_all(&serde_json::to_vec(wake)?)?;
        file.persist(&path).map_err(|error| error.error)
    };
    written().map(drop).map_err(|error| failed(&path, "cannot be written", error))
}
