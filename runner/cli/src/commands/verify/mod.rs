//! `hardstop verify`: what is asked for, whose signatures count, and which head was seen before.

mod command;
mod seen;
mod trust;

pub(crate) use command::Verify;
pub(super) use trust::committed_signers;
