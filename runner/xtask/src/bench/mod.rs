//! The speed the program promises, measured on the release binary: `cargo xtask bench`.
//!
//! Each benchmark sets up repositories of its own below the target directory, runs what a person
//! would type, and holds the time against a limit or against something else done in the same
//! rounds. No test runs any of this: figures depend on the machine, tests must not.

mod check;
mod command;
mod evidence;
mod filled;
#[path = "../../../plugin-host/tests/host/guest.rs"]
#[expect(dead_code, reason = "guests of tests do far more")]
mod guest;
mod measure;
mod others;
mod plugins;
mod scratch;
mod simulate;
mod start;
mod status;
mod steps;
mod table;
mod waiting;

pub(crate) use command::run;
