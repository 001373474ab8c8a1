//! The runner's private key on this machine. What its bytes mean is the evidence crate's business.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use hardstop_ports::journal::FilesError;

use crate::{
    advice::failed,
    folder::{read_bounded, sync_folder, temporary},
};

/// Where the runner's key lies in the git directory `common_dir`, if there is one yet.
pub fn path(common_dir: &Path) -> PathBuf {
    common_dir.join("hardstop/keys/runner_ed25519")
}

/// The runner's key file, `hardstop/keys/runner_ed25519` in the git directory `common_dir`; made
/// from `new_key`, readable by this user alone, if there is none.
///
/// Two processes that make it at once end with the same key: one of them wins, both read.
///
/// # Errors
///
/// [`FilesError`] if it can be neither read nor made, or if others may read it: such a key
/// proves nothing.
pub fn load_or_create(
    common_dir: &Path,
    new_key: impl FnOnce() -> Vec<u8>,
) -> Result<Vec<u8>, FilesError> {
    let folder = common_dir.join("hardstop/keys");
    let path = path(common_dir);
    let key = match load(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(&folder, &path, &new_key()).and_then(|()| load(&path))
        }
        loaded => loaded,
    };
    key.map_err(|error| failed(&path, "cannot be used as the runner's key", error))
}

fn load(path: &Path) -> io::Result<Vec<u8>> {
    let found = path.symlink_metadata()?;
    if !found.is_file() || found.permissions().mode() & 0o077 != 0 {
        let why = format!("others may read it; `chmod 600 {}`", path.display());
        return Err(io::Error::new(ErrorKind::InvalidData, why));
    }
    read_bounded(path)
}

fn create(folder: &Path, path: &Path, key: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Temporary files are made with mode 0600.
    let mut file = temporary(folder)?;
    file.write_all(key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(lost) if lost.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
        Ok(_) => sync_folder(folder),
    }
}
