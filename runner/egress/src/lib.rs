//! The one gate through which outbound HTTP requests pass: those of plugins, and whatever else asks
//! on somebody's behalf.
//!
//! ```text
//!  Request ─> parse once ─> granted? ─> secrets ─> resolve once ─> allowed address? ─> send
//!     ^                                                                                 │
//!     └───────────── each redirect, from the start ── scrub <── caps <── Response ──────┘
//! ```
//!
//! What is decided on is what is sent: the parsed address, and exactly the network addresses that
//! were judged. Whoever asks never holds a secret, only a placeholder that is worthless elsewhere;
//! a secret that comes back is masked. Every request leaves a record, sent or refused.
//!
//! It knows no WebAssembly and no plugin, decides nothing about what is granted, tries nothing
//! again, keeps no cookies, takes no proxy from the environment and decompresses nothing.

mod address;
mod bodies;
mod connect;
mod exchange;
mod gate;
mod headers;
mod hop;
mod ledger;
mod message;
mod recorded;
mod refused;
mod scrub;
mod secrets;
mod target;
#[cfg(test)]
mod tests;

pub use bodies::Body;
pub use gate::{Gate, Unusable};
pub use message::{Request, Response};
pub use recorded::Answers;
pub use refused::{Code, Refused};
