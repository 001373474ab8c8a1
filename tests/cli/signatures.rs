//! Yeses that people sign with keys of their own, and people who cannot be two.

use std::fs;

use serde_json::Value;

use super::stage::Stage;

const GATE: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: gate
inputs:
  build: {type: text, default: '1'}
steps:
  - id: go
    approval: {message: Really, approvers: [anyone], exclude: [EXCLUDE], min_level: 3, min_approvals: 2}
  - {id: bye, run: ['true']}
";

/// A repository with a policy that knows the keys of alice (two), bob and carol.
fn stage(exclude: &str) -> Stage {
    let stage = Stage::new(&[("gate.yaml", &GATE.replace("EXCLUDE", exclude))]);
    let key = |name: &str| {
        let path = stage.beside(name);
        let made = stage
            .command("ssh-keygen", &stage.repo())
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        fs::read_to_string(path.with_extension("pub")).unwrap().trim().to_owned()
    };
    key("stranger");
    let policy = format!(
        "apiVersion: hardstop/v1
kind: Policy
version: 1
people:
  alice: {{emails: [alice@example.com, alice2@example.com], keys: ['{}', '{}']}}
  bob: {{emails: [bob@example.com], keys: ['{}']}}
  carol: {{emails: [carol@example.com], keys: ['{}']}}
allow:
  start: [anyone]
  approve: [anyone]
",
        key("alice"),
        key("alice2"),
        key("bob"),
        key("carol")
    );
    stage.write(".hardstop/policy.yaml", &policy);
    stage.commit("policy");
    stage
}

/// `hardstop approve --sign` as somebody, with the key of that name.
fn sign(stage: &Stage, person: &str, code: &str, key: &str) -> super::stage::Ended {
    let path = stage.beside(key);
    stage.hardstop_as(person, &["approve", code, "--sign", "--key", path.to_str().unwrap()])
}

/// The reasons for which answers did not count, as the journal on the evidence branch has them.
fn refused(stage: &Stage) -> Vec<String> {
    let files = stage.git(&["ls-tree", "-r", "--name-only", "hardstop/evidence"]);
    let journal = files.lines().find(|path| path.ends_with("journal.jsonl")).unwrap();
    let text = stage.git(&["show", &format!("hardstop/evidence:{journal}")]);
    let entries = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let refused = entries.filter(|entry| entry.to_string().contains("approval.refused"));
    refused.map(|entry| entry.to_string()).collect()
}

#[test]
fn a_yes_of_the_highest_level_is_signed_with_ones_own_key() {
    let stage = stage("initiator");
    let run = stage.waiting_run("gate.yaml");
    let code = stage.code(&run);
    let unsigned = stage.hardstop_as("bob", &["approve", &code]);
    unsigned.expect(4, &["asks for assurance level 3, and this answer has level 1"]);
    sign(&stage, "bob", &code, "stranger").expect(4, &["which the policy gives to nobody"]);
    sign(&stage, "bob", &code, "carol").expect(4, &["a key of `carol`, not of `bob`"]);
    sign(&stage, "bob", &code, "bob").expect(0, &["bob said yes"]);
    sign(&stage, "carol", &code, "carol").expect(0, &["carol said yes"]);
    stage.hardstop(&["advance"]).expect(0, &["succeeded"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn two_people_cannot_be_one_on_the_command_line() {
    let stage = stage("runbook_author");
    // Bob starts it, so that nothing but what is tested bars anybody.
    let started = stage.hardstop_as("bob", &["run", "gate.yaml"]);
    assert_eq!(started.code, 3, "{started:?}");
    let (_, status) = stage.json(&["status"]);
    let run = status["runs"][0]["short"].as_str().unwrap().to_owned();
    let code = stage.code(&run);
    let wrote = "`alice` wrote this runbook and may not approve its run";
    sign(&stage, "alice", &code, "alice").expect(4, &[wrote]);
    sign(&stage, "alice2", &code, "alice2").expect(4, &[wrote]);
    sign(&stage, "bob", &code, "bob").expect(0, &["bob said yes"]);
    assert!(refused(&stage).iter().all(|entry| entry.contains(wrote)));
    assert_eq!(refused(&stage).len(), 2);
}

#[test]
fn a_second_account_or_key_is_no_second_person() {
    let stage = stage("input_supplier");
    let started = stage.hardstop_as("carol", &["run", "gate.yaml", "--input", "build=2"]);
    assert_eq!(started.code, 3, "{started:?}");
    let (_, status) = stage.json(&["status"]);
    let run = status["runs"][0]["short"].as_str().unwrap().to_owned();
    let code = stage.code(&run);
    sign(&stage, "alice", &code, "alice").expect(0, &["alice said yes"]);
    let twice = "`alice` said yes already";
    sign(&stage, "alice", &code, "alice2").expect(4, &[twice]);
    sign(&stage, "alice2", &code, "alice2").expect(4, &[twice]);
    let fed = "`carol` supplied an input of this run and may not approve it";
    sign(&stage, "carol", &code, "carol").expect(4, &[fed]);
    let reasons = refused(&stage);
    assert_eq!(reasons.iter().filter(|entry| entry.contains(twice)).count(), 2, "{reasons:?}");
    assert!(reasons.iter().any(|entry| entry.contains(fed)), "{reasons:?}");
    // Taken back, it counts no more; and who answers late is told what was decided.
    let back = stage.hardstop_as("alice2", &["withdraw", &code, "--reason", "not sure"]);
    back.expect(0, &["took their yes"]);
    stage.hardstop_as("bob", &["reject", &code, "--reason", "no"]).expect(4, &["level 3"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}
