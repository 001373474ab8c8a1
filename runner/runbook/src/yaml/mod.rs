//! YAML text to a tree that knows where each of its nodes stands.
//!
//! The part of YAML that surprises is refused here, for every kind of file: anchors, aliases,
//! merge keys, tags, directives, duplicate keys, several documents, the booleans of YAML 1.1,
//! numbers that readers of YAML do not agree on, and characters that make a text read differently
//! from what it is.

mod node;
mod read;
mod refuse;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use node::{Key, Kind, Node};
pub(crate) use read::read;
