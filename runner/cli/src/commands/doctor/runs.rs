//! The live runs: whether they can be read, who holds them, and whether the clock is sane.

use hardstop_core::limits::CLOCK_TOLERANCE;

use super::command::failed;
use crate::{clock::SystemClock, output::CheckupView, read, wire::Site};

/// So many runs are read back; looking at ten thousand would take longer than anybody waits.
const RUNS_MAX: usize = 200;

/// Looks at the live runs.
pub(super) fn look(site: &Site) -> Vec<CheckupView> {
    let name = "live runs";
    let runs = match site.live.list() {
        Err(error) => return vec![failed(name, &error.into(), "")],
        Ok(runs) => runs,
    };
    let mut checks = Vec::new();
    let mut newest = None;
    for run in runs.iter().take(RUNS_MAX) {
        match read::live_state(site, run) {
            Err(error) => checks.push(failed("run", &error, "")),
            Ok(state) => newest = newest.max(state.last().map(|reading| reading.wall)),
        }
        if let Some(holder) = site.live.peek(run).ok().and_then(|peek| peek.held_by()) {
            checks.push(CheckupView::ok("run", format!("{} is held by {holder}", run.short())));
        }
    }
    let count = runs.len();
    let looked_at =
        if count > RUNS_MAX { format!(", {RUNS_MAX} looked at") } else { String::new() };
    checks.insert(0, CheckupView::ok(name, format!("{count}{looked_at}")));
    let now = SystemClock::now();
    checks.push(match newest {
        Some(last) if last > now.plus(CLOCK_TOLERANCE) => CheckupView::problem(
            "clock",
            format!("it shows {now}, and a journal was written at {last}"),
            "set the clock of this machine",
        ),
        Some(_) | None => CheckupView::ok("clock", now.to_string()),
    });
    checks
}
