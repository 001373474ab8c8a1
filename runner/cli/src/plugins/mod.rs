//! Plugins of this machine: components by their digests, the lock file, and what is granted here.
//!
//! ```text
//! source ──fetch──> bytes ──describe──> manifest ──> hardstop.lock
//!                     └──Store: <git dir>/hardstop/plugins/<digest>.wasm
//! ```

#[cfg(feature = "plugins")]
mod cache;
#[cfg(feature = "plugins")]
mod describe;
#[cfg(feature = "plugins")]
mod download;
mod fetch;
mod granted;
mod host;
mod lock;
mod shipped;
mod store;
mod templates;

#[cfg(feature = "plugins")]
pub(crate) use cache::cache;
#[cfg(feature = "plugins")]
pub(crate) use describe::{ask, describe, no_host};
#[cfg(feature = "plugins")]
use download::download;
pub(crate) use fetch::{fetch, source};
pub(crate) use granted::{granted, ready};
#[cfg(not(feature = "plugins"))]
pub(crate) use host::describe;
#[cfg(not(feature = "plugins"))]
use host::download;
pub(crate) use host::{RUNS, RUNS_NONE, RUNS_NONE_FIX, host, unusable};
pub(crate) use lock::{committed, parsed, present, write};
pub(crate) use shipped::{SHIPPED, shipped};
pub(crate) use store::Store;
#[cfg(feature = "plugins")]
pub(crate) use store::built;
pub(crate) use templates::Language;
