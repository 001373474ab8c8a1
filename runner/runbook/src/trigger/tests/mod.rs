//! Which instants are due, and what is refused in a configuration.

mod due;
mod read;
