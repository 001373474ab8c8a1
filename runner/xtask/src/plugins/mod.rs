//! `cargo xtask plugins [--check]`: the shipped plugins as components.
//!
//! `plugins/dist/` holds the components and their digests, because most machines have no compiler
//! for WebAssembly. Building is reproducible: the same sources and the same compiler give the same
//! bytes in any directory. So a check builds them again and compares, where it can; a compiler that
//! is not the recorded one proves nothing, and is said to.

mod build;
mod command;
mod dist;
#[cfg(test)]
mod tests;
mod toolchain;

pub(crate) use command::{check, write};
