//! What the plugins of build servers share: a build is begun once, found again by its key, followed
//! to its end, and stopped.
//!
//! The server's own words are in [`Server`]; what is done in which order is here, because it is
//! where builds get begun twice: a request whose answer is lost is looked for, not repeated, and a
//! server that is away for a moment does not end an attempt whose build goes on.

mod access;
mod console;
mod follow;
mod parts;
#[cfg(test)]
mod tests;

pub use access::{access, scalar};
pub use console::Console;
pub use follow::{Found, Look, Server, State, begin, cancel, poll, probe};
pub use parts::Part;
