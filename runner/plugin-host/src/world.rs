//! A world that is written down, for trying plugins: nothing is sent, and time passes when it is
//! said to.

use std::{sync::Arc, time::Duration};

use hardstop_egress::Answers;
use wasmtime_wasi::HostWallClock;

/// What answers requests, and what time it is.
pub trait World: Answers {
    /// The time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;
}

/// The clock of a world.
pub(crate) struct Told(pub(crate) Arc<dyn World>);

impl HostWallClock for Told {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}
