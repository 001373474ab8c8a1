//! The scenario files that are meant, and the files they speak of.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use hardstop_git::Repo;

use super::super::check::{kind, read};
use crate::error::CliError;

/// Folders are looked into this deep; deeper ones nobody meant.
const DEPTH_MAX: usize = 8;

/// The scenarios among the files and folders that were named, each folder's sorted.
///
/// # Errors
///
/// If there is none.
pub(super) fn scenarios(named: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut found = Vec::new();
    for path in named {
        if path.is_dir() {
            add(path, DEPTH_MAX, &mut found);
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Err(CliError::usage(
            "there is nothing to rehearse: no file of `kind: Scenario`",
            "write one beside a runbook; docs/language.md shows how",
        ));
    }
    Ok(found)
}

fn add(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    // A folder that cannot be listed has none.
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // Of the entry itself: a link to a folder could lead in circles.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 1 {
            add(&path, depth - 1, found);
        } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml")
            && read(&path).is_ok_and(|text| kind(&text) == "Scenario")
        {
            found.push(path);
        }
    }
}

/// A path that a file names, relative to where that file lies, without `.` and `..` where they can
/// be done without.
pub(super) fn beside(file: &Path, named: &str) -> PathBuf {
    let joined = file.parent().unwrap_or(Path::new("")).join(named);
    let mut path = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if path
                    .components()
                    .next_back()
                    .is_some_and(|it| matches!(it, Component::Normal(_))) =>
            {
                path.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => path.push(part),
        }
    }
    path
}

/// A file that a runbook names: by a path that begins where we are, as its own does, or at the top
/// of the repository.
pub(super) fn named(path: &str) -> Option<String> {
    read(Path::new(path)).ok().or_else(|| {
        let repository = Repo::discover(Path::new(".")).ok()?;
        read(&repository.work_dir()?.join(path)).ok()
    })
}
