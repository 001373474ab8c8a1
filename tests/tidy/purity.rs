//! Pure crates reach for nothing outside their arguments.
//!
//! Their `clippy.toml` bans the likeliest functions wherever they are called; this rule bans the
//! modules those come from, in everything but tests.

use crate::repo::{self, File};

/// Crates without I/O, clock, environment and threads.
const PURE: [&str; 3] = ["runner/core/src/", "runner/runbook/src/", "runner/evidence/src/"];
/// What leads outside, as it looks where it is used.
const OUTSIDE: [&str; 14] = [
    "fs::",
    // Addresses are values.
    "net::Tcp",
    "net::Udp",
    "ToSocketAddrs",
    "env::",
    "thread::",
    "process::Command",
    "process::exit",
    "process::id",
    "io::stdin",
    "io::stdout",
    "io::stderr",
    "SystemTime",
    "Instant::now",
];

#[test]
fn pure_crates_stay_pure() {
    let files = repo::files();
    let pure = |file: &&File| PURE.iter().any(|crate_| file.path.starts_with(crate_));
    let files = files.iter().filter(|file| file.is("rs") && !file.is_test()).filter(pure);
    let complaints: Vec<String> = files.flat_map(find).collect();
    repo::hold("core, runbook and evidence touch nothing outside their arguments", &complaints);
}

fn find(file: &File) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let code = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    let outside = |line: &str| OUTSIDE.iter().find(|name| holds(line, name));
    code.filter_map(|(i, line)| Some(format!("{}: {}", file.at(i), outside(line)?))).collect()
}

/// Whether `line` uses `name`, and not a longer one that ends or begins with it.
fn holds(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(start, _)| {
        let after = &line[start + name.len()..];
        // Anything in such a module, and all types of `net` that begin so.
        let begins = name.ends_with("::") || name.starts_with("net::");
        !line[..start].ends_with(word) && (begins || !after.starts_with(word))
    })
}

#[test]
fn finds_ways_out() {
    let text = "use std::{fs::File, io};\n/// Not `fs::read`.\nlet x = prefs::get(SystemTimeout);\n\
                let now = std::time::Instant::now();\n";
    let file = File { path: "runner/core/src/x.rs".to_owned(), text: text.to_owned() };
    assert_eq!(
        find(&file),
        ["runner/core/src/x.rs:1: fs::", "runner/core/src/x.rs:4: Instant::now"]
    );
}
