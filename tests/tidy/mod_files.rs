//! `mod.rs` says what a module holds, and holds nothing itself. In tests it may hold what they share.

use crate::repo::{self, File};

/// Those that still hold code. This list only shrinks.
const WITH_CODE: [&str; 1] = ["runner/core/src/policy/mod.rs"];

#[test]
fn mod_files_hold_no_code() {
    let listed = |file: &&File| WITH_CODE.contains(&file.path.as_str());
    let is_mod = |file: &File| file.path.ends_with("/mod.rs") && !file.is_test();
    let files: Vec<File> = repo::files().into_iter().filter(is_mod).collect();
    let with_code = files.iter().filter(|file| !listed(file) && holds_code(&file.text));
    let mut complaints: Vec<String> = with_code.map(|file| file.path.clone()).collect();
    let clean = files.iter().filter(|file| listed(file) && !holds_code(&file.text));
    complaints.extend(clean.map(|file| format!("{} is clean: take it off the list", file.path)));
    repo::hold("mod.rs holds documentation, `mod` and `use`, nothing else", &complaints);
}

fn holds_code(text: &str) -> bool {
    let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    code.flat_map(|line| line.split_whitespace()).any(|word| word == "fn")
}

#[test]
fn finds_functions_but_not_words_in_comments() {
    assert!(holds_code("mod a;\n    pub const fn b() {}\n"));
    assert!(!holds_code("//! fn in words\nmod a;\npub use a::fnord;\n"));
}
