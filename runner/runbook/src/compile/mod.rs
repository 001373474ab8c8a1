//! From the file as written to the plan a run executes: defaults filled in, every text understood,
//! every reference checked. All problems are reported in one pass.

mod build;
mod gate;
mod input;
mod lint;
mod phase;
mod reference;
mod runbook;
mod step;

pub use runbook::{Compiled, compile};
