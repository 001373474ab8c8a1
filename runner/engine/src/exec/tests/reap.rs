//! Processes left behind by a crash.

use std::{
    io::Read,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::exec::reap::reap_within;

/// A process as a crashed runner leaves it, once it has printed `ready`.
fn orphan(run: &str, script: &str) -> Child {
    let mut child = Command::new("sh")
        .args(["-c", script])
        .env("HARDSTOP_RUN", run)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    child
}

#[test]
fn the_processes_of_a_run_are_ended_and_no_others() {
    let mut ours = orphan("aaaaaaaaaa-20261120-000000", "sleep 30 & echo ready; wait");
    let mut other = orphan("bbbbbbbbbb-20261120-000000", "echo ready; exec sleep 30");
    let reaper = std::thread::spawn(|| {
        reap_within(&"aaaaaaaaaa-20261120-000000".parse().unwrap(), Duration::from_secs(10))
    });
    assert_eq!(ours.wait().unwrap().signal(), Some(15));
    assert_eq!(reaper.join().unwrap(), 2);
    assert!(other.try_wait().unwrap().is_none());
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn one_that_ignores_term_is_killed() {
    let run = "cccccccccc-20261120-000000";
    let mut stubborn = orphan(run, "trap '' TERM; echo ready; while :; do sleep 0.1; done");
    let start = Instant::now();
    assert!(reap_within(&run.parse().unwrap(), Duration::from_millis(200)) >= 1);
    assert_eq!(stubborn.wait().unwrap().signal(), Some(9));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(reap_within(&run.parse().unwrap(), Duration::from_millis(200)), 0);
}
