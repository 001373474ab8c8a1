//! Every twin in memory: exactly the expected findings, no more and no fewer.

use std::{collections::BTreeSet, sync::LazyLock};

use hardstop_core::event::Event;
use hardstop_evidence::verify::{Source, Trust, verify_branch, verify_run};
use proptest::prelude::*;

use super::{
    branch::{Branch, Runs, Seen, trust},
    cases::{self, Case},
    twins,
    whole::Whole,
};

static CLEAN: LazyLock<Branch> = LazyLock::new(|| Branch::of(&Runs::clean()));

#[test]
fn every_twin_is_found_out() {
    found_out(cases::all());
}

#[test]
fn every_twin_of_the_whole_language_is_found_out() {
    found_out(twins::all());
}

#[track_caller]
fn found_out(cases: Vec<Case>) {
    let mut complaints = Vec::new();
    for case in cases {
        let seen = Seen::from(&(case.build)());
        let report = verify_branch(&seen, seen.commits.iter().cloned().map(Ok), &trust());
        let found: BTreeSet<String> =
            report.findings.iter().map(|finding| finding.id.to_string()).collect();
        if !found.iter().eq(case.findings) || !report.not_checked.is_empty() {
            let all: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            complaints.push(format!("{}: {all:#?} {:?}", case.name, report.not_checked));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn one_run_is_verified_without_the_others() {
    let runs = Runs::clean();
    let mut branch = Branch::of(&runs);
    let earlier = runs.earlier.run.folder();
    branch.head().tree.retain(|path, _| !path.starts_with(&earlier));
    let report = verify_run(&Seen::from(&branch), &runs.later.run, &trust());
    assert_eq!(report.findings, []);
    assert_eq!(report.runs, 1);
    assert!(report.not_checked.is_empty(), "{:?}", report.not_checked);
    let said = report.notes.iter().any(|note| note.contains("not the history of the branch"));
    assert!(said, "the history is not looked at, and it says so: {:?}", report.notes);
}

/// Windows that were reckoned with other rules of zones may have been right.
#[test]
fn what_other_zones_came_to_is_not_checked() {
    let mut whole = Whole::clean();
    let run = &mut whole.run;
    run.told.remove(run.position(|event| matches!(event, Event::WindowOpened { .. })));
    run.header.zones = Some("1999a".to_owned());
    let seen = Seen::from(&Branch::of_whole(&whole));
    let report = verify_branch(&seen, seen.commits.iter().cloned().map(Ok), &trust());
    assert_eq!(report.findings, []);
    let said = "it was opened with the time zones of 1999a";
    assert!(report.not_checked.iter().any(|it| it.contains(said)), "{:?}", report.not_checked);
}

#[test]
fn trust_in_the_branch_itself_is_no_trust() {
    let seen = Seen::from(&Branch::of(&Runs::clean()));
    let trust = Trust { source: Source::BranchItself, ..trust() };
    let report = verify_branch(&seen, seen.commits.iter().cloned().map(Ok), &trust);
    assert_eq!(report.findings, []);
    assert_eq!(report.not_checked.len(), 1);
}

#[test]
fn a_head_that_was_seen_must_still_be_there() {
    let seen = Seen::from(&Branch::of(&Runs::clean()));
    for (expected, want) in [(seen.commits[2].id.clone(), 0), ("0".repeat(40), 1)] {
        let trust = Trust { expected_head: Some(expected), ..trust() };
        let report = verify_branch(&seen, seen.commits.iter().cloned().map(Ok), &trust);
        assert_eq!(report.findings.len(), want, "{:?}", report.findings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whichever byte of a closed run's folder is changed, it is found.
    #[test]
    fn any_changed_byte_of_a_run_is_found(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
    ) {
        let mut branch = CLEAN.clone();
        let tree = &mut branch.head().tree;
        let folder = "runs/2026/11/20/";
        let paths: Vec<String> =
            tree.keys().filter(|path| path.starts_with(folder)).cloned().collect();
        let path = file.get(&paths);
        let bytes = &mut tree.get_mut(path).unwrap().1;
        let before = bytes.clone();
        *at.get_mut(bytes) = to;
        let changed = *bytes != before;
        let run = "b000000000-20261120-080000".parse().unwrap();
        let report = verify_run(&Seen::from(&branch), &run, &trust());
        prop_assert_eq!(!report.findings.is_empty(), changed, "{}", path);
    }
}
