//! The evidence branch, read: for `verify`, and to show runs that are closed.
//!
//! Bytes come from the object database alone. `refs/replace` and `info/grafts` could make Git show
//! another history than was signed, so parents are read from the bytes of each commit.

mod changes;
mod commits;
mod objects;

pub use objects::EvidenceReader;
