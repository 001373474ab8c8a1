//! What people do about steps, and about the run as a whole.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::stage::Stage;

const FAILS: &str = "\
apiVersion: hardstop/v1
kind: Runbook
id: fails
steps:
  - {id: try, run: [test, -f, flag]}
  - {id: after, run: ['true']}
finally:
  - {id: tidy, run: ['true']}
";

#[test]
fn a_failed_step_is_tried_again() {
    let stage = Stage::new(&[("fails.yaml", FAILS)]);
    let ended = stage.hardstop(&["run", "fails.yaml"]);
    ended.expect(3, &["failed with exit code 1", ": paused", "next: hardstop retry"]);
    let (_, status) = stage.json(&["status"]);
    let run = status["runs"][0]["short"].as_str().unwrap();
    stage.hardstop(&["retry", run, "after"]).expect(4, &["has not failed"]);
    stage.hardstop(&["retry", run, "nowhere"]).expect(2, &["no step `nowhere`"]);
    stage.write("flag", "");
    let retried = stage.hardstop(&["retry", run, "try", "--reason", "the flag is there"]);
    retried.expect(0, &["asked for one more attempt", &format!("next: hardstop advance {run}")]);
    // No step starts in the process of somebody who only says so.
    assert_ne!(stage.step(run, "try"), "succeeded");
    stage.hardstop(&["advance"]).expect(0, &["succeeded"]);
    assert_eq!(stage.step(run, "try"), "succeeded");
}

#[test]
fn a_skipped_step_is_no_success() {
    let stage = Stage::new(&[("fails.yaml", FAILS)]);
    let run = stage.waiting_run("fails.yaml");
    assert_eq!(stage.hardstop(&["skip", &run, "try"]).code, 2);
    stage.hardstop(&["skip", &run, "try", "--reason", "no flag today"]).expect(0, &["skipped by"]);
    stage.hardstop(&["advance"]).expect(1, &["incomplete"]);
    stage.hardstop(&["show", &run]).expect(0, &["no flag today"]);
}

#[test]
fn an_attested_step_keeps_its_proof() {
    let stage = Stage::new(&[("fails.yaml", FAILS)]);
    let run = stage.waiting_run("fails.yaml");
    stage.write("proof.txt", "done by hand\n");
    stage.write("leak.txt", "token ghp_0123456789abcdefghijklmnopqrstuvwxyz\n");
    let attest = |file: &str| {
        stage.hardstop(&["attest", &run, "try", "--reason", "by hand", "--file", file])
    };
    attest("leak.txt").expect(2, &["looks like a GitHub token"]);
    attest("missing.txt").expect(2, &["missing.txt cannot be read"]);
    attest("proof.txt").expect(0, &["attested by alice@example.com", "-proof.txt"]);
    // It is done, so that more proof is refused, and what came with it is not kept.
    stage.write("late..txt", "done twice\n");
    attest("late..txt").expect(4, &["try"]);
    stage.hardstop(&["advance", &run]).expect(0, &["succeeded"]);
    let tree = stage.git(&["ls-tree", "-r", "--name-only", "hardstop/evidence"]);
    let kept = |name: &str| tree.contains(name);
    assert!(kept("-proof.txt") && !kept("leak") && !kept("late"), "{tree}");
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn an_aborted_run_tidies_up() {
    let stage = Stage::new(&[("fails.yaml", FAILS)]);
    let run = stage.waiting_run("fails.yaml");
    let aborted = stage.hardstop(&["abort", &run, "--reason", "wrong day"]);
    aborted.expect(0, &["asked for an early end: wrong day", "next: hardstop advance"]);
    stage.hardstop(&["advance", &run]).expect(1, &["aborted"]);
    assert_eq!(stage.step(&run, "finally/tidy"), "succeeded");
    assert_eq!(stage.step(&run, "after"), "not reached");
    stage.hardstop(&["hold", &run, "--reason", "late"]).expect(4, &["the run is over"]);
}

#[test]
fn a_held_run_starts_nothing() {
    let stage = Stage::new(&[("fails.yaml", FAILS)]);
    let run = stage.waiting_run("fails.yaml");
    stage.hardstop(&["hold", &run, "--reason", "look first"]).expect(0, &["held the run"]);
    stage.write("flag", "");
    stage.hardstop(&["retry", &run, "try"]).expect(0, &[]);
    stage.hardstop(&["advance", &run]).expect(3, &[&format!("hardstop lift {run}")]);
    stage.hardstop(&["why", &run]).expect(0, &["is held by", "look first"]);
    stage.hardstop(&["lift", &run]).expect(0, &["lifted the hold"]);
    stage.hardstop(&["advance", &run]).expect(0, &["succeeded"]);
}

#[test]
fn checklists_take_answers_of_their_kind() {
    let list = "\
apiVersion: hardstop/v1
kind: Runbook
id: list
steps:
  - id: look
    checklist:
      items:
        - {id: ok, text: All is well}
        - {id: when, text: Which day, type: date}
        - {id: proof, text: The output, type: file}
";
    let stage = Stage::new(&[("list.yaml", list)]);
    let run = stage.waiting_run("list.yaml");
    let tick = |args: &[&str]| stage.hardstop(&[&["tick", &run, "look"], args].concat());
    tick(&["ok", "when=soon"]).expect(2, &["takes a day"]);
    // All answers are looked at before the first is given.
    assert!(!stage.hardstop(&["show", &run]).out.contains("answered ok"));
    tick(&["ok", "when=2026-11-20"]).expect(0, &["answered ok", "answered when: 2026-11-20"]);
    tick(&["ok"]).expect(0, &["nothing changed"]);
    tick(&["nothing"]).expect(4, &["has no item `nothing`"]);
    tick(&["proof"]).expect(2, &["--file"]);
    stage.write("stray.txt", "41\n");
    tick(&["nothing", "--file", "stray.txt"]).expect(4, &["has no item `nothing`"]);
    stage.write("Output (1)..txt", "42\n");
    let last = tick(&["proof", "--file", "Output (1)..txt"]);
    last.expect(0, &["-output--1---txt", &format!("run {run}: succeeded")]);
    let tree = stage.git(&["ls-tree", "-r", "--name-only", "hardstop/evidence"]);
    assert!(tree.contains("-output--1-") && !tree.contains("stray"), "{tree}");
    stage.hardstop(&["advance"]).expect(0, &["no live runs"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_file_with_a_secret_of_the_runbook_is_not_kept() {
    let list = "\
apiVersion: hardstop/v1
kind: Runbook
id: list
secrets:
  home: {env: HOME}
steps:
  - id: look
    checklist:
      items:
        - {id: proof, text: The output, type: file}
";
    let stage = Stage::new(&[("list.yaml", list)]);
    let run = stage.waiting_run("list.yaml");
    stage.write("leak.log", &format!("it is {}\n", stage.beside("home").display()));
    let tick = |file| stage.hardstop(&["tick", &run, "look", "proof", "--file", file]);
    tick("leak.log").expect(2, &["leak.log holds the secret `home`"]);
    assert!(!stage.git(&["ls-tree", "-r", "--name-only", "hardstop/evidence"]).contains("leak"));
    stage.write("clean.log", "it is nowhere\n");
    tick("clean.log").expect(0, &["succeeded"]);
}

/// What stands in a run cannot be taken back, so what it gives away must be worth nothing.
#[test]
fn a_run_that_holds_a_secret_is_committed_once_the_secret_is_another() {
    let stage = Stage::new(&[("short.yaml", FAILS)]);
    let token = stage.beside("token");
    let set = |value: &str| {
        fs::write(&token, value).unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    };
    set("open-sesame\n");
    let runbook = format!(
        "apiVersion: hardstop/v1\nkind: Runbook\nid: leaks\n\
         secrets: {{token: {{file: {}}}}}\ninputs: {{word: {{type: text}}}}\n\
         steps: [{{id: say, run: [echo, \"${{{{ inputs.word }}}}\"]}}]\n",
        token.display()
    );
    stage.write("leaks.yaml", &runbook);
    stage.commit("a runbook");
    let begun = stage.hardstop(&["run", "leaks.yaml", "-i", "word=b3Blbi1zZXNhbWU"]);
    begun.expect(3, &["inputs.json holds the secret `token` at byte", "change the secret"]);
    let branch = || stage.git(&["branch", "--list", "hardstop/evidence"]);
    assert_eq!(branch(), "", "nothing may be committed");
    // Whoever does not know the secret cannot tell that it is gone.
    fs::remove_file(&token).unwrap();
    stage.hardstop(&["advance"]).expect(3, &["holds the secret `token`"]);
    assert_eq!(branch(), "");
    set("another-word\n");
    stage.hardstop(&["advance"]).expect(0, &["succeeded"]);
    stage.hardstop(&["verify"]).expect(0, &[]);
}

#[test]
fn a_credential_put_together_by_an_expression_starts_nothing() {
    let stage = Stage::new(&[(
        "url.yaml",
        "\
apiVersion: hardstop/v1
kind: Runbook
id: url
inputs: {word: {type: text}}
steps: [{id: get, run: [echo, \"https://bot:${{ inputs.word }}@git.example.com\"]}]
",
    )]);
    let begun = stage.hardstop(&["run", "url.yaml", "-i", "word=open-sesame"]);
    begun.expect(3, &["looks like a password in a URL", "declare it under `secrets:`"]);
    let journal =
        stage.git(&["grep", "-h", "attempt", "hardstop/evidence", "--", "*journal.jsonl"]);
    assert!(!journal.contains("bot:"), "{journal}");
}
