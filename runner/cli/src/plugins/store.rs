//! Components and manifests by the component's digest.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

use hardstop_core::{ids::Digest, limits::COMPONENT_BYTES_MAX};
use hardstop_evidence::digest;
use hardstop_runbook::action::{Lock, Manifest, Source};

use super::shipped::SHIPPED;
use crate::{error::CliError, wire::Site};

/// Where components are found: in this program, among those that were kept, and in the repository
/// where the lock file says so.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    /// The top of the repository.
    root: PathBuf,
    /// Where they are kept.
    folder: PathBuf,
}

impl Site {
    /// Where components of plugins are found here.
    pub(crate) fn store(&self) -> Store {
        let folder = self.repo.common_dir().join("hardstop").join("plugins");
        Store { root: self.root.clone(), folder }
    }
}

impl Store {
    /// Where machine code may be kept.
    #[cfg(feature = "plugins")]
    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// The component of that digest; `None` if it is nowhere here. A file that is not what its name
    /// says is passed over.
    ///
    /// # Errors
    ///
    /// If one that is kept cannot be read.
    pub(crate) fn component(&self, wanted: &Digest) -> io::Result<Option<Vec<u8>>> {
        if let Some(shipped) = SHIPPED.iter().find(|it| it.digest() == *wanted) {
            return Ok(Some(shipped.bytes.to_vec()));
        }
        match read(&self.file(wanted, "wasm")) {
            Ok(bytes) if digest(&bytes) == *wanted => return Ok(Some(bytes)),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => {}
        }
        let lock = fs::read_to_string(self.root.join(Lock::PATH)).ok();
        let lock = lock.and_then(|text| Lock::parse(&text).ok()).unwrap_or_default();
        let paths = lock.plugins.values().filter(|it| it.digest == *wanted);
        let paths = paths.filter_map(|it| match &it.source {
            Source::Path(path) => Some(self.root.join(path)),
            Source::File(path) => Some(PathBuf::from(path)),
            Source::Shipped | Source::Https(_) => None,
        });
        let found = paths.filter_map(|path| read(&path).ok());
        Ok(found.into_iter().find(|bytes| digest(bytes) == *wanted))
    }

    /// The manifest that was kept with the component of that digest.
    pub(crate) fn manifest(&self, of: &Digest) -> Option<Manifest> {
        Manifest::parse(&fs::read_to_string(self.file(of, "json")).ok()?).ok()
    }

    /// Keeps a component, and what it says of itself, for runs that pinned it.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub(crate) fn keep(&self, bytes: &[u8], manifest: &Manifest) -> Result<(), CliError> {
        let digest = digest(bytes);
        let kept = || {
            fs::create_dir_all(&self.folder)?;
            whole(&self.file(&digest, "wasm"), bytes)?;
            whole(&self.file(&digest, "json"), &serde_json::to_vec(manifest)?)
        };
        kept().map_err(|source| CliError::Path {
            path: format!("the component of `{}`", manifest.name),
            action: "cannot be kept",
            source,
        })
    }

    fn file(&self, digest: &Digest, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", digest.hex()))
    }
}

/// Reads a component, and no more than one may have.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(COMPONENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads what its author builds.
///
/// * `what`: is named if it is not there.
///
/// # Errors
///
/// If it cannot be read.
#[cfg(feature = "plugins")]
pub(crate) fn built(path: &Path, what: &str) -> Result<Vec<u8>, CliError> {
    read(path).map_err(|source| {
        let path = path.display().to_string();
        if source.kind() != ErrorKind::NotFound {
            return CliError::Path { path, action: "cannot be read", source };
        }
        let hint = format!("build it first (README.md of the project), or name the {what}");
        CliError::usage(format!("{path} is not there"), hint)
    })
}

/// Writes a file whole or not at all, unless it is there as it should be.
pub(super) fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(feature = "plugins")]
impl hardstop_plugin_host::Components for Store {
    fn component(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        Self::component(self, digest)
    }
}
