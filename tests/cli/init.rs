//! A newcomer sets a repository up, and what was made works as it is.

use std::fs;

use super::stage::Stage;

#[test]
fn a_newcomer_alone_gets_from_nothing_to_evidence_that_verifies() {
    let stage = Stage::new(&[]);
    stage.hardstop(&["init"]).expect(0, &["made runbooks/hello.yaml", "next: git add"]);
    stage.hardstop(&["check", "--deny-warnings"]).expect(
        0,
        &[".hardstop/policy.yaml: ok", ".hardstop/config.yaml: ok", "runbooks/hello.yaml: ok"],
    );
    stage.commit("set up");
    let run = stage.waiting_run("runbooks/hello.yaml");
    stage.hardstop(&["tick", &run, "look", "greeted"]).expect(0, &[]);
    stage.hardstop(&["advance", &run, "--wait", "1m"]).expect(3, &["hardstop approve"]);
    stage.hardstop(&["approve", &stage.code(&run)]).expect(0, &[]);
    stage.hardstop(&["advance", &run]).expect(0, &["succeeded"]);
    stage.hardstop(&["verify"]).expect(0, &["all of it verifies"]);
    // The list of signers was committed with the rest, so a clone can tell who signed.
    let clone = stage.beside("clone");
    let (from, to) = (stage.repo().display().to_string(), clone.display().to_string());
    stage.git(&["clone", "-q", &from, &to]);
    let there = stage.hardstop_in(&clone, &["verify"]);
    there.expect(0, &["all of it verifies", "allowed_signers, as committed"]);
}

#[test]
fn what_is_there_is_left_alone() {
    let stage = Stage::new(&[(".hardstop/policy.yaml", "mine\n")]);
    let (code, view) = stage.json(&["init"]);
    assert_eq!((code, &view["kept"]), (0, &serde_json::json!([".hardstop/policy.yaml"])));
    assert_eq!(fs::read_to_string(stage.repo().join(".hardstop/policy.yaml")).unwrap(), "mine\n");
    let (code, again) = stage.json(&["init"]);
    assert_eq!((code, &again["made"]), (0, &serde_json::json!([])));
}

#[test]
fn the_top_of_the_repository_is_set_up_wherever_one_stands() {
    let stage = Stage::new(&[("deep/below/x", "")]);
    stage.hardstop(&["init", "deep/below"]).expect(0, &[]);
    assert!(stage.repo().join(".hardstop/policy.yaml").is_file());
    let outside = stage.beside("outside");
    fs::create_dir(&outside).unwrap();
    stage.hardstop_in(&outside, &["init"]).expect(2, &["git init"]);
    stage.hardstop(&["init", "nowhere"]).expect(2, &["nowhere cannot be entered"]);
}

#[test]
fn any_identity_becomes_a_policy_or_a_clear_refusal() {
    for (email, person) in [("o'brien \"x\"@example.com", "o-brien"), ("7@example.com", "operator")]
    {
        let stage = Stage::new(&[]);
        stage.git(&["config", "user.email", email]);
        stage.hardstop_in(&stage.repo(), &["init"]).expect(0, &[]);
        stage.hardstop(&["check", ".hardstop/policy.yaml"]).expect(0, &["ok"]);
        let policy = fs::read_to_string(stage.repo().join(".hardstop/policy.yaml")).unwrap();
        assert!(policy.contains(&format!("\n  {person}")), "{policy}");
    }
    let stage = Stage::new(&[]);
    stage.git(&["config", "--global", "--unset", "user.email"]);
    stage.hardstop_in(&stage.repo(), &["init"]).expect(2, &["git config user.email"]);
}
