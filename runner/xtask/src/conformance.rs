//! `cargo xtask conformance`: every shipped plugin against servers that go wrong, against the servers
//! themselves, and against descriptions of those that do not run here.
//!
//! It installs what is missing first, and nothing is skipped. The tests are `cargo test`'s own, so
//! those that need nothing heavy run with all others too.

use std::{fs, io::ErrorKind};

use anyhow::{Context, bail};
use hardstop_tests_peers::place;

use crate::{peers, place::cargo};

/// What it meets.
const PEERS: [&str; 5] = ["buildbot", "prometheus", "alertmanager", "synapse", "prism"];
/// Packages, and their tests.
const SUITES: [&[&str]; 2] = [
    &["--package", "hardstop-tests-peers"],
    &["--package", "hardstop-plugin-host", "--test", "conformance"],
];

/// Runs all of it.
///
/// # Errors
///
/// What cannot be installed, or that a test failed or was skipped.
pub(crate) fn run() -> anyhow::Result<()> {
    peers::run(&PEERS)?;
    let skipped = place::folder().context("no target directory")?.join("skipped");
    match fs::remove_file(&skipped) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        removed => removed.context("the list of what was skipped cannot be removed")?,
    }
    for suite in SUITES {
        let ended = cargo().arg("test").arg("--locked").args(suite).status();
        if !ended.context("cargo cannot be started")?.success() {
            bail!("the plugins do not conform");
        }
    }
    if let Ok(lines) = fs::read_to_string(&skipped) {
        bail!("not all of it was tested:\n{lines}");
    }
    Ok(())
}
