//! What is not wrong, but probably not meant; and what only a whole and sound plan shows.

mod all;
mod gate;
mod people;
mod step;
mod window;

pub(super) use all::check;
