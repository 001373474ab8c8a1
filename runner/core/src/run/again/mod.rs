//! Doing steps again: what follows from it for the rest of the run, and who may ask for it.
//!
//! [`impact`] is pure, and the event carries exactly what it gives: a preview that shows it shows
//! what will happen (peers' Q35). By default one step is done again and nothing else; what read it
//! is stale until somebody says what becomes of it.

mod ask;
mod follow;
mod impact;
mod reads;

pub(crate) use ask::{rerun, send_back};
pub use impact::impact;
pub(super) use reads::reads;
