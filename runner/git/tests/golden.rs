//! The golden bundles, read from real repositories: each gives exactly the findings it must.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use hardstop_evidence::{
    keys::AllowedSigners,
    verify::{self, Source, Trust},
};
use hardstop_git::{EvidenceReader, Repo};

#[test]
fn every_bundle_gives_exactly_the_findings_of_its_line() {
    check("v1", 30);
}

#[test]
fn every_bundle_of_the_whole_language_gives_exactly_the_findings_of_its_line() {
    check("v2", 20);
}

/// * `least`: how many lines the list must have, so that it cannot be cut unnoticed.
#[track_caller]
fn check(version: &str, least: usize) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../evidence/golden").join(version);
    let signers =
        fs::read_to_string(golden.join("allowed_signers")).expect("the golden bundle is whole");
    let trust = Trust {
        signers: AllowedSigners::parse(&signers).expect("the golden bundle is whole"),
        source: Source::Given,
        expected_head: None,
    };
    let cases = fs::read_to_string(golden.join("cases.tsv")).expect("the golden bundle is whole");
    let mut complaints = Vec::new();
    for case in cases.lines().skip(1) {
        let mut columns = case.split('\t');
        let (bundle, expected) = (
            columns.next().expect("the golden bundle is whole"),
            columns.next().expect("the golden bundle is whole"),
        );
        let clone = tempfile::tempdir().expect("the golden bundle is whole");
        let done = Command::new("git")
            .args(["clone", "--quiet", "--bare"])
            .arg(golden.join(bundle))
            .arg(clone.path())
            .output()
            .expect("the golden bundle is whole");
        assert!(done.status.success(), "{bundle}: {done:?}");

        let repo = Repo::discover(clone.path()).expect("the golden bundle is whole");
        let reader = EvidenceReader::open(&repo)
            .expect("the golden bundle is whole")
            .expect("the golden bundle is whole");
        let report = verify::verify_branch(&reader, reader.commits(), &trust);
        let found: BTreeSet<String> =
            report.findings.iter().map(|finding| finding.id.to_string()).collect();
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let found = if found.is_empty() { "-".to_owned() } else { found.join(",") };
        if found != expected || !report.not_checked.is_empty() {
            complaints.push(format!("{bundle}: {expected}, not {found}; {:?}", report.not_checked));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(cases.lines().count() > least, "the list of twins was cut");
}
