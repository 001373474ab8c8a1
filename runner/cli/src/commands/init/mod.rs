//! `hardstop init`: what is asked for, and the files a repository begins with.

mod command;
mod scaffold;

pub(crate) use command::Init;
