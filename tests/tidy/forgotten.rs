//! No Rust file lies beside the program without being part of it.
//!
//! A test that no `mod` names does not run, and nobody is told.

use std::collections::BTreeSet;

use crate::repo::{self, File};

#[test]
fn every_file_is_compiled() {
    let template = repo::metadata_of("plugins/templates/rust/Cargo.toml");
    let workspaces = [repo::metadata(), repo::metadata_of("plugins/Cargo.toml"), template];
    let packages = workspaces.iter().filter_map(|it| it["packages"].as_array()).flatten();
    let targets = packages.filter_map(|package| package["targets"].as_array()).flatten();
    let root = repo::root();
    let roots = targets.filter_map(|target| {
        let path = std::path::Path::new(target["src_path"].as_str()?).canonicalize().ok()?;
        Some(path.strip_prefix(&root).ok()?.to_str()?.to_owned())
    });
    let files: Vec<File> = repo::files().into_iter().filter(|file| file.is("rs")).collect();
    let rule = "a Rust file is named by a `mod`, or is a target of a Cargo.toml";
    repo::hold(rule, &forgotten(&files, &roots.collect()));
}

/// The files that cannot be reached from `roots` by `mod name;`.
fn forgotten(files: &[File], roots: &BTreeSet<String>) -> Vec<String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<String> = roots.iter().cloned().collect();
    while let Some(path) = next.pop() {
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        let stem = path.trim_end_matches(".rs");
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let is_folder = name == "mod" || roots.contains(&path);
        let home = if is_folder { folder } else { stem };
        for module in file.text.lines().filter_map(declared) {
            next.extend([format!("{home}/{module}.rs"), format!("{home}/{module}/mod.rs")]);
        }
        reached.insert(path);
        next.retain(|path| !reached.contains(path));
    }
    files.iter().map(|file| file.path.clone()).filter(|path| !reached.contains(path)).collect()
}

/// The module a line like `pub(crate) mod name;` names.
fn declared(line: &str) -> Option<&str> {
    let (before, name) = line.trim().strip_suffix(';')?.split_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

#[test]
fn finds_files_nobody_names() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let files = [
        file("a/src/lib.rs", "//! Crate.\npub mod one;\npub(crate) mod two;\n// mod four;\n"),
        file("a/src/one.rs", "#[cfg(test)]\nmod tests;\n"),
        file("a/src/one/tests.rs", ""),
        file("a/src/two/mod.rs", "mod three;\n"),
        file("a/src/two/three.rs", ""),
        file("a/src/two/tests.rs", ""),
        file("a/src/four.rs", ""),
    ];
    let expected = ["a/src/two/tests.rs", "a/src/four.rs"];
    assert_eq!(forgotten(&files, &["a/src/lib.rs".to_owned()].into()), expected);
}
