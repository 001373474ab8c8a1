//! The program itself, as a process: killed, raced, starved and moved about.
//!
//! Each test makes a repository of its own with a home of its own, so that nothing of the machine
//! reaches in. What cannot be had here (another user, a full disk, a moved clock) is skipped, and
//! the skip is said on stderr.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod branch;
mod children;
mod clock;
mod commands;
mod http;
mod journal;
mod kills;
mod locks;
mod place;
mod polls;
mod proxy;
mod repositories;
mod storage;
mod symlink;
mod together;
mod triggers;
mod unrepeated;
