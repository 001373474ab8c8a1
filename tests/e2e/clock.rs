//! A wall clock that somebody moved.

use std::process::Command;

use crate::place::{Ended, HARDSTOP, Place, RUNBOOK, ended, skipped};

const STOPPED: &str = "apiVersion: hardstop/v1
kind: Runbook
id: stopped
title: Work, a day, work
steps:
  - {id: one, run: [git, --version]}
  - id: day
    hard_stop: {for: 24h, since: one.finished}
  - {id: two, run: [git, --version]}
";

fn is_there() -> bool {
    Command::new("faketime").arg("--version").output().is_ok()
}

/// The program while the wall clock, and nothing else, is moved.
fn moved(place: &Place, by: &str, line: &str) -> Ended {
    let mut command = place.command("faketime");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    ended(command.args(["-f", by, HARDSTOP]).args(line.split_whitespace()))
}

#[test]
fn a_clock_set_ahead_releases_no_hard_stop() {
    if !is_there() {
        return skipped("the clock cannot be moved without `faketime`");
    }
    let place = Place::with(STOPPED);
    place.expect(3, &format!("run {RUNBOOK}"));
    let run = place.only();
    let ahead = moved(&place, "+25h", &format!("advance {run}"));
    assert_eq!(ahead.code, Some(3), "{}", ahead.text());
    ahead.says(&["clock"]);
    let journal = place.json(&format!("show {run}"));
    let text = journal.to_string();
    assert!(!text.contains("two/1"), "the hard stop was released: {text}");
    println!("{}", ahead.text());
}

#[test]
fn a_clock_set_back_holds_the_run_until_a_person_looked() {
    if !is_there() {
        return skipped("the clock cannot be moved without `faketime`");
    }
    let place = Place::with(STOPPED);
    place.expect(3, &format!("run {RUNBOOK}"));
    let run = place.only();
    let back = moved(&place, "-1h", &format!("advance {run}"));
    assert_eq!(back.code, Some(3), "{}", back.text());
    back.says(&["clock", "hardstop lift"]);
    assert_eq!(place.stand(&run)["waiting"][0]["kind"], "clock");
    println!("{}", back.text());
}
