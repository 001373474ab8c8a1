//! Every good runbook of `tests/fixtures/runbooks` compiles without a warning, and every bad one
//! is refused with the code that its first line names.

#![expect(
    clippy::disallowed_methods,
    reason = "the crate does no I/O, this test reads its fixtures"
)]

use std::{fs, path::PathBuf};

use hardstop_runbook::{Files, compile};

fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/runbooks")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("there are fixtures")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("it is text"))
        })
        .collect()
}

#[test]
fn good_runbooks_compile() {
    for (name, text) in fixtures("good") {
        match compile(&name, &text, Files::NONE) {
            Ok(compiled) => {
                assert_eq!(compiled.warnings.findings(), [], "{name}");
                let modeline = text.lines().next().unwrap_or_default();
                assert!(modeline.starts_with("# yaml-language-server: $schema="), "{name}");
            }
            Err(problems) => panic!("{name}: {:#?}", problems.findings()),
        }
    }
}

/// All the codes are the one expected: a second, different complaint would confuse the author.
#[test]
fn bad_runbooks_are_refused_for_the_reason_they_name() {
    let mut wrong = Vec::new();
    for (name, text) in fixtures("bad") {
        let expected = text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        match compile(&name, &text, Files::NONE) {
            Ok(_) => wrong.push(format!("{name}: compiles, and {expected} was expected")),
            Err(problems) => {
                for found in problems.findings().iter().filter(|found| found.code != expected) {
                    wrong.push(format!("{name}: {expected} was expected, found {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
