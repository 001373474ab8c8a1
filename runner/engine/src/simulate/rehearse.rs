//! One rehearsal, from a scenario to what came of it.

use hardstop_core::{event::RunResult, model::Plan, time::Millis};
use hardstop_runbook::scenario::{Complaint, Scenario};

use super::{coverage::Coverage, golden, judge, seen::Seen, stage::Stage};

/// What is rehearsed.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The runbook's path, for people.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Its plan.
    pub plan: &'a Plan,
}

/// What came of a rehearsal.
#[derive(Debug)]
pub struct Rehearsal {
    /// What did not come true, and what kept the rehearsal from going on; empty if it passed.
    pub complaints: Vec<Complaint>,
    /// How the run ended; `None` if it still waits.
    pub result: Option<RunResult>,
    /// From the start to the end, or to where nothing more can happen.
    pub took: Millis,
    /// All that happened, in order.
    pub seen: Vec<Seen>,
    /// The text of the golden file that would hold all that happened.
    pub golden: String,
    /// What of the runbooks was reached.
    pub coverage: Coverage,
}

/// Plays a scenario and judges what came of it.
///
/// * `golden`: the text of the golden file, if the scenario names one and it is there.
pub fn rehearse(scenario: &Scenario, script: Script<'_>, golden: Option<&str>) -> Rehearsal {
    let mut stage = Stage::new(scenario);
    if stage.begin(script) {
        stage.play();
    }
    let mut coverage = Coverage::default();
    for run in &stage.runs {
        coverage.add(&run.state().header().runbook.path, &run.plan());
    }
    for seen in &stage.seen {
        let path = stage.path_of(&seen.within);
        coverage.see(path, seen);
    }
    let text = golden::text(&stage.seen, scenario.start);
    let took = stage.now.wall.since(scenario.start);
    let result = stage.result();
    judge::judge(&mut stage, golden, &text);
    Rehearsal {
        complaints: stage.complaints,
        result,
        took,
        seen: stage.seen,
        golden: text,
        coverage,
    }
}
