//! The runbooks of this repository and of its README compile, and what they call of shipped plugins
//! is what those plugins offer.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use hardstop_core::time::Timestamp;
use hardstop_runbook::{Compiled, Files, compile};
use serde_json::Value;

/// What is said of a plugin that nobody has written yet.
const NOT_LOCKED: &str = "runbook::plugin-not-locked";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each runbook of a folder, checked as `hardstop check` does in this repository.
#[track_caller]
fn compiled(folder: &str) -> BTreeMap<String, Compiled> {
    let load = |path: &str| fs::read_to_string(root().join(path)).ok();
    let files = Files { load: &load, at: Timestamp::from_millis(0) };
    let entries = fs::read_dir(root().join(folder)).expect("the folder of runbooks");
    let names = entries.map(|entry| entry.expect("a file of it").file_name());
    let names: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
    let texts = names.iter().filter_map(|name| {
        let path = format!("{folder}/{name}");
        load(&path).map(|text| (path, text))
    });
    let runbooks = texts.filter(|(_, text)| text.contains("\nkind: Runbook\n"));
    let compiled = runbooks.map(|(path, text)| {
        let up = "../".repeat(folder.split('/').count());
        let line = format!("# yaml-language-server: $schema={up}schemas/runbook.schema.json\n");
        assert!(text.starts_with(&line), "{path} begins with the line that editors look for");
        match compile(&path, &text, files) {
            Ok(compiled) => (path, compiled),
            Err(problems) => panic!("{path}: {:?}", problems.findings()),
        }
    });
    compiled.collect()
}

#[test]
fn our_own_runbooks_are_clean() {
    let (own, seeds) = (compiled("runbooks"), compiled("runbooks/seeds"));
    assert!(!own.is_empty() && !seeds.is_empty(), "there are runbooks");
    for (path, Compiled { warnings, .. }) in own.into_iter().chain(seeds) {
        let mut findings = warnings.findings();
        findings.retain(|finding| finding.code != NOT_LOCKED);
        assert!(findings.is_empty(), "{path}: {findings:?}");
    }
}

#[test]
fn what_our_runbooks_call_of_shipped_plugins_is_locked_and_so_is_checked() {
    let json = |path: &str| -> Value {
        let text = fs::read_to_string(root().join(path)).expect("it is in the repository");
        serde_json::from_str(&text).expect("it is JSON")
    };
    let (lock, shipped) = (json("hardstop.lock"), json("plugins/dist/digests.json"));
    let (lock, shipped) = (&lock["plugins"], &shipped["plugins"]);
    for (name, locked) in lock.as_object().expect("plugins by name") {
        assert_eq!(
            locked["digest"], shipped[name],
            "`{name}` was built anew: `cargo run -- plugin update {name}`"
        );
    }
    for (path, Compiled { unlocked, .. }) in compiled("runbooks/seeds") {
        let shipped = |action: &&String| {
            action.split_once('/').is_some_and(|(plugin, _)| shipped.get(plugin).is_some())
        };
        let missing = unlocked.iter().find(shipped);
        assert_eq!(missing, None, "{path} calls what is shipped: `cargo run -- plugin add …`");
    }
}

#[test]
fn the_runbook_of_the_readme_is_clean() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let (_, rest) = readme.split_once("```yaml\n").expect("a runbook in the README");
    let (text, _) = rest.split_once("```").expect("its end");
    match compile("README.md", text, Files::NONE) {
        Ok(compiled) => assert!(compiled.warnings.is_empty(), "{}", compiled.warnings),
        Err(problems) => panic!("{problems}"),
    }
}
