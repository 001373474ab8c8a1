//! What triggers have done and still have to do: a mark for each idempotency key, and how far each
//! trigger was looked at.
//!
//! ```text
//! <git common dir>/hardstop/triggers/
//!   lock         held by the process that opens runs for triggers
//!   keys/<hex>   a mark; its name is the SHA-256 of its key
//!   seen/<id>    how far a trigger was looked at
//! ```
//!
//! A mark names its run before the run is opened, and stays when it is closed. So whoever finds a
//! mark with a run opens that very run, or none.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use hardstop_core::{header::Trigger, ids::RunId, time::Timestamp};
use hardstop_evidence::digest;
use hardstop_ports::journal::FilesError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    advice::failed,
    folder::{Unsynced, read_bounded, sync_folder, temporary},
};

/// One idempotency key, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The trigger, as the run's header will have it.
    pub trigger: Trigger,
    /// What the run is made from: the run that ended, or the blob of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When the mark was made.
    pub noted: Timestamp,
    /// What became of it.
    pub state: MarkState,
}

/// What became of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MarkState {
    /// Its run is to be opened when its turn comes.
    Pending,
    /// This run is being opened. If the run is not there, whoever did it died over it.
    Claimed {
        /// The id it has, or will have.
        run: RunId,
    },
    /// This run was opened.
    Opened {
        /// The run.
        run: RunId,
    },
    /// No run was opened, as the trigger's rules have it.
    Skipped {
        /// Why.
        why: String,
    },
    /// No run could be opened. It is not tried again.
    Refused {
        /// Why.
        why: String,
    },
}

/// How far a trigger was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The rule that was in force; another rule is looked at anew.
    pub rule: String,
    /// The instant of the last look.
    pub at: Timestamp,
    /// The number of the first line of the register that nobody has looked at.
    #[serde(default)]
    pub line: u64,
}

/// The marks of one repository.
#[derive(Clone, Debug)]
pub struct Marks {
    root: PathBuf,
}

impl Marks {
    /// The marks of the repository with this common git directory.
    pub fn new(common_dir: &Path) -> Self {
        Self { root: common_dir.join("hardstop/triggers") }
    }

    /// Waits for the right to open runs for triggers. It ends with the value, or with the process.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if the lock cannot be made.
    pub fn lock(&self) -> Result<HeldMarks, FilesError> {
        let path = self.root.join("lock");
        let locked = || {
            let mut unsynced = Unsynced::default();
            unsynced.create_folders(&self.root.join("keys"))?;
            unsynced.create_folders(&self.root.join("seen"))?;
            unsynced.sync()?;
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        let lock = locked().map_err(|error| failed(&path, "cannot be locked", error))?;
        Ok(HeldMarks { marks: self.clone(), _lock: lock })
    }

    /// The mark of a key.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be read.
    pub fn find(&self, key: &str) -> Result<Option<Mark>, FilesError> {
        load(&self.place(key))
    }

    /// All marks, in the order of what they are about.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if one cannot be read: without it, its run might be opened twice.
    pub fn list(&self) -> Result<Vec<Mark>, FilesError> {
        let folder = self.root.join("keys");
        let names = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            names => names.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let names = names.map_err(|error| failed(&folder, "cannot be listed", error))?;
        let mut marks = Vec::with_capacity(names.len());
        for name in names {
            // What a crash left half-written has a name that begins with a dot.
            if !name.file_name().as_encoded_bytes().starts_with(b".") {
                marks.extend(load::<Mark>(&name.path())?);
            }
        }
        marks.sort_by(|one, other| {
            let order = |mark: &Mark| (mark.trigger.at, mark.trigger.key.clone());
            order(one).cmp(&order(other))
        });
        Ok(marks)
    }

    /// How far the trigger of that name was looked at; `None` if never.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be read.
    pub fn seen(&self, trigger: &str) -> Result<Option<Seen>, FilesError> {
        load(&self.root.join("seen").join(trigger))
    }

    fn place(&self, key: &str) -> PathBuf {
        self.root.join("keys").join(digest(key.as_bytes()).hex())
    }
}

/// The marks, and the right to change them.
#[derive(Debug)]
pub struct HeldMarks {
    marks: Marks,
    _lock: File,
}

impl HeldMarks {
    /// The marks, to be read.
    pub const fn read(&self) -> &Marks {
        &self.marks
    }

    /// Makes or replaces the mark of its key. It is durable on return.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be written; it is then as it was before.
    pub fn write(&self, mark: &Mark) -> Result<(), FilesError> {
        save(&self.marks.place(&mark.trigger.key), mark)
    }

    /// Forgets the mark of a key.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be removed.
    pub fn forget(&self, key: &str) -> Result<(), FilesError> {
        let place = self.marks.place(key);
        match fs::remove_file(&place) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|error| failed(&place, "cannot be removed", error)),
        }
    }

    /// Notes how far the trigger of that name was looked at.
    ///
    /// # Errors
    ///
    /// [`FilesError`] if it cannot be written.
    pub fn note_seen(&self, trigger: &str, seen: &Seen) -> Result<(), FilesError> {
        save(&self.marks.root.join("seen").join(trigger), seen)
    }
}

fn load<T: DeserializeOwned>(place: &Path) -> Result<Option<T>, FilesError> {
    let read = match read_bounded(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.and_then(|bytes| Ok(serde_json::from_slice(&bytes)?)),
    };
    read.map(Some).map_err(|error| failed(place, "cannot be read", error))
}

fn save<T: Serialize>(place: &Path, value: &T) -> Result<(), FilesError> {
    let written = || {
        let folder = place.parent().unwrap_or(place);
        let mut file = temporary(folder)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.as_file().sync_all()?;
        file.persist(place).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    written().map_err(|error| failed(place, "cannot be written", error))
}
