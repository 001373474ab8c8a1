//! The run as a whole: what may start, what an input means, what a fact changes, how it ends.
//!
//! The machines of single steps are in `step`; this module puts them together.

mod admission;
mod apply;
mod clock;
mod decide;
mod ending;
mod outstanding;
mod refusal;
mod state;
mod step_state;

pub use crate::step::approval::binding;
pub use admission::{Blocked, may_start};
pub use apply::apply;
pub use decide::{Context, advance, decide};
pub use outstanding::outstanding;
pub use refusal::Refusal;
pub use state::{Ending, RunState};
pub use step_state::{Attestation, StepState, Ticked, Vote};
