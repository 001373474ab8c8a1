//! What changed in meaning between two revisions of a runbook.
//!
//! Two plans in, findings out: formatting, comments, the order of members and names that were
//! changed with `formerly` are nobody's concern. What a change means is said by a table of rules;
//! a difference without a rule is still told, by its path, so nothing is ever silently equal.
//! Which files are compared, and at which commits, is the caller's business.
//!
//! ```text
//! Plan ──renamed──> JSON ──walk──┐
//!                    rules ──────┼──> Change: id, class, address, before, after
//! Plan ──────────── guard ───────┘    (what a gate no longer comes before)
//! ```

mod capability;
mod change;
mod compare;
mod document;
mod guard;
mod judge;
mod outline;
mod rename;
mod rules;
mod steps;
#[cfg(test)]
mod tests;
mod walk;
mod words;

pub use change::{Change, Class};
pub use compare::diff;
pub use outline::{Outline, outline};
