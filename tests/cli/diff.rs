//! What changed in the meaning of runbooks, for reviewers and for CI.

use super::stage::Stage;

const BOOK: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: patch
vars: {regions: [north, south]}
steps:
  - id: build
    run: ['true']
  - {id: soak, hard_stop: {for: 24h}}
  - id: go
    approval: {message: Go on?, approvers: ['team:sre', 'team:leads'], min_approvals: 1}
  - id: rollout
    for_each: {items: '${{ vars.regions }}', max_failures: 10%}
    run: ['true']
";

fn weaker() -> String {
    BOOK.replace("24h", "12h").replace(", 'team:leads'", "").replace("10%", "25%")
}

#[test]
fn a_pull_request_that_weakens_is_named_in_full() {
    let stage = Stage::new(&[("runbooks/patch.yaml", BOOK)]);
    stage.git(&["checkout", "-q", "-b", "topic"]);
    stage.write("runbooks/patch.yaml", &weaker());
    stage.commit("weaker");
    let named = [
        "soak: hard stop shortened: 1d -> 12h",
        "go: approvers removed: team:sre, team:leads -> team:sre",
        "rollout: failures allowed raised: 10% -> 25%",
        "runbooks/patch.yaml:8 diff.hard-stop-shortened",
        "3 differences, 3 of them weakened",
    ];
    stage.hardstop(&["diff", "main...HEAD"]).expect(0, &named);
    stage.hardstop(&["diff", "HEAD~1..HEAD", "--fail-on", "weakened"]).expect(1, &named);
    stage
        .hardstop(&["diff", "HEAD..main", "--fail-on", "weakened"])
        .expect(1, &["approvers added"]);
    let comment = stage.hardstop(&["diff", "main...HEAD", "--markdown"]);
    comment.expect(0, &["| **weakened** | soak (line 8) | hard stop shortened | 1d | 12h |"]);
    let (code, view) = stage.json(&["diff", "main...HEAD", "runbooks/patch.yaml"]);
    assert_eq!((code, &view["weakened"]), (0, &3.into()), "{view:#}");
    assert_eq!(view["runbooks"][0]["changes"][0]["class"], "weakened");
}

#[test]
fn another_layout_is_no_difference() {
    let stage = Stage::new(&[("runbooks/patch.yaml", BOOK)]);
    let loose = BOOK
        .replace(
            "vars: {regions: [north, south]}",
            "# where\nvars:\n  regions:\n    - north\n    - south",
        )
        .replace("['team:sre', 'team:leads']", "[\"team:leads\", \"team:sre\"]");
    stage.write("runbooks/patch.yaml", &loose);
    stage.write("notes.yaml", "nothing: of ours\n");
    let ended = stage.hardstop(&["diff", "--fail-on", "changed"]);
    ended.expect(0, &["no difference in meaning"]);
}

#[test]
fn the_work_tree_is_compared_with_the_commit() {
    let stage = Stage::new(&[("runbooks/patch.yaml", BOOK), ("old.yaml", &weaker())]);
    stage.write("runbooks/patch.yaml", &BOOK.replace("['true']", "['false']"));
    let changed = stage.hardstop(&["diff", "--fail-on", "changed"]);
    changed.expect(1, &["build: command changed: true -> false", "program `false` added"]);
    stage.hardstop(&["diff", "--fail-on", "weakened"]).expect(0, &["nothing weakened"]);
    stage.hardstop(&["diff", "old.yaml"]).expect(0, &["no difference in meaning"]);
    let two = ["diff", "--no-index", "old.yaml", "runbooks/patch.yaml"];
    stage.hardstop(&two).expect(0, &["soak: hard stop lengthened: 12h -> 1d"]);
    stage.git(&["rm", "-q", "-f", "runbooks/patch.yaml"]);
    stage.hardstop(&["diff"]).expect(0, &["runbook removed"]);
}

#[test]
fn what_cannot_be_compared_is_refused_in_words() {
    let stage = Stage::new(&[("runbooks/patch.yaml", BOOK)]);
    stage.hardstop(&["diff", "nowhere..HEAD"]).expect(2, &["`nowhere` names no commit here"]);
    stage.hardstop(&["diff", "missing.yaml"]).expect(2, &["there is no file missing.yaml"]);
    stage.hardstop(&["diff", "--no-index", "one.yaml"]).expect(2, &["compares two files"]);
    stage.write("runbooks/patch.yaml", &BOOK.replace("24h", "soon"));
    stage.hardstop(&["diff"]).expect(2, &["soon"]);
}
