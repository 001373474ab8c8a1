//! `hardstop plugin test`: a component in the real host, in a world that is written down.

mod command;
mod holds;
mod judge;
mod play;
mod world;

pub(crate) use command::Test;
