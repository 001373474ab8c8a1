//! What a run would do, told without a trace.

use super::{stage::Stage, walk::BOOK};

const POLICY: &str = "\
apiVersion: hardstop/v1
kind: Policy
version: 3
people:
  alice: {emails: [alice@example.com]}
  bob: {emails: [bob@example.com]}
  carol: {emails: [carol@example.com]}
teams:
  sre: [alice, bob]
allow:
  start: [anyone]
  approve: [anyone]
";

#[test]
fn nothing_is_run_and_nothing_is_written() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    let ended = stage.hardstop(&["plan", "book.yaml", "-i", "who=you & me"]);
    ended.expect(0, &["echo 'hello you & me'", "earliest end: 100ms", "solo"]);
    ended.expect(0, &["Go on with ${{ steps.look.outputs.count }}"]);
    assert!(!stage.repo().join(".git/hardstop").exists());
    assert_eq!(stage.git(&["branch", "--list", "hardstop/*"]), "");
    stage.hardstop(&["plan", "book.yaml", "-i", "whom=you"]).expect(2, &["unknown input `whom`"]);
    stage.write("book.yaml", &BOOK.replace("A short one", "A long one"));
    stage.hardstop(&["plan", "book.yaml"]).expect(0, &["DRAFT"]);
}

#[test]
fn conditions_are_decided_as_far_as_inputs_go() {
    let conditions = BOOK
        .replace("  - id: stop\n", "  - id: stop\n    if: ${{ inputs.who == 'bob' }}\n")
        .replace("  - id: bye\n", "  - id: bye\n    if: ${{ steps.stop.succeeded }}\n");
    let stage = Stage::new(&[("book.yaml", &conditions)]);
    for (who, want, end) in [("bob", true, 100), ("alice", false, 0)] {
        let (code, view) = stage.json(&["plan", "book.yaml", "-i", &format!("who={who}")]);
        let steps = view["phases"][0]["steps"].as_array().unwrap();
        assert_eq!((code, &steps[2]["applies"]), (0, &want.into()), "{view:#}");
        assert!(steps[4]["applies"].is_null(), "{view:#}");
        assert_eq!(view["earliest_end_ms"], end);
    }
}

#[test]
fn a_gate_says_who_opens_it_and_whether_anybody_can() {
    let gate = |rest: &str| BOOK.replace("[anyone]}", &format!("['team:sre']{rest}}}"));
    let stage = Stage::new(&[("book.yaml", &gate("")), (".hardstop/policy.yaml", POLICY)]);
    let (_, view) = stage.json(&["plan", "book.yaml"]);
    let opens = &view["phases"][0]["steps"][3]["gate"];
    assert_eq!(opens["people"], serde_json::json!(["bob"]), "{view:#}");
    assert_eq!(opens["excluded"][0]["person"], "alice");
    assert_eq!(view["obstacles"], serde_json::json!([]));
    stage.write("book.yaml", &gate(", min_approvals: 2"));
    stage.commit("two");
    let told = stage.hardstop(&["plan", "book.yaml"]);
    told.expect(0, &["OBSTACLE `go` needs 2 approvals, and 1 person may give one"]);
    let stranger = stage.hardstop_as("mallory", &["plan", "book.yaml"]);
    stranger.expect(0, &["OBSTACLE the policy does not know `mallory@example.com`"]);
}
