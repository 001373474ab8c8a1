//! Every event as one sentence of plain text, for a timeline.

mod course;
mod every;
mod gate;
mod run;
mod step;
mod words;

pub use every::sentence;
pub(super) use words::{attested, skipped, still_open, word};
