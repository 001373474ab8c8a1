//! Steps done again, and runs that go on at a newer commit.

use super::stage::Stage;

const ROLLOUT: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: rollout
steps:
  - id: build
    run: [printf, '{\"version\": 7}']
    capture: {json: stdout}
  - id: deploy
    run: [echo, '${{ steps.build.outputs.version }}']
  - id: soak
    hard_stop:
      for: 24h
      since: deploy.started
      break_glass: {approvers: [team:sre], min_approvals: 2, review_within: 5d}
  - id: prod
    run: ['true']
";

const POLICY: &str = "\
apiVersion: hardstop/v1
kind: Policy
version: 1
people:
  alice: {emails: [alice@example.com]}
  bob: {emails: [bob@example.com]}
  carol: {emails: [carol@example.com]}
teams: {sre: [alice, bob]}
roles: {}
allow:
  start: [alice]
  approve: [anyone]
  rerun: [alice]
  rebase: [alice]
  break_glass: [team:sre]
  waive: [alice]
";

fn soaking() -> (Stage, String) {
    let stage = Stage::new(&[("rollout.yaml", ROLLOUT), (".hardstop/policy.yaml", POLICY)]);
    let run = stage.waiting_run("rollout.yaml");
    (stage, run)
}

#[test]
fn what_is_shown_is_what_happens() {
    let (stage, run) = soaking();
    let args = ["rerun", &run, "build", "--reason", "a fix"];
    let (code, shown) = stage.json(&[&args[..], &["--dry-run"]].concat());
    assert_eq!(
        (code, &shown["again"][0], &shown["stale"][0]),
        (0, &"build".into(), &"deploy".into())
    );
    assert_eq!(shown["superseded"].as_array().unwrap().len(), 1, "{shown:#}");
    assert_eq!(stage.step(&run, "build"), "succeeded", "nothing has changed yet");
    let ended = stage.hardstop(&args);
    ended.expect(2, &["done again        build", "nobody confirmed what follows", "--confirm"]);
    let other = stage.hardstop(&[&args[..], &["--confirm", "0123456789"]].concat());
    other.expect(4, &["what follows is not what was confirmed"]);
    let confirmed = [&args[..], &["--confirm", shown["code"].as_str().unwrap()]].concat();
    stage.hardstop_as("bob", &confirmed).expect(4, &["does not allow `bob` to rerun"]);
    stage.hardstop(&confirmed).expect(0, &["alice had it done again: a fix", "stale: deploy"]);
    stage.hardstop(&["advance", &run]).expect(3, &[]);
    assert_eq!(stage.step(&run, "build"), "succeeded");
    stage.hardstop(&["why", &run]).expect(0, &["`deploy` read what was done again since"]);
    let waived = stage.hardstop(&["waive", &run, "stale", "deploy", "--reason", "same version"]);
    waived.expect(0, &["alice waived that"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_hard_stop_is_ended_early_by_several_and_reviewed_by_another() {
    let (stage, run) = soaking();
    let args = ["break-glass", &run, "soak", "--reason", "an outage"];
    stage.hardstop_as("carol", &args).expect(4, &["does not allow `carol`"]);
    stage.hardstop(&args).expect(0, &["asked for it to be ended early: an outage"]);
    stage.hardstop_as("bob", &args).expect(0, &["the review is due by"]);
    stage.hardstop(&["advance", &run]).expect(3, &[]);
    assert_eq!(stage.step(&run, "prod"), "succeeded");
    let finding = ["review", &run, "soak", "--finding", "it was right"];
    stage.hardstop(&finding).expect(4, &["may not review it"]);
    stage.hardstop_as("carol", &finding).expect(0, &["carol reviewed"]);
    stage.hardstop(&["advance", &run]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_paused_run_goes_on_at_a_newer_commit() {
    let (stage, run) = soaking();
    stage.write("rollout.yaml", &ROLLOUT.replace("run: [printf", "run: [echo"));
    stage.commit("what was executed is another");
    let args = ["rebase", &run, "--onto", "main", "--reason", "a better end"];
    stage
        .hardstop(&args)
        .expect(4, &["rollout.yaml at ", "`build` was executed, and what it does"]);
    stage.write("rollout.yaml", &format!("{ROLLOUT}  - id: check\n    run: ['true']\n"));
    stage.commit("one more step");
    stage.hardstop_as("bob", &args).expect(4, &["does not allow `bob` to rebase"]);
    stage.hardstop(&args).expect(0, &["go on at commit", "a better end"]);
    assert_eq!(stage.step(&run, "check"), "pending");
    let elsewhere = ["rebase", &run, "--onto", "main~2", "--reason", "back"];
    stage.hardstop(&elsewhere).expect(2, &["does not come after"]);
    for person in ["alice", "bob"] {
        stage.hardstop_as(person, &["break-glass", &run, "soak", "--reason", "an outage"]);
    }
    stage.hardstop(&["advance", &run]);
    assert_eq!(stage.step(&run, "check"), "succeeded", "the new plan is read back");
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_run_is_handed_over() {
    let (stage, run) = soaking();
    let claimed = stage.hardstop_as("bob", &["claim", &run, "--note", "prod is mine"]);
    claimed.expect(0, &["bob took over the care of the run: prod is mine"]);
    let noted = stage.hardstop(&["note", &run, "mind the second region", "--step", "prod"]);
    noted.expect(0, &["alice left a note on prod: mind the second region"]);
    let shown = ["in the care of bob: prod is mine", "last note by alice on prod: mind the second"];
    stage.hardstop(&["show", &run]).expect(0, &shown);
    stage.hardstop(&["note", &run, "x", "--step", "nowhere"]).expect(2, &["no step `nowhere`"]);
}

#[test]
fn a_revoked_runbook_is_refused_and_what_is_under_way_says_what_to_do() {
    let (stage, run) = soaking();
    let sum = stage.command("sha256sum", &stage.repo()).arg("rollout.yaml").output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    let revoked = format!(
        "revoked: [{{text: 'sha256:{}', reason: it drops the volume}}]\n",
        sum.split_whitespace().next().unwrap()
    );
    let policy = POLICY.replace("version: 1", "version: 2") + &revoked;
    stage.write(".hardstop/policy.yaml", &policy);
    stage.commit("an emergency");
    let said = ["the policy revokes the runbook with the text sha256:", "it drops the volume"];
    stage.hardstop(&["run", "rollout.yaml"]).expect(4, &said);
    let obstacle = ["OBSTACLE the policy revokes", "it drops the volume"];
    stage.hardstop(&["plan", "rollout.yaml"]).expect(0, &obstacle);
    stage.hardstop(&["advance", &run]).expect(3, &["it drops the volume", "hardstop rebase"]);
    stage.hardstop(&["status"]).expect(0, &["paused", "its runbook was revoked"]);
    let rebase = ["rebase", &run, "--onto", "HEAD", "--reason", "mended"];
    stage.hardstop(&rebase).expect(4, &said);
    stage.write("rollout.yaml", &ROLLOUT.replace("['true']", "[echo, mended]"));
    stage.commit("a mended runbook");
    stage.hardstop(&rebase).expect(0, &["go on at commit"]);
    let why = stage.hardstop(&["why", &run]);
    assert!(!why.out.contains("it drops the volume"), "{why:?}");
    let told = "policy version 2 came into force; the policy revokes";
    stage.hardstop(&["show", &run]).expect(0, &[told]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn an_answer_is_taken_back() {
    let list = "\
apiVersion: hardstop/v1
kind: Runbook
id: list
steps:
  - id: look
    checklist:
      items:
        - {id: ok, text: All is well}
        - {id: told, text: Everybody knows}
";
    let stage = Stage::new(&[("list.yaml", list)]);
    let run = stage.waiting_run("list.yaml");
    stage.hardstop(&["tick", &run, "look", "ok"]).expect(0, &["answered ok"]);
    let untick = ["untick", &run, "look", "ok", "--reason", "wrong screen"];
    let told = "took the answer to ok back: wrong screen";
    stage.hardstop(&untick).expect(0, &[told]);
    stage.hardstop(&untick).expect(4, &["item `ok` of `look` has no answer"]);
    stage.hardstop(&["why", &run]).expect(0, &["waits for 2 answers"]);
    stage.hardstop(&["tick", &run, "look", "ok", "told"]).expect(0, &["succeeded"]);
    stage.hardstop(&["show", &run]).expect(0, &[told]);
    stage.hardstop(&["report", &run]).expect(0, &["an answer stands", "wrong screen"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_run_says_by_which_zones_it_was_opened() {
    let (stage, run) = soaking();
    let (_, shown) = stage.json(&["show", &run]);
    let zones = shown["zones"].as_str().unwrap();
    assert!(zones >= "2026a", "{zones}");
    stage.hardstop(&["show", &run]).expect(0, &[&format!("time zones {zones}\n")]);
    stage.hardstop(&["report", &run]).expect(0, &[&format!("| time zones | {zones} |")]);
}
