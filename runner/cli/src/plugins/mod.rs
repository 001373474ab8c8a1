//! Plugins of this machine: components by their digests, the lock file, and what is granted here.
//!
//! ```text
//! source ──fetch──> bytes ──describe──> manifest ──> hardstop.lock
//!                     └──Store: <git dir>/hardstop/plugins/<digest>.wasm
//! ```

mod describe;
mod fetch;
mod granted;
mod host;
mod lock;
mod shipped;
mod store;
mod templates;

pub(crate) use describe::describe;
#[cfg(feature = "plugins")]
pub(crate) use describe::{ask, no_host};
pub(crate) use fetch::{fetch, source};
pub(crate) use granted::{granted, ready};
pub(crate) use host::{RUNS, RUNS_NONE, RUNS_NONE_FIX, host, unusable};
pub(crate) use lock::{committed, parsed, present, write};
pub(crate) use shipped::{SHIPPED, shipped};
pub(crate) use store::Store;
#[cfg(feature = "plugins")]
pub(crate) use store::read;
pub(crate) use templates::Language;
