//! The process runner: performs one attempt of a `run` step and says how it ended.
//!
//! What the plan says reaches the program verbatim, without a shell in between; the program sees
//! an environment made for it, not the runner's; it ends at its deadline whatever it does; what it
//! prints is redacted before anything of it is kept, and kept in bounded memory.
//!
//! Nothing here decides what happens next, and no evidence is written to disk: files are handed
//! back, and the driver keeps them before it records that the attempt is over. What looks like a
//! credential is no evidence; it stays in the run's workspace, for its owner alone. The process group, not a
//! container, is the border: a program that starts a session of its own leaves our reach.

mod attempt;
mod capture;
mod cause;
mod child;
mod collect;
mod environment;
mod live;
mod program;
mod reap;
mod secrets;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use cause::suspicious;
pub(crate) use collect::Collected;

pub use attempt::{Attempt, Exec, Kept, Leg, Performed};
pub use child::Stop;
pub use environment::inherited;
pub use reap::reap;
pub use secrets::{Keyring, Need};
