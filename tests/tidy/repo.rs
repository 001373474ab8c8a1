//! The repository as the rules see it: its files, cargo's view of it, and how a rule fails.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// A text file that is tracked, or would be.
pub(crate) struct File {
    /// Relative to the root, `/` between components.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl File {
    /// Whether the name ends in `.` and `extension`.
    pub(crate) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// Whether programs wrote it to be kept as it is: rules on how *we* write do not apply.
    pub(crate) fn is_recorded(&self) -> bool {
        let folders = [
            "evidence/golden/",
            "tests/histories/",
            "tests/fixtures/",
            "tests/conformance/descriptions/",
            "tests/peers/locks/",
        ];
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// Whether it is compiled for tests only.
    pub(crate) fn is_test(&self) -> bool {
        let path = &self.path;
        path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
    }

    /// `path:line`, with the line counted from 1.
    pub(crate) fn at(&self, index: usize) -> String {
        format!("{}:{}", self.path, index + 1)
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).expect("runner/xtask lies two levels deep").to_owned()
}

/// Every text file that is tracked, or new and not ignored. Binary files are left out.
pub(crate) fn files() -> Vec<File> {
    let list = output("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    // During a merge a path is listed more than once, and it may be gone from the work tree.
    let paths: BTreeSet<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    let read = |path: &str| {
        let text = String::from_utf8(std::fs::read(root().join(path)).ok()?).ok()?;
        Some(File { path: path.to_owned(), text })
    };
    paths.into_iter().filter_map(read).collect()
}

/// What `cargo metadata` says of the workspace's own crates.
pub(crate) fn metadata() -> Value {
    metadata_of("Cargo.toml")
}

/// What it says of those of another workspace in the repository.
pub(crate) fn metadata_of(manifest: &str) -> Value {
    let args = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let args = [args.as_slice(), &["--manifest-path", manifest]].concat();
    serde_json::from_str(&output(env!("CARGO"), &args)).expect("cargo writes JSON")
}

fn output(program: &str, args: &[&str]) -> String {
    let result = Command::new(program).args(args).current_dir(root()).output();
    let output = result.unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {} failed: {complaint}", args.join(" "));
    String::from_utf8(output.stdout).expect("paths and JSON are UTF-8")
}

/// Fails with the rule and everything that breaks it.
#[track_caller]
pub(crate) fn hold(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}\n", complaints.join("\n  "));
}
