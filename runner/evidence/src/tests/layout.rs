//! Which paths may stand on the branch.

use hardstop_core::ids::{AttemptNo, Digest, StepId};

use crate::layout::{
    ALLOWED_SIGNERS, FORMAT, GITATTRIBUTES, README, REQUIRED, REWRITTEN, attempt_file, check,
    later_plan, later_policy, request,
};

#[test]
fn every_path_of_the_format_is_allowed() {
    let step: StepId = "restore/compare".parse().unwrap();
    let item: StepId = "restore/compare.undo[EU-1][a.b]".parse().unwrap();
    let paths = [
        GITATTRIBUTES.to_owned(),
        FORMAT.to_owned(),
        README.to_owned(),
        ALLOWED_SIGNERS.to_owned(),
        "register/2026/11/20.jsonl".to_owned(),
        later_policy(7),
        request(&step, AttemptNo(2)),
        attempt_file(&step, AttemptNo(1), "stdout.log"),
        attempt_file(&item, AttemptNo(1), "stdout.log"),
        later_plan(&Digest::from_bytes([7; 32])),
        "runs/2026/11/20/k7f3q9xm2p-20261120-155332/SHA256SUMS.sig".to_owned(),
        format!("runs/2026/11/20/k7f3q9xm2p-20261120-155332/steps/{step}/1/files/refs.txt"),
        format!("runs/2026/11/20/k7f3q9xm2p-20261120-155332/steps/{step}/1/probes/7/files/a.txt"),
    ];
    for path in paths.iter().map(String::as_str).chain(REQUIRED).chain(REWRITTEN) {
        assert_eq!(check(path), Ok(()), "{path}");
    }
}

#[test]
fn nothing_else_is() {
    let refused = [
        "",
        "/run.json",
        "a//b",
        "a/",
        "../a",
        "a/../b",
        "./a",
        "a\\b",
        "Run.json",
        "a b",
        "a\nb",
        "a.",
        "a..b",
        ".git",
        "x/.gitattributes",
        "FORMAT/a",
        "x/README.md",
        "é",
        "a:b",
        "sha256sums/B",
        "a[",
        "a[]",
        "a]",
        "a[b",
        "a[b]c",
        "a[b][",
        "a[.b]",
        "a[b..c]",
        "[b]",
        "A[b]",
    ];
    let long = ["a".repeat(73), "a/".repeat(300) + "a", ["a"; 14].join("/")];
    for path in refused.into_iter().chain(long.iter().map(String::as_str)) {
        assert!(check(path).is_err(), "{path:?}");
    }
}
