//! The evidence branch in the hands of somebody else: refused with the reason, never overwritten.

use std::fs;

use crate::place::{Ended, Place, RUNBOOK};

const ASKING: &str = "apiVersion: hardstop/v1
kind: Runbook
id: asking
title: Ask once
steps:
  - id: ready
    checklist:
      items:
        - {id: go, text: Ready}
  - {id: work, run: [git, --version]}
";
const BRANCH: &str = "refs/heads/hardstop/evidence";

/// A repository with one run that waits for a tick.
fn waiting() -> Place {
    let place = Place::with(ASKING);
    place.expect(3, &format!("run {RUNBOOK}"));
    place
}

/// A commit on top of `parent` that changes what the evidence holds.
fn foreign_commit(place: &Place, parent: &str) -> String {
    let tree = place.git(&["rev-parse", "main^{tree}"]);
    place.git(&["commit-tree", &tree, "-p", parent, "-m", "not evidence"])
}

/// Ticks and advances, and gives all that was said.
fn go_on(place: &Place) -> String {
    let run = place.only();
    let tick = place.hardstop(&format!("tick {run} ready go"));
    let advance = place.hardstop(&format!("advance {run}"));
    assert!(matches!(advance.code, Some(2..=4)), "{}", advance.text());
    let why = place.hardstop(&format!("why {run}"));
    [tick, advance, why].iter().map(Ended::text).collect()
}

#[test]
fn a_foreign_commit_blocks_the_run_until_it_is_moved_away() {
    let place = waiting();
    let (run, ours) = (place.only(), place.git(&["rev-parse", BRANCH]));
    let theirs = foreign_commit(&place, &ours);
    place.git(&["update-ref", BRANCH, &theirs]);
    let said = go_on(&place);
    assert_eq!(place.git(&["rev-parse", BRANCH]), theirs, "it was overwritten\n{said}");
    assert!(said.contains("hardstop/evidence") && said.contains("git "), "{said}");
    assert_eq!(place.stand(&run)["status"], "paused", "{said}");
    place.git(&["update-ref", BRANCH, &ours]);
    place.expect(0, &format!("advance {run}"));
    place.is_sound();
}

#[test]
fn a_branch_set_back_blocks_the_run_until_it_is_set_right() {
    let place = waiting();
    let (run, ours) = (place.only(), place.git(&["rev-parse", BRANCH]));
    place.git(&["update-ref", BRANCH, &place.git(&["rev-parse", "main"])]);
    let said = go_on(&place);
    assert_eq!(place.git(&["rev-parse", BRANCH]), place.git(&["rev-parse", "main"]), "{said}");
    assert_eq!(place.stand(&run)["status"], "paused", "{said}");
    place.git(&["update-ref", BRANCH, &ours]);
    place.expect(0, &format!("advance {run}"));
    place.is_sound();
}

#[test]
fn a_branch_deleted_or_set_back_to_older_evidence_blocks_until_it_is_put_right() {
    for back in [false, true] {
        let place = waiting();
        let run = place.only();
        place.expect(0, &format!("hold {run} --reason later"));
        place.expect(0, &format!("lift {run}"));
        let ours = place.git(&["rev-parse", BRANCH]);
        if back {
            place.git(&["update-ref", BRANCH, &format!("{BRANCH}~1")]);
        } else {
            place.git(&["update-ref", "-d", BRANCH]);
        }
        let said = go_on(&place);
        let put_right = format!("git branch --force hardstop/evidence {ours}");
        assert!(said.contains(&put_right), "{said}");
        assert_eq!(place.stand(&run)["status"], "paused", "{said}");
        let words: Vec<&str> = put_right.split(' ').skip(1).collect();
        place.git(&words);
        place.expect(0, &format!("advance {run}"));
        place.is_sound();
    }
}

#[test]
fn a_lock_left_on_the_branch_is_named() {
    let place = waiting();
    let lock = place.root().join(".git").join(format!("{BRANCH}.lock"));
    fs::write(&lock, "").unwrap();
    let said = go_on(&place);
    assert!(said.contains("evidence.lock") && said.contains("remove the lock file"), "{said}");
    fs::remove_file(&lock).unwrap();
    place.expect(0, &format!("advance {}", place.only()));
    place.is_sound();
}

#[test]
fn a_lock_left_by_a_killed_runner_is_taken_away() {
    let place = waiting();
    let git = place.root().join(".git");
    fs::write(git.join("hardstop/evidence-turn"), "moving\n").unwrap();
    fs::write(git.join(format!("{BRANCH}.lock")), "").unwrap();
    place.expect(0, &format!("tick {} ready go", place.only()));
    place.expect(0, &format!("advance {}", place.only()));
    place.is_sound();
}
