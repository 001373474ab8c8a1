//! Installs the peers that are named, and tells how it went.

use std::{
    io::{self, Write as _},
    time::Instant,
};

use anyhow::{Context, bail};
use hardstop_tests_peers::place;

use super::{
    install::install,
    table::{LOCKS, PEERS},
};
use crate::place::root;

/// Installs the peers of these names; all if there are none.
///
/// # Errors
///
/// If a name is unknown, before anything is installed; or which could not be installed and why, after
/// all others were.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<()> {
    if let Some(unknown) = names.iter().find(|name| PEERS.iter().all(|it| it.name != **name)) {
        let known: Vec<&str> = PEERS.iter().map(|it| it.name).collect();
        bail!("there is no peer `{unknown}`: there are {}", known.join(", "));
    }
    let folder = place::folder().context("no target directory")?;
    let locks = root().join(LOCKS);
    let mut failed = Vec::new();
    for peer in PEERS.iter().filter(|it| names.is_empty() || names.contains(&it.name)) {
        let begun = Instant::now();
        match install(peer, &folder, &locks) {
            Ok(false) => {}
            Ok(true) => {
                let took = begun.elapsed().as_secs();
                writeln!(io::stderr(), "{} was installed in {took} s", peer.name)?;
            }
            Err(error) => {
                writeln!(io::stderr(), "{} cannot be installed: {error:#}", peer.name)?;
                failed.push(peer.name);
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("not installed: {}", failed.join(", "))
}
