//! The evidence branch, written: checkpoints become signed commits, one after the other.
//!
//! The branch is linear and only grows. Every commit is built from the branch's head in the object
//! database and takes effect by a compare-and-swap of the reference, so any number of processes
//! may write; whoever loses a race builds again on what the winner left, and whoever comes after a
//! writer that was killed takes away the lock it left.

mod failure;
mod plan;
mod store;
mod turn;
mod written;

pub(crate) use store::tip;
pub use store::{BRANCH, GitEvidence};
