//! What a journal on the evidence branch must say, whatever was done to the runner.

use std::{collections::BTreeSet, fs};

use hardstop_core::{
    event::{Entry, Event, RunResult},
    ids::{RunId, StepId},
};

use crate::place::Place;

/// The journal of a run on the evidence branch.
pub(crate) fn recorded(place: &Place, run: &RunId) -> Vec<Event> {
    recorded_at(place, "hardstop/evidence", run)
}

/// The journal of a run at one commit of it.
pub(crate) fn recorded_at(place: &Place, commit: &str, run: &RunId) -> Vec<Event> {
    events(&place.git(&["show", &format!("{commit}:{}/journal.jsonl", run.folder())]))
}

/// What the lines of a journal tell.
pub(crate) fn events(journal: &str) -> Vec<Event> {
    journal.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap().event).collect()
}

/// How the run was closed.
pub(crate) fn result(events: &[Event]) -> RunResult {
    match events.last() {
        Some(Event::RunClosed { result, .. }) => *result,
        other => panic!("the run does not end with its close but with {other:?}"),
    }
}

/// Checks that nothing was begun or done again once it was done, and that no attempt was begun
/// twice.
#[track_caller]
pub(crate) fn nothing_is_done_twice(events: &[Event]) {
    let mut done: BTreeSet<&StepId> = BTreeSet::new();
    let mut begun = BTreeSet::new();
    for event in events {
        if let Event::AttemptStarted { step, attempt, .. } = event {
            assert!(!done.contains(step), "{step} was begun after it was done");
            assert!(begun.insert((step, attempt)), "{step}, attempt {attempt} was begun twice");
        }
        if let Event::StepSucceeded { step, .. } | Event::StepAttested { step, .. } = event {
            assert!(done.insert(step), "{step} was done twice");
        }
    }
}

/// How many events `is` holds for.
pub(crate) fn count(events: &[Event], is: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|event| is(event)).count()
}

/// Checks that no process started for the run is there any more.
#[track_caller]
pub(crate) fn nothing_lives_on(run: &RunId) {
    let wanted = format!("HARDSTOP_RUN={run}");
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let ours = environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes());
        let command = fs::read_to_string(process.path().join("cmdline")).unwrap_or_default();
        assert!(!ours, "{}: {command:?} lives on", process.path().display());
    }
}
