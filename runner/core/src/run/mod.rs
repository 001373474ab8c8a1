//! The run as a whole: what may start, what an input means, what a fact changes, how it ends.
//!
//! The machines of single steps are in `step`; this module puts them together.

mod admission;
mod again;
mod apply;
mod asked;
pub(crate) mod call_stage;
mod clock;
mod composite;
mod decide;
mod ending;
mod fan;
mod open_item;
mod order;
mod outstanding;
mod person;
mod query;
mod rebase;
mod refusal;
mod start;
mod state;
pub(crate) mod step_state;
mod tree;
mod wake;

pub use crate::step::approval::{Seats, binding, decided, seats};
pub use admission::{Blocked, may_start};
pub(crate) use admission::{Stage, is_ready};
pub use again::impact;
pub use apply::apply;
pub(crate) use asked::{Asked, Decision};
pub use decide::{Context, advance, decide};
pub use outstanding::outstanding;
pub use rebase::may_rebase;
pub use refusal::Refusal;
pub use state::{Ending, Pinned, Placed, RunState};
pub use step_state::{Attestation, Closed, Probe, StepState, Ticked, Vote};
