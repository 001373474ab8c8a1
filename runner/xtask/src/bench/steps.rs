//! What a step costs over the command it runs, and what others ask for the same.

use std::{
    fs::File,
    io::Write as _,
    process::{Command, Stdio},
};

use anyhow::ensure;

use super::{
    measure::{Samples, timed},
    others,
    scratch::{Bench, runbook},
    table::Row,
};

/// About what two events of a step take in the journal.
const BYTES_A_STEP: usize = 1_024;

/// A run of 1,000 steps, at most twice what its commands and as many syncs take.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let n = bench.size(1_000, 20);
    let steps: Vec<String> =
        (0..n).map(|i| format!("  - {{id: step-{i}, run: [/bin/true]}}\n")).collect();
    let repository = bench.repository(&[("many.yaml", runbook("many", &steps.concat()))])?;
    others::write_make(repository.path(), n)?;
    let (mut ours, mut bare, mut make) =
        (Samples::default(), Samples::default(), Samples::default());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
    let a_step = |total: f64| total / n as f64;
    for _ in 0..bench.size(7, 1) {
        bare.push(a_step(timed(|| spawn_and_sync(repository.path().join("bare"), n))?));
        ours.push(a_step(repository.time(&["run", "runbooks/many.yaml"], 0)?));
        make.push(a_step(timed(|| others::make(repository.path()))?));
    }
    let mut rows = vec![
        Row::compared(
            &format!("one step of {n}"),
            &ours,
            "ms",
            ("start of `/bin/true` and one fdatasync", &bare),
            Some(2.0),
        ),
        Row::compared(
            &format!("the same, beside `make` with {n} targets (which syncs nothing)"),
            &ours,
            "ms",
            ("one target", &make),
            None,
        ),
    ];
    rows.push(match others::ansible(bench, repository.path(), &ours)? {
        Ok(row) => row,
        Err(why) => Row::skipped("the same, beside ansible-core 2.19", &why),
    });
    Ok(rows)
}

/// All that must happen for `n` steps: each command is started and followed to its end, and a line
/// about it is on the disk.
fn spawn_and_sync(path: std::path::PathBuf, n: usize) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    for _ in 0..n {
        let mut command = Command::new("/bin/true");
        let output = command.stdin(Stdio::null()).output()?;
        ensure!(output.status.success(), "`/bin/true` failed");
        file.write_all(&[b'.'; BYTES_A_STEP])?;
        file.sync_data()?;
    }
    Ok(())
}
