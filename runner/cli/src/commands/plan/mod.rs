//! `hardstop plan`: what a run would do, told without opening one.

mod command;
mod forecast;
mod gate;
mod step;
mod words;

pub(crate) use command::Plan;
