//! The clocks of this machine.

use std::{fs, process, sync::OnceLock};

use hardstop_core::time::{Millis, Reading, Timestamp};
use hardstop_ports::clock::Clock;
use rustix::time::{ClockId, clock_gettime};

/// The system's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl SystemClock {
    /// The wall clock, now.
    pub(crate) fn now() -> Timestamp {
        Timestamp::from_millis(millis(ClockId::Realtime))
    }
}

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        let mono = Millis(u64::try_from(millis(UPTIME)).unwrap_or(0));
        Reading { wall: Self::now(), boot: boot().to_owned(), mono }
    }
}

/// Goes on while the machine sleeps, and nobody can set it.
#[cfg(target_os = "linux")]
const UPTIME: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const UPTIME: ClockId = ClockId::Monotonic;

fn millis(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
}

/// Names the boot. Where the system has no name for it, this process stands for one: readings of
/// two processes then do not compare, as after a restart.
fn boot() -> &'static str {
    static BOOT: OnceLock<String> = OnceLock::new();
    BOOT.get_or_init(|| {
        fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(
            |_| format!("process-{}-{}", process::id(), SystemClock::now().as_millis()),
            |id| id.trim().to_owned(),
        )
    })
}
