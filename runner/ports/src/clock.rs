//! The clocks.

use hardstop_core::time::Reading;

/// Reads the wall clock and the time since boot.
pub trait Clock {
    /// Both clocks, now.
    fn read(&self) -> Reading;
}
