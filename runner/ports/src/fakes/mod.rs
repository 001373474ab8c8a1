//! The outside world in memory, failing on demand: for tests and the simulator.
//!
//! Each fake is a handle; clones share what is behind it, so that a test keeps one while the
//! driver owns another. They obey the same conformance suites as the real adapters.

mod clock;
mod evidence;
mod handle;
mod locks;
mod run;

pub use clock::ManualClock;
pub use evidence::MemoryEvidence;
pub use locks::MemoryLocks;
pub use run::{AppendFault, MemoryRun};
