//! `hardstop plugin`: the lock file, and what is known of the plugins in it.

mod add;
mod command;
mod docs;
mod info;
mod list;
mod new;
#[cfg(feature = "plugins")]
mod test;
mod update;
mod verify;
#[cfg(feature = "plugins")]
mod wrap;

pub(crate) use command::Plugin;
