//! Rules about this repository's own files, each held by a test.
//!
//! A rule collects all its complaints and fails once, in the words of the rule. Beside it stands a
//! test of the rule itself: what it must find and what it must leave alone. No rule needs the
//! network.

mod core_dependencies;
mod forgotten;
mod layers;
mod leftovers;
mod links;
mod machine_paths;
mod mod_files;
mod module_docs;
mod purity;
mod repo;
mod semantics;
mod size;
mod words;
