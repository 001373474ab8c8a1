//! A wall clock that somebody moved. The machine's own is left alone: what is moved against it, for
//! one process, is the uptime, which tells the program as much.

use std::{thread::sleep, time::Duration};

use crate::{
    journal::{count, recorded},
    place::{Ended, HARDSTOP, Place, RUNBOOK, ended, skipped},
};
use hardstop_core::event::Event;

const STOPPED: &str = "apiVersion: hardstop/v1
kind: Runbook
id: stopped
title: Work, stop, work
steps:
  - {id: one, run: [git, --version]}
  - id: stop
    hard_stop: {for: 6s, since: one.finished}
  - {id: two, run: [git, --version]}
";

/// A repository with a run before its hard stop; nothing if no process can have its own uptime.
fn stopped() -> Option<Place> {
    let place = Place::with(STOPPED);
    let can = apart(&place, 0, "--version").code == Some(0);
    if !can {
        skipped("only root on Linux can give a process another uptime");
        return None;
    }
    place.expect(3, &format!("run {RUNBOOK}"));
    Some(place)
}

/// The program where the machine was started `seconds` earlier than it was.
fn apart(place: &Place, seconds: i32, line: &str) -> Ended {
    let mut command = place.command("unshare");
    command.args(["--time", &format!("--boottime={seconds}"), "--fork", HARDSTOP]);
    ended(command.args(line.split_whitespace()))
}

#[test]
fn a_clock_set_ahead_releases_no_hard_stop() {
    let Some(place) = stopped() else { return };
    let run = place.only();
    sleep(Duration::from_millis(6_500));
    // By the wall clock it is over; by the uptime it has hardly begun.
    let ahead = apart(&place, -6, &format!("advance {run}"));
    assert_eq!(ahead.code, Some(3), "{}", ahead.text());
    ahead.says(&["clock", "hard stop"]);
    let events = recorded(&place, &run);
    assert_eq!(count(&events, |event| matches!(event, Event::ClockAnomaly { .. })), 1);
    assert_eq!(count(&events, |event| matches!(event, Event::HardStopElapsed { .. })), 0);
}

#[test]
fn a_clock_set_back_holds_the_run_until_a_person_looked() {
    let Some(place) = stopped() else { return };
    let run = place.only();
    let back = apart(&place, 3_600, &format!("advance {run} --wait 1s"));
    assert_eq!(back.code, Some(3), "{}", back.text());
    back.says(&["clock", "hardstop lift"]);
    let stand = place.stand(&run);
    assert_eq!(stand["waiting"][0]["kind"], "clock", "{stand:#}");
    let lifted = apart(&place, 3_600, &format!("lift {run} --reason looked"));
    assert_eq!(lifted.code, Some(0), "{}", lifted.text());
    assert_ne!(place.stand(&run)["waiting"][0]["kind"], "clock");
}
