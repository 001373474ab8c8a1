//! What commands print and leave behind, each in a repository and a home of its own.
//!
//! `*.trycmd` hold what is the same each time; where ids and instants vary, a test plays the
//! people in a repository of its own.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

mod again;
mod approvals;
mod check;
mod clone;
mod crash;
mod dev;
mod diff;
mod doctor;
#[cfg(feature = "plugins")]
mod exchanges;
mod init;
#[cfg(feature = "plugins")]
mod languages;
mod plan;
mod plan_at;
mod plugins;
mod reading;
mod render;
mod signatures;
mod stage;
mod steps;
mod terminal;
mod verify;
mod walk;

/// Only what needs no repository: these run in this very one.
#[test]
fn says_the_same_each_time() {
    trycmd::TestCases::new().case("../../tests/cli/*.trycmd").env("NO_COLOR", "1");
}
