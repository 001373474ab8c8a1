//! A list of runs where there are many.

use anyhow::ensure;

use super::{
    filled,
    measure::Samples,
    scratch::{Bench, runbook},
    table::Row,
};

/// `hardstop status` over 10,000 closed runs, under 200 ms.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let n = bench.size(10_000, 300);
    let one = runbook("one", "  - {id: only, run: [/bin/true]}\n");
    let repository = bench.repository(&[("one.yaml", one.clone())])?;
    let model = bench.repository(&[("one.yaml", one)])?;
    let run = model.start("one.yaml", 0)?;
    filled::fill(&model, &run, &repository, n)?;
    let all = repository.answer(&["status", "--all"], 0)?;
    let listed = all.get("runs").and_then(|runs| runs.as_array()).map_or(0, Vec::len);
    ensure!(listed == n, "{listed} of {n} runs are listed");
    let (mut recent, mut every) = (Samples::default(), Samples::default());
    for _ in 0..bench.size(21, 1) {
        recent.push(repository.time(&["status"], 0)?);
        every.push(repository.time(&["status", "--all"], 0)?);
    }
    Ok(vec![
        Row::limited(&format!("`status` over {n} closed runs"), &recent, 200.0, "ms"),
        Row::limited("the same with `--all`", &every, 200.0, "ms"),
    ])
}
