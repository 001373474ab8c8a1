//! Runs plugins: WebAssembly components on wasmtime, each call in a fresh instance that has nothing
//! but what it was granted.
//!
//! ```text
//!  Call ─> Host ──digest──> Components ──bytes──> machine code (Cache) ──> Plugin, kept ready
//!            │                                                               │
//!            └── a thread of its own: Store, Guest, meter ── invoke/poll/… ──┘──> Ended
//!                                           └─ wasi:http ─> egress
//! ```
//!
//! Whatever a guest does, the answer is typed and names the cause: it computes for ever, takes all
//! memory, says a gigabyte, panics, or is no component at all. Guests run on threads of this crate,
//! so that none slows its runner.
//!
//! It does not decide what is granted, parses no manifest, retries nothing and keeps nothing between
//! two calls.

mod answer;
mod artifacts;
mod cache;
mod contract;
mod engine;
mod failure;
mod guest;
mod host;
mod http;
mod input;
mod meter;
mod options;
mod outgoing;
mod printed;
mod shelf;
mod spent;
mod world;

pub use host::Host;
pub use options::{Components, Options, Unusable};
pub use world::World;
