//! Every Rust file begins by saying what it is for.

use crate::repo::{self, File};

#[test]
fn files_begin_with_their_purpose() {
    let undocumented = |file: &File| file.is("rs") && !file.text.starts_with("//!");
    let files = repo::files();
    let complaints: Vec<String> =
        files.into_iter().filter(undocumented).map(|file| file.path).collect();
    repo::hold("a Rust file begins with `//!` and what it does", &complaints);
}
