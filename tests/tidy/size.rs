//! A file fits in a head.

use crate::repo::{self, File};

/// Source files stay below this; files of tests are apart.
const LINES_MAX: usize = 400;
/// No Rust file is longer than this.
const LINES_NEVER: usize = 700;
/// Source files that are longer, each for a reason. This list only shrinks.
const LONG: [&str; 1] = [
    // One variant after the other, all of one kind.
    "runner/core/src/event/fact.rs",
];

#[test]
fn files_are_short() {
    let files = repo::files();
    let mut complaints: Vec<String> = files.iter().filter_map(complaint).collect();
    let gone = LONG.iter().filter(|long| files.iter().all(|file| file.path != **long));
    complaints.extend(gone.map(|path| format!("{path} is gone: take it off the list")));
    repo::hold("a source file has at most 400 lines, any Rust file at most 700", &complaints);
}

fn complaint(file: &File) -> Option<String> {
    let File { path, text } = file;
    let lines = text.lines().count();
    let listed = LONG.contains(&path.as_str());
    if !file.is("rs") {
        None
    } else if lines > LINES_NEVER || (lines > LINES_MAX && !listed && !file.is_test()) {
        Some(format!("{path} has {lines} lines"))
    } else if lines <= LINES_MAX && listed {
        Some(format!("{path} is short now: take it off the list"))
    } else {
        None
    }
}

#[test]
fn finds_long_files_and_stale_exceptions() {
    let check = |path: &str, lines: usize| {
        complaint(&File { path: path.to_owned(), text: "\n".repeat(lines) }).is_some()
    };
    assert!(check("runner/core/src/run.rs", 401));
    assert!(check("tests/sim/world.rs", 701));
    assert!(check(LONG[0], 701));
    assert!(check(LONG[0], 400));
    assert!(!check(LONG[0], 401));
    assert!(!check("runner/core/src/run.rs", 400));
    assert!(!check("runner/core/src/run/tests.rs", 700));
    assert!(!check("README.md", 701));
}
