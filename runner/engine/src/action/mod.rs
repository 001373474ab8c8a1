//! Calls of plugins: makes one leg of an attempt out of what the run says, and evidence out of what
//! it left.
//!
//! ```text
//!  Attempt ─ leg, parameters, secrets, grants ─> Plugins (a port) ─> Ended ─> Performed
//!                                                                      └─ answer, files, requests
//! ```
//!
//! Time that is up and a run that ends early end what goes on. No plugin is known here, and none is
//! run: the host is behind a port.

mod hands;
mod left;
mod leg;
#[cfg(test)]
mod tests;

pub use hands::{Granted, Hands};
