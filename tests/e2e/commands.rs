//! Commands of a runbook that misbehave.

use std::{fs, process::Stdio, thread::sleep, time::Duration};

use crate::{
    journal::{nothing_lives_on, recorded},
    place::{Place, RUNBOOK},
};

fn one_step(step: &str) -> Place {
    Place::with(&format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: one\ntitle: One step\nsteps:\n{step}"
    ))
}

#[test]
fn a_command_that_is_not_there_pauses_the_run() {
    let place = one_step("  - {id: try, run: [no-such-command, --help]}\n");
    let ended = place.expect(3, &format!("run {RUNBOOK}"));
    let run = place.only();
    ended.says(&[
        "no-such-command",
        "PATH",
        ": paused",
        &format!("hardstop retry {} try", run.short()),
    ]);
    assert_eq!(place.stand(&run)["status"], "paused");
    place.expect(0, &format!("why {run}")).says(&["no-such-command"]);
    place.expect(0, &format!("abort {run} --reason enough"));
    assert!(place.live().is_empty());
    place.is_sound();
}

#[test]
fn a_gigabyte_of_output_is_cut_and_costs_no_memory() {
    const MEMORY_MAX_KB: u64 = 100 * 1024;
    let place = one_step(
        "  - id: try\n    run: {shell: sh, script: \"head -c 1000000000 /dev/zero; echo the end\"}\n",
    );
    let mut runner = place.program(&format!("run {RUNBOOK}"));
    let mut runner = runner.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", runner.id());
    let mut peak = 0;
    while runner.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(kb.unwrap_or(0));
        sleep(Duration::from_millis(5));
    }
    assert_eq!(runner.wait().unwrap().code(), Some(0));
    assert!(peak > 0 && peak < MEMORY_MAX_KB, "the runner took {peak} KB");
    let name = place.git(&["ls-tree", "-r", "--name-only", "hardstop/evidence", "runs"]);
    let output = name.lines().find(|name| name.ends_with("stdout.log")).unwrap();
    let kept = place.git(&["show", &format!("hardstop/evidence:{output}")]);
    assert!(kept.len() < 2 * 1024 * 1024, "{} bytes were kept", kept.len());
    assert!(kept.ends_with("the end"), "the end was not kept");
    place.is_sound();
}

#[test]
fn a_command_that_ignores_term_is_killed_after_its_timeout() {
    let place = one_step(
        "  - id: try\n    timeout: 1s\n    run:\n      shell: sh\n      script: |\n        \
         trap '' TERM\n        echo deaf\n        sleep 100 &\n        while true; do sleep 1; done\n",
    );
    let ended = place.expect(3, &format!("run {RUNBOOK}"));
    ended.says(&["timed out", ": paused"]);
    let run = place.only();
    nothing_lives_on(&run);
    place.expect(0, &format!("skip {run} try --reason deaf"));
    place.hardstop(&format!("advance {run}"));
    assert!(!recorded(&place, &run).is_empty());
    place.is_sound();
}
