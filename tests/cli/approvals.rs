//! Who may say yes, and what a yes is for.

use super::stage::Stage;

const GATE: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: gate
steps:
  - id: go
    approval: {message: Really, approvers: ['team:sre'], exclude: [initiator]}
  - {id: bye, run: ['true']}
";

const POLICY: &str = "\
apiVersion: hardstop/v1
kind: Policy
version: 1
people:
  alice: {emails: [alice@example.com]}
  bob: {emails: [bob@example.com]}
  carol: {emails: [carol@example.com]}
teams:
  sre: [alice, bob]
allow:
  start: [alice]
  approve: ['team:sre', carol]
";

#[test]
fn a_wrong_code_approves_nothing() {
    let stage = Stage::new(&[("gate.yaml", GATE)]);
    let run = stage.waiting_run("gate.yaml");
    let head = stage.git(&["rev-parse", "hardstop/evidence"]);
    let ended = stage.hardstop(&["approve", "0123456789"]);
    ended.expect(2, &["no open request has the code", "hardstop status"]);
    assert_eq!(stage.git(&["rev-parse", "hardstop/evidence"]), head);
    let code = stage.code(&run);
    stage.hardstop(&["reject", &code, "--reason", "not today"]).expect(0, &["said no"]);
    stage.hardstop(&["approve", &code]).expect(4, &["is decided already: rejected by"]);
    stage.hardstop(&["retry", &run, "go"]).expect(0, &[]);
    stage.hardstop(&["advance"]).expect(3, &["request 2 written"]);
    assert_ne!(stage.code(&run), code);
}

#[test]
fn only_those_the_policy_names_count() {
    let stage = Stage::new(&[("gate.yaml", GATE), (".hardstop/policy.yaml", POLICY)]);
    let bobs = stage.hardstop_as("bob", &["run", "gate.yaml"]);
    bobs.expect(4, &["does not allow `bob` to start"]);
    assert!(stage.hardstop(&["status"]).out.contains("no runs yet"));
    let run = stage.waiting_run("gate.yaml");
    let code = stage.code(&run);
    let own = stage.hardstop(&["approve", &code]);
    own.expect(4, &["does not count, and that is recorded"]);
    let carols = stage.hardstop_as("carol", &["approve", &code]);
    carols.expect(4, &["does not count, and that is recorded"]);
    let stranger = stage.hardstop_as("mallory", &["approve", &code]);
    stranger.expect(4, &["does not know `mallory@example.com`"]);
    let counts = stage.hardstop_as("bob", &["approve", &code, "--comment", "go"]);
    counts.expect(0, &["Really", "bound to runbook ", "started by alice", "bob said yes"]);
    let done = stage.hardstop(&["advance"]);
    done.expect(0, &["succeeded"]);
    assert!(!done.err.contains("SOLO"), "{done:?}");
    stage.hardstop(&["show", &run]).expect(0, &["policy version 1"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn only_the_committed_policy_is_in_force() {
    let stage = Stage::new(&[("gate.yaml", GATE)]);
    stage.write(".hardstop/policy.yaml", POLICY);
    let ended = stage.hardstop_as("bob", &["run", "gate.yaml"]);
    ended.expect(3, &[".hardstop/policy.yaml is not committed", "SOLO POLICY"]);
    stage.commit("policy");
    stage.write(".hardstop/policy.yaml", &POLICY.replace("start: [alice]", "start: [bob]"));
    let ended = stage.hardstop_as("bob", &["run", "gate.yaml"]);
    ended.expect(4, &["was edited since it was committed", "does not allow `bob`"]);
    // Under an earlier one than a run has seen nothing is decided.
    stage.write(".hardstop/policy.yaml", &POLICY.replace("version: 1", "version: 2"));
    stage.commit("second policy");
    let run = stage.waiting_run("gate.yaml");
    stage.write(".hardstop/policy.yaml", POLICY);
    stage.commit("first policy again");
    let ended = stage.hardstop(&["hold", &run, "--reason", "x"]);
    ended.expect(4, &["the policy went back", "version 2"]);
    // A policy that cannot be understood is not passed over.
    stage.write(".hardstop/policy.yaml", &POLICY.replace("teams:", "tems:"));
    stage.commit("broken policy");
    let ended = stage.hardstop(&["run", "gate.yaml"]);
    ended.expect(2, &["tems", "teams"]);
}
