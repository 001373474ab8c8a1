//! One file a verb: its arguments, and what it does.

pub(crate) mod abort;
pub(crate) mod advance;
pub(crate) mod approve;
pub(crate) mod attest;
pub(crate) mod break_glass;
pub(crate) mod check;
pub(crate) mod claim;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod hold;
pub(crate) mod init;
pub(crate) mod lift;
pub(crate) mod locks;
pub(crate) mod note;
pub(crate) mod plan;
pub(crate) mod plugin;
pub(crate) mod rebase;
pub(crate) mod reject;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod rerun;
pub(crate) mod retry;
pub(crate) mod review;
pub(crate) mod run;
pub(crate) mod send_back;
pub(crate) mod show;
pub(crate) mod simulate;
pub(crate) mod skip;
pub(crate) mod status;
pub(crate) mod tick;
pub(crate) mod triggers;
pub(crate) mod untick;
pub(crate) mod verify;
pub(crate) mod waive;
pub(crate) mod why;
pub(crate) mod withdraw;

mod deliver;
mod dispatch;
mod sign;
mod span;

pub(crate) use dispatch::run;
use span::span;
