//! What the plugins are built from: copied, to be built elsewhere, and known by one digest, so that
//! a change shows where nothing can be built.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use hardstop_evidence::digest;

/// Where sources lie.
const SOURCES: [&str; 2] = ["plugins", "schemas/wit"];
/// What lies among them, and no shipped component is made of it.
const APART: [&str; 3] = ["plugins/target", "plugins/dist", "plugins/templates"];
/// What people read of a plugin; its other texts are part of its manifest.
const PAGE: &str = "README.md";

/// The digest of all sources by their paths.
///
/// * `root`: the repository.
///
/// # Errors
///
/// If a file cannot be read.
pub(super) fn digest_of(root: &Path) -> io::Result<String> {
    let mut lines = String::new();
    for path in all(root)? {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{} {}", digest(&fs::read(root.join(&path))?), path.display());
    }
    Ok(digest(lines.as_bytes()).to_string())
}

/// Copies all sources, and what links stand for.
///
/// # Errors
///
/// If a file cannot be read or written.
pub(super) fn copy(root: &Path, to: &Path) -> io::Result<()> {
    for path in all(root)? {
        let copy = to.join(&path);
        copy.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(root.join(&path), copy)?;
    }
    Ok(())
}

/// All of them, relative to the repository.
fn all(root: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut folders: Vec<PathBuf> = SOURCES.map(PathBuf::from).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let path = folder.join(entry?.file_name());
            if root.join(&path).is_file() {
                if !path.ends_with(PAGE) {
                    files.insert(path);
                }
            } else if !APART.iter().any(|apart| path == Path::new(apart)) {
                folders.push(path);
            }
        }
    }
    Ok(files)
}
