//! What starts runs without a person's command: schedules, the end of other runs, merged requests.
//!
//! Pure: which instants are due is computed from the instants it is handed. Nothing here knows
//! which runs there are, or starts one.

mod cron;
mod due;
mod model;
mod read;
mod request;

#[cfg(test)]
mod tests;

pub use cron::Cron;
pub use due::{Due, due};
pub use model::{After, Missed, Overlap, Requests, RunbookRef, Schedule, Triggers};
pub use read::idempotency_key;
pub(crate) use read::triggers;
pub use request::{RunRequest, request};
