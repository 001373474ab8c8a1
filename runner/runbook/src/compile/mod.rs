//! From the file as written to the plan a run executes: defaults filled in, every text understood,
//! every reference checked. All problems are reported in one pass.

mod approval;
mod build;
mod call;
mod checklist;
mod child;
mod delay;
mod group;
mod input;
mod lint;
mod order;
mod phase;
mod reference;
mod runbook;
mod step;
mod whole;
mod window;
mod work;

pub use child::Files;
pub use runbook::{Compiled, compile};
