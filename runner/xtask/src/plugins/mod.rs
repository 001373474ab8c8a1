//! `cargo xtask plugins [--check]`: the shipped plugins as components.
//!
//! `plugins/dist/` holds the components and their digests, because most machines have no compiler
//! for WebAssembly. Building is reproducible: the same sources and the same compiler give the same
//! bytes in any directory. So a check builds them again and compares, where it can. Where it cannot,
//! because no compiler or another one than the recorded is there, it still fails if the sources are
//! not those that were recorded, and says that it compared no bytes.

mod build;
mod command;
mod dist;
mod drift;
mod sources;
#[cfg(test)]
mod tests;
mod toolchain;

pub(crate) use command::{check, write};
