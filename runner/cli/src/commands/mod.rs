//! One file a verb: its arguments, and what it does.

pub(crate) mod abort;
pub(crate) mod advance;
pub(crate) mod approve;
pub(crate) mod attest;
pub(crate) mod check;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod hold;
pub(crate) mod init;
pub(crate) mod lift;
pub(crate) mod plan;
pub(crate) mod reject;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod retry;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod simulate;
pub(crate) mod skip;
pub(crate) mod status;
pub(crate) mod tick;
pub(crate) mod triggers;
pub(crate) mod verify;
pub(crate) mod why;

mod deliver;
mod dispatch;
mod span;

pub(crate) use dispatch::run;
use span::span;
