//! The outside world in memory, failing on demand: for tests and the simulator.
//!
//! Each fake is a handle; clones share what is behind it, so that a test keeps one while the
//! driver owns another. They obey the same conformance suites as the real adapters.

mod clock;
mod evidence;
mod run;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use clock::ManualClock;
pub use evidence::MemoryEvidence;
pub use run::{AppendFault, MemoryRun};

/// What is behind a handle. A thread that panicked while it held it has failed its test already.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
