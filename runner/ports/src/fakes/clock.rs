//! Clocks that stand still until they are moved.

use std::sync::{Arc, Mutex};

use hardstop_core::time::{Millis, Reading, Timestamp};

use super::handle::lock;
use crate::clock::Clock;

/// Clocks moved by hand.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Reading>>);

impl ManualClock {
    /// Clocks that show `start`.
    pub fn new(start: Reading) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Time passes: both clocks advance alike.
    pub fn advance(&self, span: Millis) {
        let mut now = lock(&self.0);
        now.wall = now.wall.plus(span);
        now.mono = Millis(now.mono.0.saturating_add(span.0));
    }

    /// Somebody sets the wall clock; the time since boot goes on.
    pub fn set_wall(&self, wall: Timestamp) {
        lock(&self.0).wall = wall;
    }

    /// The machine restarts: the time since boot begins anew under another name.
    pub fn reboot(&self, boot: &str) {
        let mut now = lock(&self.0);
        boot.clone_into(&mut now.boot);
        now.mono = Millis(0);
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        lock(&self.0).clone()
    }
}
