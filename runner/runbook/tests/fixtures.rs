//! Every good runbook of `tests/fixtures/runbooks` compiles without a warning, and every bad one
//! is refused with the code that its first line names.

#![expect(
    clippy::disallowed_methods,
    reason = "the crate does no I/O, this test reads its fixtures"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use hardstop_core::time::Timestamp;
use hardstop_runbook::{Files, action::Lock, compile};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The YAML files of a folder, by their paths from the top, with their texts.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = fs::read_dir(top().join(folder))
        .expect("there are fixtures")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == "yaml"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
            (format!("{folder}/{name}"), fs::read_to_string(path).expect("it is text"))
        })
        // Those about triggers are another kind of file.
        .filter(|(_, text)| !text.contains("\nkind: Config\n"))
        .collect()
}

/// The other files of the repository but its lock file, which is for its own runbooks.
fn load(path: &str) -> Option<String> {
    (path != Lock::PATH).then(|| fs::read_to_string(top().join(path)).ok()).flatten()
}

/// On a day on which all windows of the fixtures open again.
fn repository() -> Files<'static> {
    let at = "2026-03-02T08:00:00Z".parse::<Timestamp>().expect("an instant");
    Files { load: &load, at }
}

fn compiles(folder: &str) {
    let mut wrong = Vec::new();
    for (path, text) in files(folder) {
        match compile(&path, &text, repository()) {
            Ok(compiled) => {
                let warnings = compiled.warnings.findings();
                wrong.extend(warnings.iter().map(|found| format!("{path}: {found:?}")));
                let modeline = text.lines().next().unwrap_or_default();
                assert!(modeline.starts_with("# yaml-language-server: $schema="), "{path}");
            }
            Err(problems) => {
                wrong.extend(problems.findings().iter().map(|found| format!("{path}: {found:?}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn good_runbooks_compile() {
    compiles("tests/fixtures/runbooks/good");
}

/// A checklist of another tool, as far as it can be said here; `docs/language.md` says what cannot.
#[test]
fn a_long_release_checklist_compiles() {
    compiles("tests/fixtures/solr-release");
}

/// All the codes are the one expected: a second, different complaint would confuse the author.
#[test]
fn bad_runbooks_are_refused_for_the_reason_they_name() {
    let mut wrong = Vec::new();
    for (path, text) in files("tests/fixtures/runbooks/bad") {
        let expected = text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        match compile(&path, &text, repository()) {
            Ok(_) => wrong.push(format!("{path}: compiles, and {expected} was expected")),
            Err(problems) => {
                for found in problems.findings().iter().filter(|found| found.code != expected) {
                    wrong.push(format!("{path}: {expected} was expected, found {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
