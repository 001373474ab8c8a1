//! `hardstop diff`: what changed in meaning, for a reviewer.

mod command;
mod side;
mod words;

pub(crate) use command::Diff;
