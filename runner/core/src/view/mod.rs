//! Read-only projections for people. Changing one is never a change of a format.

mod command;
mod gate;
mod need;
mod status;
mod why;

pub use gate::GroupNeed;
pub use need::{Need, OpenQuestion, Waiting, waiting};
pub use status::{Status, status, step_word};
pub use why::{describe, reasons, said, why};
