//! The run as a whole: admission, order of phases, hold, abort, end.

mod state;

pub use state::{Attestation, Ending, RunState, StepState, Ticked, Vote};
