//! Several processes at once: on the same run, and each on its own.

use std::{
    fs,
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use hardstop_core::event::{Event, RunResult};

use crate::{
    journal::{count, nothing_is_done_twice, recorded, result},
    place::{Ended, Place, RUNBOOK},
};

/// Once its question is answered, its step ends when the test lets it.
const GATED: &str = "apiVersion: hardstop/v1
kind: Runbook
id: gated
title: Wait for people, then for a file
steps:
  - id: ready
    checklist:
      items:
        - {id: go, text: Ready}
  - id: work
    run:
      shell: sh
      script: |
        echo ran >> .git/ran.txt
        while ! [ -e .git/go ]; do sleep 0.02; done
";
const QUICK: &str = "apiVersion: hardstop/v1
kind: Runbook
id: quick
title: Two steps
steps:
  - {id: one, run: [git, --version]}
  - {id: two, run: [git, --version]}
";
const APPROVED: &str = "apiVersion: hardstop/v1
kind: Runbook
id: approved
title: Work after a yes
steps:
  - id: ask
    approval: {message: Go on, approvers: [anyone]}
  - {id: work, run: [git, --version]}
";
/// Longer than any command here takes.
const PATIENCE: Duration = Duration::from_mins(1);

fn start(place: &Place, line: &str) -> Child {
    place.program(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

/// Waits for the first of the two to end, and gives it first.
fn first_to_end(mut one: Child, mut other: Child) -> (Child, Child) {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if one.try_wait().unwrap().is_some() {
            return (one, other);
        }
        if other.try_wait().unwrap().is_some() {
            return (other, one);
        }
        sleep(Duration::from_millis(5));
    }
    panic!("both still hold the run");
}

#[test]
fn of_two_that_advance_one_run_one_works_and_one_is_refused() {
    let place = Place::with(GATED);
    let (go, ran) = (place.root().join(".git/go"), place.root().join(".git/ran.txt"));
    for _ in 0..20 {
        place.expect(3, &format!("run {RUNBOOK}"));
        let run = place.only();
        place.expect(0, &format!("tick {run} ready go"));
        let line = format!("advance {run}");
        let (refused, works) = first_to_end(start(&place, &line), start(&place, &line));
        let holder = works.id();
        let refused = end(refused);
        assert_eq!(refused.code, Some(4), "{}", refused.text());
        refused.says(&[&format!("process {holder} on "), "hardstop status"]);
        // A process that moves whatever there is passes over it, and says who has it.
        place.expect(3, "advance").says(&["held", &format!("process {holder} on ")]);
        fs::write(&go, "").unwrap();
        let works = end(works);
        assert_eq!(works.code, Some(0), "{}", works.text());
        let events = recorded(&place, &run);
        assert_eq!(result(&events), RunResult::Succeeded);
        nothing_is_done_twice(&events);
        assert_eq!(count(&events, |event| matches!(event, Event::StepSucceeded { .. })), 2);
        assert_eq!(fs::read_to_string(&ran).unwrap(), "ran\n");
        fs::remove_file(&go).unwrap();
        fs::remove_file(&ran).unwrap();
    }
    place.is_sound();
}

#[test]
fn runs_of_several_processes_do_not_disturb_each_other() {
    const PROCESSES: usize = 8;
    let place = Place::with(QUICK);
    let runs: Vec<Child> =
        (0..PROCESSES).map(|_| start(&place, &format!("run {RUNBOOK}"))).collect();
    for run in runs {
        let ended = end(run);
        assert_eq!(ended.code, Some(0), "{}", ended.text());
    }
    assert!(place.live().is_empty());
    // The verification counts the register's lines and misses none.
    place.is_sound();
    assert_eq!(place.json("verify")["runs"], PROCESSES);
}

#[test]
fn a_yes_and_an_advance_at_the_same_moment_are_one_yes() {
    let place = Place::with(APPROVED);
    for _ in 0..8 {
        place.expect(3, &format!("run {RUNBOOK}"));
        let run = place.only();
        let code = place.stand(&run)["waiting"][0]["code"].as_str().unwrap().to_owned();
        let lines = [format!("approve {code}"), format!("advance {run}")];
        let both: Vec<Child> = lines.iter().map(|line| start(&place, line)).collect();
        let mut both = both.into_iter().map(end);
        let (yes, advance) = (both.next().unwrap(), both.next().unwrap());
        assert!(matches!(yes.code, Some(0 | 4)), "{}", yes.text());
        assert!(matches!(advance.code, Some(0 | 3 | 4)), "{}", advance.text());
        if yes.code == Some(4) {
            yes.says(&["process ", "hardstop status"]);
            place.expect(0, &lines[0]);
        }
        if !place.live().is_empty() {
            place.expect(0, &lines[1]);
        }
        let events = recorded(&place, &run);
        assert_eq!(result(&events), RunResult::Succeeded);
        nothing_is_done_twice(&events);
        assert_eq!(count(&events, |event| matches!(event, Event::ApprovalAccepted { .. })), 1);
    }
    place.is_sound();
}
