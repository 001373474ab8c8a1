//! Machine code of components, kept between two starts of the program.
//!
//! A file is named after the component's digest and after everything about this engine that machine
//! code depends on. It holds the code, then the SHA-256 of it: the code is mapped as it lies there,
//! so nothing is copied and two processes share it. Whatever is wrong with a file or its folder, the
//! component is compiled again; whatever goes wrong in writing one, it is not kept. Everything here
//! may be deleted at any time.
#![expect(unsafe_code, reason = "machine code is run as it was found; `load` says why it may be")]

use std::{
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read, Write},
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use hardstop_core::ids::Digest;
use rustix::{
    fs::{self, AtFlags, Dir, FileType, Mode, OFlags},
    process::geteuid,
};
use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, component::Component};

/// Bytes of a SHA-256 sum.
const SUM: u64 = 32;
/// Machine code of one component: some four times its size.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Files kept: every plugin of a few repositories. When there are more, all are forgotten.
const FILES_MAX: usize = 200;

/// A folder that nobody but us can read or write, held open.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: OwnedFd,
    engine: String,
}

impl Cache {
    /// The folder, made if it is missing. `None` if it cannot be had, or somebody else could write
    /// into it.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Option<Self> {
        std::fs::create_dir_all(folder.parent()?).ok()?;
        // Fails if it is there, which is as good.
        let _ = fs::mkdir(folder, Mode::RWXU);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = fs::open(folder, flags, Mode::empty()).ok()?;
        if !is_ours(&folder, FileType::Directory)? {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Some(Self { folder, engine: format!("{:016x}", hasher.finish()) })
    }

    /// The component's machine code, if it was kept and is whole.
    pub(crate) fn load(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.folder, self.name(digest), flags, Mode::empty()).ok()?;
        if !is_ours(&file, FileType::RegularFile)? {
            return None;
        }
        let file = File::from(file);
        if !is_whole(&file)? {
            return None;
        }
        // The open file by its number, so that what is mapped is what was looked at.
        let path = format!("/dev/fd/{}", file.as_raw_fd());
        // SAFETY: these bytes must have been written by `Engine::precompile_component` or
        // `Component::serialize`, and not be changed from now on.
        // - Only `keep` writes files of this name, under another one: what has this name is never
        //   written to again, it is replaced or removed as a whole, which a mapping outlives.
        // - Both folder and file belong to this user and nobody else can write to them, which was
        //   asked of the open files, not of their paths. Who can act as this user can change this
        //   very program as well, which is mapped from a file in the same way.
        // - An accident (a torn write, a bad disk) does not survive the sum.
        // - Code of another version, target or configuration has another name, and is refused by
        //   wasmtime's own header too. What follows the code is in none of its sections.
        unsafe { Component::deserialize_file(engine, path) }.ok()
    }

    /// Keeps a component's machine code, if that is possible.
    pub(crate) fn keep(&self, digest: &Digest, component: &Component) {
        if let Ok(code) = component.serialize() {
            // The next start compiles it again: slower, nothing else.
            drop(self.write(&self.name(digest), &code));
        }
    }

    fn name(&self, digest: &Digest) -> String {
        format!("{}-{}", digest.hex(), self.engine)
    }

    /// Whole or not at all, for whoever looks.
    fn write(&self, name: &str, code: &[u8]) -> io::Result<()> {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        self.make_room()?;
        let unique = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let draft = format!("{name}.{}.{unique}", process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = fs::openat(&self.folder, &draft, flags, Mode::RUSR | Mode::WUSR)?;
        let mut file = File::from(file);
        let written = file
            .write_all(code)
            .and_then(|()| file.write_all(&Sha256::digest(code)))
            .and_then(|()| Ok(fs::renameat(&self.folder, &draft, &self.folder, name)?));
        if written.is_err() {
            fs::unlinkat(&self.folder, &draft, AtFlags::empty())?;
        }
        written
    }

    fn make_room(&self) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            if entry.file_type() != FileType::Directory {
                names.push(entry.file_name().to_owned());
            }
        }
        if names.len() >= FILES_MAX {
            for name in names {
                fs::unlinkat(&self.folder, name, AtFlags::empty())?;
            }
        }
        Ok(())
    }
}

/// Whether a file ends with the sum of what stands before. Leaves its position anywhere.
fn is_whole(mut file: &File) -> Option<bool> {
    let size = file.metadata().ok()?.len();
    let mut code = size.checked_sub(SUM).filter(|_| size <= FILE_BYTES_MAX)?;
    let mut hasher = Sha256::new();
    let mut chunk = [0; 16 * 1024];
    while code > 0 {
        let wanted = usize::try_from(code).map_or(chunk.len(), |code| code.min(chunk.len()));
        let read = file.read(&mut chunk[..wanted]).ok().filter(|read| *read > 0)?;
        hasher.update(&chunk[..read]);
        code -= read as u64;
    }
    let mut sum = Vec::new();
    file.take(SUM).read_to_end(&mut sum).ok()?;
    Some(hasher.finalize().as_slice() == sum)
}

/// Whether an open file is of this kind, ours, and nobody else can write to it.
fn is_ours(file: &OwnedFd, kind: FileType) -> Option<bool> {
    let stat = fs::fstat(file).ok()?;
    let others = Mode::RWXG | Mode::RWXO;
    Some(
        FileType::from_raw_mode(stat.st_mode) == kind
            && stat.st_uid == geteuid().as_raw()
            && !Mode::from_raw_mode(stat.st_mode).intersects(others),
    )
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    const NAME: Digest = Digest::from_bytes([1; 32]);

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn only_what_is_whole_and_ours_is_run() {
        let engine = Engine::default();
        let component = Component::new(&engine, wat::parse_str("(component)").unwrap()).unwrap();
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("plugins");
        let cache = Cache::open(&folder, &engine).expect("it is made");
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(cache.load(&engine, &NAME).is_none());
        cache.keep(&NAME, &component);
        assert!(cache.load(&engine, &NAME).is_some());
        let file = folder.join(cache.name(&NAME));
        let whole = fs::read(&file).unwrap();

        // A bit that fell over, and a file that is not all there.
        let mut bytes = whole.clone();
        bytes[whole.len() / 2] ^= 1;
        for broken in [&bytes[..], &whole[..whole.len() / 2], &whole[..5], &[]] {
            fs::write(&file, broken).unwrap();
            assert!(cache.load(&engine, &NAME).is_none());
        }
        // What another engine wrote, moved here.
        let mut other = wasmtime::Config::new();
        other.epoch_interruption(true);
        let other = Engine::new(&other).unwrap();
        fs::write(&file, &whole).unwrap();
        assert!(Cache::open(&folder, &other).unwrap().load(&other, &NAME).is_none());
        assert!(cache.load(&other, &NAME).is_none());

        mode(&file, 0o620);
        assert!(cache.load(&engine, &NAME).is_none());
        mode(&file, 0o600);
        assert!(cache.load(&engine, &NAME).is_some());
        mode(&folder, 0o770);
        assert!(Cache::open(&folder, &engine).is_none());
        mode(&folder, 0o700);
        let link = top.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert!(Cache::open(&link, &engine).is_none());
        // It may go at any time.
        fs::remove_dir_all(&folder).unwrap();
        assert!(cache.load(&engine, &NAME).is_none());
        cache.keep(&NAME, &component);
    }
}
