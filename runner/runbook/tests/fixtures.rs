//! Every good runbook of `tests/fixtures/runbooks` compiles without a warning, and every bad one
//! is refused with the code that its first line names.

use std::{fs, path::PathBuf};

use hardstop_runbook::compile;

fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures/runbooks")
        .join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn good_runbooks_compile() {
    for (name, text) in fixtures("good") {
        match compile(&name, &text) {
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
        match compile(&name, &text) {
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
