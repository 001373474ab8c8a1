//! `cargo xtask peers [NAME...]`: servers and tools of others, for tests that meet them.
//!
//! Each is installed below `target/peers/`, pinned with all that it brings; those of Debian by
//! Debian's own tools. What is there already costs nothing. Nothing here starts a server: that is
//! what `tests/peers` does.

mod command;
mod install;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use command::run;
