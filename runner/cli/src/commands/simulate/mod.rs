//! `hardstop simulate`: runbooks rehearsed from scenario files, without a run.

mod command;
mod found;
mod junit;
mod play;

pub(crate) use command::Simulate;
