//! The servers themselves, started here. What they need is in `tests/peers`.

mod alertmanager;
mod buildbot;
mod matrix;
mod prometheus;

use std::{thread, time::Duration};

use hardstop_core::model::Grants;
use hardstop_ports::plugin::{Answer, Ended, Leg};
use serde_json::Value;

use crate::call::{INVOKE, Plugin};

/// Looks at an attempt that goes on; builds of tests take no time.
const LOOKS_MAX: usize = 300;

/// A plugin over a server, called with its grants.
struct Over {
    plugin: Plugin,
    grants: Grants,
}

impl Over {
    fn new(name: &'static str, url: &str) -> Self {
        let plugin = Plugin::shipped(name);
        let grants = plugin.grants(url);
        Self { plugin, grants }
    }

    fn invoke(&self, action: &str, with: &Value) -> Ended {
        self.plugin.call(&self.grants, action, with, INVOKE)
    }

    fn leg(&self, action: &str, with: &Value, leg: Leg) -> Ended {
        self.plugin.call(&self.grants, action, with, leg)
    }

    /// Goes on with an attempt until it is over.
    fn follow(&self, action: &str, with: &Value, mut ended: Ended) -> Ended {
        for _ in 0..LOOKS_MAX {
            let Answer::Pending(pending) = ended.answer else { return ended };
            thread::sleep(pending.poll_after.min(Duration::from_millis(100)));
            ended = self.leg(action, with, Leg::Poll { state: pending.state });
        }
        panic!("it never ended: {ended:?}");
    }
}
