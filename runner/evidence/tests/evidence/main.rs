//! The tampering list: a clean branch verifies, and every broken twin is found out.
//!
//! The branches are made in memory (`story`, `branch`, `cases`), checked by this crate
//! (`tampering`), and kept as Git bundles that `audit.sh` is tried on (`golden`).

#![expect(clippy::unwrap_used, reason = "the whole program is a test")]

mod branch;
mod cases;
mod changes;
#[expect(clippy::disallowed_methods, reason = "bundles are files, and git and audit.sh programs")]
mod golden;
mod plan;
mod player;
mod rough;
mod story;
mod tampering;
mod twins;
mod whole;
