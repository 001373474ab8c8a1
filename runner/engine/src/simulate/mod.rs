//! A rehearsal: the real core, the real transition and the real resolver in a world that a
//! scenario makes up, under a clock that jumps from one instant to the next.
//!
//! No file, no process, no Git, no waiting. Equal scenarios give equal journals. What a scenario
//! expects is judged once the run has come to its end, or can go no further.

mod agenda;
mod answer;
mod coverage;
mod deeds;
mod found;
mod golden;
mod judge;
mod locks;
mod memory;
mod pattern;
mod played;
mod rehearse;
mod request;
mod seen;
mod stage;
#[cfg(test)]
mod tests;
mod work;

pub use coverage::{Coverage, Gaps};
pub use rehearse::{Rehearsal, Script, rehearse};
pub use seen::Seen;
