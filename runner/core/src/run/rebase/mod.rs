//! Going on at a newer commit of the runbook (peers' Q6).
//!
//! What was executed must stand in the new plan as it stood in the old one, or the record would
//! speak of steps nobody can read up on. What is still to come may be anything. Approvals are void
//! afterwards: nobody said yes to the new text.

mod ask;
mod names;
mod prefix;

pub use ask::may_rebase;
pub(super) use ask::rebase;
pub(super) use names::Names;
