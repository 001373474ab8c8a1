//! An evidence commit on a branch that is years old, and on one that is new.

use super::{
    filled,
    measure::Samples,
    scratch::{Bench, runbook},
    table::Row,
};

/// The exit code of a run that waits.
const WAITS: i32 = 3;
/// What a commit may cost there, in times of one here.
const LIMIT: f64 = 2.0;

/// A commit on a branch with 100,000 runs, at most twice the same on an empty one.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let n = bench.size(100_000, 300);
    let runbooks = [
        ("one.yaml", runbook("one", "  - {id: only, run: [/bin/true]}\n")),
        ("wait.yaml", runbook("wait", "  - {id: pause, wait: {for: 30d}}\n")),
    ];
    let (new, old) = (bench.repository(&runbooks)?, bench.repository(&runbooks)?);
    let model = new.start("one.yaml", 0)?;
    filled::fill(&new, &model, &old, n)?;
    let (waits_new, waits_old) = (new.start("wait.yaml", WAITS)?, old.start("wait.yaml", WAITS)?);
    let (mut verb_new, mut verb_old) = (Samples::default(), Samples::default());
    let (mut run_new, mut run_old) = (Samples::default(), Samples::default());
    for _ in 0..bench.size(15, 1) {
        for verb in [&["hold", "--reason", "a look"][..], &["lift"]] {
            verb_new.push(new.time(&[verb, &[waits_new.as_str()]].concat(), 0)?);
            verb_old.push(old.time(&[verb, &[waits_old.as_str()]].concat(), 0)?);
        }
        run_new.push(new.time(&["run", "runbooks/one.yaml"], 0)?);
        run_old.push(old.time(&["run", "runbooks/one.yaml"], 0)?);
    }
    let beside = "a branch of a few runs";
    Ok(vec![
        Row::compared(
            &format!("an evidence commit on a branch of {n} runs"),
            &verb_old,
            "ms",
            (beside, &verb_new),
            Some(LIMIT),
        ),
        Row::compared(
            &format!("a run of one step on a branch of {n} runs"),
            &run_old,
            "ms",
            (beside, &run_new),
            Some(LIMIT),
        ),
    ])
}
