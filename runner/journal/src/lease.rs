//! The lease: the right to append to one run, held by one process at a time.
//!
//! It is a lock of the operating system on the file `lease` in the run's folder, so it ends with
//! the process that holds it, even by `kill -9`. The file's content says who that is and decides
//! nothing.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::MetadataExt,
    path::Path,
    thread::sleep,
    time::Duration,
};

use hardstop_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The lease's name in the run's folder.
pub(crate) const FILE: &str = "lease";

/// The most that is read of a lease file.
const BYTES_MAX: u64 = 4 * 1024;

/// Who takes a lease signs it right after; whoever is refused looks this often, this long apart.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Who holds a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// The machine that process runs on.
    pub host: String,
    /// When that process began its work.
    pub since: Timestamp,
    /// What it was asked to do, as it was typed.
    pub command: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, host, since, command } = self;
        write!(f, "process {pid} on {host} since {since} (`{command}`)")
    }
}

/// A lease that was not had.
pub(crate) enum Refused {
    /// Somebody else has it.
    Held(Option<Holder>),
    /// The run was removed while we looked, or its folder cannot be written.
    Io(io::Error),
}

/// A held lease; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Lease {
    _lock: File,
}

impl Lease {
    /// Takes the lease of the run in `folder` for `me`, without waiting.
    pub(crate) fn take(folder: &Path, me: &Holder) -> Result<Self, Refused> {
        let path = folder.join(FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Refused::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Refused::Held(read_holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(Refused::Io(error)),
        }
        // The run may have been removed between opening the file and locking it: the lock is then
        // one on a file nobody else can find.
        let (ours, there) = (file.metadata().map_err(Refused::Io)?, path.symlink_metadata());
        if !there.is_ok_and(|there| (there.ino(), there.dev()) == (ours.ino(), ours.dev())) {
            return Err(Refused::Io(io::ErrorKind::NotFound.into()));
        }
        sign(&mut file, me).map_err(Refused::Io)?;
        Ok(Self { _lock: file })
    }
}

/// Who holds the lease of the run in `folder`, in words; `None` if nobody does.
///
/// Nothing is written. For the moment of the look, somebody who takes the lease may be refused.
pub(crate) fn held_by(folder: &Path) -> Option<String> {
    let mut file = File::open(folder.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let holder = read_holder(&mut file);
            Some(holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string()))
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Who says they hold the lease; nothing if it cannot be read, since only the lock counts.
fn read_holder(file: &mut File) -> Option<Holder> {
    // Not at once: the holder may just have come, and the name be that of the one before.
    (0..LOOKS).find_map(|_| {
        sleep(BETWEEN_LOOKS);
        let mut text = Vec::new();
        file.rewind().ok()?;
        file.take(BYTES_MAX).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    })
}

fn sign(file: &mut File, me: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(me)?)
}
