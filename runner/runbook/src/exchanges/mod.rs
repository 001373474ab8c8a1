//! `kind: Exchanges`: what an action of a plugin asks of the world, what comes back, and what it
//! must come to, written down.
//!
//! Reading only: who makes the calls is not decided here. Every part of the model knows its place
//! in the text, so that what did not come true can be marked there.

mod model;
mod read;
mod syntax;
#[cfg(test)]
mod tests;

pub use crate::scenario::{Complaint, Place};
pub use model::{Body, Came, Exchanges, Expected, Failing, Leg, LegKind, Outcome};
pub use read::exchanges;
pub(crate) use syntax::Exchanges as Schema;
