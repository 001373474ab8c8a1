//! `hardstop plugin`: the lock file, and what is known of the plugins in it.

mod add;
mod command;
mod docs;
mod info;
mod list;
mod update;
mod verify;

pub(crate) use command::Plugin;
