//! Every scenario of this repository comes true, quickly.

#![expect(clippy::unwrap_used, reason = "a test whose files cannot be read has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use hardstop_engine::simulate::{Script, rehearse};
use hardstop_runbook::{Files, compile, scenario::scenario};

/// Scenario files below `folder`.
fn found(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            found(&path, all);
        } else if path.to_string_lossy().ends_with(".scenario.yaml") {
            all.push(path);
        }
    }
}

/// Plays one scenario.
///
/// # Errors
///
/// What is wrong with it, or did not come true.
fn play(top: &Path, path: &Path) -> Result<(), String> {
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
    let complaints = rehearse(&scenario, script, golden.as_deref()).complaints;
    if complaints.is_empty() { Ok(()) } else { Err(told(&scenario.diagnose(complaints))) }
}

#[test]
fn every_scenario_comes_true() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut all = Vec::new();
    found(&top.join("runbooks/scenarios"), &mut all);
    found(&top.join("tests/fixtures/solr-release"), &mut all);
    assert!(!all.is_empty(), "there are scenarios");
    let failed: Vec<String> = all.iter().filter_map(|path| play(&top, path).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
