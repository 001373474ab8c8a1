//! What the one who starts a host decides: bounds, where components come from, where machine code
//! may be kept.

use std::{io, path::PathBuf, thread, time::Duration};

use hardstop_core::{ids::Digest, limits};
use thiserror::Error;

/// Where components come from.
pub trait Components: Send + Sync {
    /// The bytes of a component, or `None` if there is none of this digest. Called on a thread that
    /// may block. The host compares the digest; nobody else must.
    ///
    /// # Errors
    ///
    /// Why it cannot be read. The call fails with `plugin_missing`, and may be tried again.
    fn component(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>>;
}

/// Bounds of a host. [`Options::default`] is what runs should have.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where machine code is kept between two starts. Made if it is missing; not used if anybody
    /// else can write to it. It may be deleted at any time.
    pub cache: Option<PathBuf>,
    /// Threads that guests run on, at least 1.
    pub threads: usize,
    /// Calls at the same time, at least 1. Further ones wait, and their time runs.
    pub calls: u32,
    /// Bytes of memory that one guest has, all its memories together.
    pub memory: usize,
    /// Processor time of one call.
    pub cpu: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            cache: None,
            // More would compete with the runner and with the commands it runs.
            threads: processors.min(4),
            calls: 16,
            memory: limits::CALL_MEMORY_BYTES,
            cpu: Duration::from_millis(limits::CALL_CPU_TIME.0),
        }
    }
}

/// A host that cannot be had on this machine. Nothing that needs no plugin is hurt.
#[derive(Debug, Error)]
#[error("plugins cannot be run here: {what}")]
pub struct Unusable {
    /// What could not be had.
    pub what: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
