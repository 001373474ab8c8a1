//! Every scenario of this repository comes true, and every runbook is shown on a good day, with a
//! failure, with an abort and with a restart.

#![expect(clippy::unwrap_used, reason = "a test whose files cannot be read has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use hardstop_core::event::RunResult;
use hardstop_engine::simulate::{Rehearsal, Script, rehearse};
use hardstop_runbook::{Files, compile, scenario::scenario};

/// YAML files below `folder`.
fn found(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            found(&path, all);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            all.push(path);
        }
    }
}

/// What a scenario shows, in the words that every procedure is asked for.
fn shown(rehearsal: &Rehearsal) -> BTreeSet<&'static str> {
    let happens = |kind: &str| rehearsal.seen.iter().any(|seen| seen.kind == kind);
    let fails = ["attempt.failed", "step.failed", "gate.rejected"];
    let has_failed = fails.into_iter().any(happens);
    let leases = rehearsal
        .seen
        .iter()
        .filter(|seen| seen.within.is_empty() && seen.kind == "lease.acquired");
    let has_restarted = leases.count() > 1;
    let good_day = rehearsal.result == Some(RunResult::Succeeded) && !has_failed && !has_restarted;
    [
        (good_day, "a good day"),
        (has_failed, "a failure"),
        (rehearsal.result == Some(RunResult::Aborted), "an abort"),
        (has_restarted, "a restart"),
    ]
    .into_iter()
    .filter_map(|(is_shown, what)| is_shown.then_some(what))
    .collect()
}

/// Plays one scenario.
///
/// * Returns the path of its runbook, and what came of it.
///
/// # Errors
///
/// What is wrong with it, or did not come true.
fn play(top: &Path, path: &Path) -> Result<(String, Rehearsal), String> {
    let text = fs::read_to_string(path).unwrap();
    let shown = path.strip_prefix(top).unwrap().display().to_string();
    let told = |problems: &hardstop_runbook::Diagnostics| {
        let lines = problems
            .findings()
            .into_iter()
            .map(|it| format!("  {}: {} ({})", it.line, it.message, it.help.unwrap_or_default()));
        format!("{shown}:\n{}", lines.collect::<Vec<_>>().join("\n"))
    };
    let scenario = scenario(&shown, &text).map_err(|wrong| told(&wrong))?;
    let runbook = path.parent().unwrap().join(&scenario.runbook).canonicalize().unwrap();
    let name = runbook.strip_prefix(top).unwrap().display().to_string();
    let text = fs::read_to_string(&runbook).unwrap();
    let load = |path: &str| fs::read_to_string(top.join(path)).ok();
    let files = Files { load: &load, at: scenario.start };
    let plan = compile(&name, &text, files).map_err(|wrong| told(&wrong))?.plan;
    let golden = scenario.golden.as_ref().map(|(name, _)| path.parent().unwrap().join(name));
    let golden = golden.and_then(|golden| fs::read_to_string(golden).ok());
    let script = Script { path: &name, text: &text, plan: &plan };
    let mut rehearsal = rehearse(&scenario, script, golden.as_deref());
    let complaints = std::mem::take(&mut rehearsal.complaints);
    if complaints.is_empty() {
        Ok((name, rehearsal))
    } else {
        Err(told(&scenario.diagnose(complaints)))
    }
}

#[test]
fn every_scenario_comes_true_and_every_runbook_has_its_four() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut files = Vec::new();
    found(&top.join("runbooks"), &mut files);
    let is_scenario = |path: &PathBuf| path.to_string_lossy().ends_with(".scenario.yaml");
    let (scenarios, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_scenario);
    let (mut failed, mut shows) = (Vec::new(), BTreeMap::<String, BTreeSet<_>>::new());
    for path in scenarios {
        match play(&top, &path) {
            Ok((runbook, rehearsal)) => shows.entry(runbook).or_default().extend(shown(&rehearsal)),
            Err(why) => failed.push(why),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let is_runbook = |path: &&PathBuf| {
        fs::read_to_string(path).unwrap().lines().any(|line| line == "kind: Runbook")
    };
    let runbooks: Vec<_> = others.iter().filter(is_runbook).collect();
    assert!(!runbooks.is_empty(), "there are runbooks");
    for runbook in runbooks {
        let name = runbook.strip_prefix(&top).unwrap().display().to_string();
        let shown = shows.remove(&name).unwrap_or_default();
        let wanted = BTreeSet::from(["a good day", "a failure", "an abort", "a restart"]);
        let missing: Vec<_> = wanted.difference(&shown).collect();
        assert!(missing.is_empty(), "no scenario of {name} shows {missing:?}");
    }
}

/// A checklist of another tool, as far as it can be said here.
#[test]
fn the_release_checklist_comes_true() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut scenarios = Vec::new();
    found(&top.join("tests/fixtures/solr-release/scenarios"), &mut scenarios);
    assert_eq!(scenarios.len(), 2);
    let failed: Vec<String> = scenarios.iter().filter_map(|it| play(&top, it).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
