//! Runners that are stopped, killed, or meet each other.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::stage::{Ended, Stage, until};

const SLOW: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: slow
steps:
  - id: nap
    run:
      script: |
        echo $$ > pid.txt.new
        mv pid.txt.new pid.txt
        sleep 300
      shell: sh
  - {id: bye, run: ['true']}
";

/// Starts the slow run and waits until its command runs; gives the runner, the run, the command.
fn napping(stage: &Stage) -> (std::process::Child, String, Pid) {
    let runner = stage.start(&["run", "slow.yaml"]);
    let file = stage.repo().join("pid.txt");
    until("the command runs", || file.exists());
    let pid = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
    let (_, status) = stage.json(&["status"]);
    let run = status["runs"][0]["short"].as_str().unwrap().to_owned();
    (runner, run, Pid::from_raw(pid).unwrap())
}

fn signal(child: &std::process::Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn a_second_process_is_refused_and_the_first_leaves_safely() {
    let stage = Stage::new(&[("slow.yaml", SLOW)]);
    let (runner, run, command) = napping(&stage);
    let pid = format!("process {}", runner.id());
    for args in [&["advance", &run][..], &["hold", &run, "--reason", "x"]] {
        stage.hardstop(args).expect(4, &["is held by", &pid, "(`hardstop run`)"]);
    }
    stage.hardstop(&["advance"]).expect(3, &["held", &pid]);
    stage.hardstop(&["status"]).expect(0, &["running"]);
    signal(&runner, Signal::INT);
    let ended = Ended::of(&runner.wait_with_output().unwrap());
    ended.expect(3, &["was stopped because the runner was interrupted", "next: hardstop retry"]);
    assert!(test_kill_process(command).is_err(), "the command lives on");
    let skip = stage.hardstop(&["skip", &run, "nap", "--reason", "slept enough"]);
    skip.expect(0, &["skipped by"]);
    stage.hardstop(&["advance"]).expect(1, &["incomplete"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_run_that_is_over_stays_until_its_evidence_is_committed() {
    let book = "apiVersion: hardstop/v1\nkind: Runbook\nid: tail\nsteps:\n  \
                - {id: block, run: [git, branch, hardstop]}\n";
    let stage = Stage::new(&[("tail.yaml", book)]);
    stage.git(&["branch", "hardstop"]);
    let ended = stage.hardstop(&["run", "tail.yaml"]);
    ended.expect(3, &["a branch named `hardstop` is in the way", "git branch -m hardstop"]);
    let (_, status) = stage.json(&["status"]);
    let run = status["runs"][0]["short"].as_str().unwrap();
    let aborted = stage.hardstop(&["abort", run, "--reason", "no evidence, no run"]);
    assert_ne!(aborted.code, 70, "{aborted:?}");
    // Whatever came of it, nothing was thrown away.
    stage.hardstop(&["status"]).expect(0, &[run]);
    stage.git(&["branch", "-m", "hardstop", "other"]);
    let ended = stage.hardstop(&["advance"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    stage.hardstop(&["show", run]).expect(0, &["aborted", "no evidence, no run"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_killed_runner_leaves_a_question_and_no_process() {
    let stage = Stage::new(&[("slow.yaml", SLOW)]);
    let (mut runner, run, command) = napping(&stage);
    signal(&runner, Signal::KILL);
    runner.wait().unwrap();
    let ended = stage.hardstop(&["advance"]);
    ended.expect(3, &["the runner went away during attempt 1", "left behind"]);
    until("the command is gone", || test_kill_process(command).is_err());
    stage.hardstop(&["why", &run]).expect(0, &["nobody can tell whether it happened"]);
    assert_eq!(stage.step(&run, "nap"), "unknown");
    let attest = ["attest", &run, "nap", "--reason", "it happened", "--file", "pid.txt"];
    stage.hardstop(&attest).expect(0, &["attested by"]);
    stage.hardstop(&["advance"]).expect(0, &["succeeded"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}
