//! Processes that a crashed runner left behind.

use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::MetadataExt,
    thread::sleep,
    time::{Duration, Instant},
};

use hardstop_core::{ids::RunId, limits::KILL_GRACE};
use rustix::process::{Pid, Signal, getpid, getuid, kill_process};

/// The most of a process's environment that is read: Linux allows about as much for all of it.
const ENVIRONMENT_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How often those asked to end are looked at.
const POLL: Duration = Duration::from_millis(10);
/// How long killed processes have to vanish; one stuck in the kernel is not waited for.
const SETTLE: Duration = Duration::from_secs(2);

/// Ends every process of this user that was started for `run`: TERM, and KILL after
/// [`KILL_GRACE`]. Returns how many there were.
///
/// For the driver that takes a run over, before anything of it is under way again: the runner
/// before it is gone, but a command of it may live on and do its work beside the next attempt.
/// Only the holder of the run's lease may call this. It blocks
/// until all are gone, at most that long and two seconds.
///
/// Processes are known by `HARDSTOP_RUN` in the environment they were started with, as Linux shows
/// it in `/proc`. On other systems nothing is found.
pub fn reap(run: &RunId) -> usize {
    reap_within(run, Duration::from_millis(KILL_GRACE.0))
}

pub(super) fn reap_within(run: &RunId, grace: Duration) -> usize {
    let found = leftovers(run);
    signal(&found, Signal::TERM);
    let kill_at = Instant::now() + grace;
    let mut left = found.clone();
    while !left.is_empty() && Instant::now() < kill_at + SETTLE {
        // Again and again: what is killed may have started another just before.
        if Instant::now() >= kill_at {
            signal(&left, Signal::KILL);
        }
        sleep(POLL);
        left = leftovers(run);
    }
    found.len()
}

/// A process that is gone meanwhile has done what is asked of it.
fn signal(processes: &[Pid], signal: Signal) {
    for process in processes {
        let _ = kill_process(*process, signal);
    }
}

fn leftovers(run: &RunId) -> Vec<Pid> {
    let wanted = format!("HARDSTOP_RUN={run}");
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .filter(|process| *process != getpid())
        .filter(|process| belongs(*process, &wanted).unwrap_or(false))
        .collect()
}

/// `None` if the process is gone or is not ours to look at. One that has ended but was not yet
/// waited for has no environment, and so belongs to no run.
fn belongs(process: Pid, wanted: &str) -> Option<bool> {
    let folder = format!("/proc/{}", process.as_raw_nonzero());
    if fs::metadata(&folder).ok()?.uid() != getuid().as_raw() {
        return Some(false);
    }
    let mut environment = Vec::new();
    let file = File::open(format!("{folder}/environ")).ok()?;
    file.take(ENVIRONMENT_BYTES_MAX).read_to_end(&mut environment).ok()?;
    Some(environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()))
}
