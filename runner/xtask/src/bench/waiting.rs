//! Ten thousand runs that wait, and one `advance`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use hardstop_core::ids::RunId;
use hardstop_evidence::{
    chain::{self, Chain},
    layout,
};
use serde_json::Value;

use super::{
    measure::{Samples, peak_memory},
    scratch::{Bench, Scratch, runbook},
    table::Row,
};

/// The exit code of a run that waits.
pub(super) const WAITS: i32 = 3;
/// The files of a live run that name it, or belong to the process that holds it.
const ITS_OWN: [&str; 3] = [layout::RUN, layout::JOURNAL, "lease"];

/// Memory and time of one `advance` over 10,000 waiting runs, and the journals it reads.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let n = bench.size(10_000, 50);
    let wait = runbook("wait", "  - {id: pause, wait: {for: 30d}}\n");
    let repository = bench.repository(&[("wait.yaml", wait)])?;
    let last = multiply(&repository, "wait.yaml", n)?;
    // What was made folds, so whoever reads it is not spared the work.
    repository.hardstop(&["show", last.as_str()], 0)?;
    let (mut times, mut memory) = (Samples::default(), Samples::default());
    for _ in 0..bench.size(5, 1) {
        times.push(repository.time(&["advance"], WAITS)?);
        let (status, peak) = peak_memory(repository.command(&["advance"]).spawn()?)?;
        ensure!(status.code() == Some(WAITS), "`hardstop advance`: {status}");
        memory.push(peak);
    }
    let mut journals = Samples::default();
    #[expect(clippy::cast_precision_loss, reason = "ten thousand at most")]
    journals.push(journals_read(&repository, n)? as f64);
    let what = format!("`advance` over {n} waiting runs");
    Ok(vec![
        Row::limited(&format!("{what}: peak memory"), &memory, 150.0, "MB"),
        Row::limited(&format!("{what}: journals read"), &journals, 0.0, "journals"),
        Row::shown(&format!("{what}: time"), &times, "ms"),
    ])
}

fn runs_of(repository: &Scratch) -> PathBuf {
    repository.path().join(".git/hardstop/runs")
}

/// Starts a run of that runbook, which waits, and makes `n` of it.
///
/// * Returns the id of the last.
///
/// # Errors
///
/// If it does not wait.
pub(super) fn multiply(repository: &Scratch, runbook: &str, n: usize) -> anyhow::Result<RunId> {
    let first: RunId = repository.start(runbook, WAITS)?.parse()?;
    let runs = runs_of(repository);
    let from = runs.join(first.as_str());
    let header = fs::read_to_string(from.join(layout::RUN))?;
    let (entries, _) =
        chain::read(&first, header.as_bytes(), &fs::read(from.join(layout::JOURNAL))?)?;
    let mut last = first.clone();
    for i in 1..n {
        let id: RunId = format!("{i:010}{}", &first.as_str()[10..]).parse()?;
        let folder = runs.join(id.as_str());
        fs::create_dir(&folder)?;
        let header = header.replace(first.as_str(), id.as_str());
        let mut chain = Chain::genesis(header.as_bytes());
        let mut journal = Vec::new();
        for entry in &entries {
            let event = entry.event.clone();
            journal.extend(chain.append(&id, entry.epoch, entry.at.clone(), event)?.1);
        }
        fs::write(folder.join(layout::RUN), header)?;
        fs::write(folder.join(layout::JOURNAL), journal)?;
        link_others(&from, &folder)?;
        last = id;
    }
    Ok(last)
}

/// The files that are the same for all runs of one runbook.
fn link_others(from: &Path, folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !ITS_OWN.iter().any(|name| entry.file_name() == *name) {
            fs::hard_link(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Replaces each journal by one of the same length that cannot be read back, and counts the runs
/// that `advance` does not leave as they are.
fn journals_read(repository: &Scratch, n: usize) -> anyhow::Result<usize> {
    for entry in fs::read_dir(runs_of(repository))? {
        let path = entry?.path().join(layout::JOURNAL);
        let length = fs::metadata(&path)?.len();
        fs::remove_file(&path)?;
        File::create(&path)?.set_len(length)?;
    }
    let output =
        repository.command(&["advance", "--json"]).stdout(std::process::Stdio::piped()).output()?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let runs = answer.get("runs").and_then(Value::as_array).context("no runs in the answer")?;
    ensure!(runs.len() == n, "{} runs instead of {n}", runs.len());
    let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        *by_status.entry(run["status"].as_str().unwrap_or_default()).or_default() += 1;
    }
    Ok(n - by_status.get("waiting").copied().unwrap_or_default())
}
