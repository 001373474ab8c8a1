//! `hardstop doctor`: the machine, the repository, the runs in it; for each what is wrong and what
//! to do.

mod command;
mod machine;
mod repository;
mod runs;

pub(crate) use command::Doctor;
