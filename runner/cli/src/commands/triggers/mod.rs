//! What starts runs without a person's command: noticed, put in order, and opened.
//!
//! All under one lock of the repository: `intake` makes a mark for each key that is due, `fire` opens
//! the runs of the marks whose turn has come, and `record` knows what other clones opened. A run is
//! opened through [`begin`](crate::begin), as a person's is.

mod command;
mod fire;
mod intake;
mod key;
mod record;
mod start;

pub(crate) use command::Triggers;
pub(crate) use fire::{Fired, fire};
pub(crate) use key::{Keyed, open};
