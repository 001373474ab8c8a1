//! What a step comes to when it is about to start, and what a run says of itself: expressions
//! evaluated against the run as it is.
//!
//! Nothing here is remembered. What an evaluation gave is journaled by whoever asked, so a replay
//! evaluates nothing.

mod child;
mod closing;
mod delay;
mod evidence;
mod foresee;
mod gate;
mod good_day;
mod items;
mod known;
mod locks;
mod names;
mod resolver;
mod run;
mod sight;
mod uses;

pub use closing::{group, run_outputs};
pub use evidence::{evidence_content, until_holds};
pub use foresee::{foresee, foresee_items, title};
pub use good_day::Unknown;
pub(crate) use good_day::{Foreseen, good_day};
pub use resolver::{Places, Resolved, resolve};
