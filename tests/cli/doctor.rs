//! What keeps runs from working is found, with what to do.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt as _,
    time::{Duration, SystemTime},
};

use super::{stage::Stage, walk::BOOK};

#[test]
fn a_repository_that_was_set_up_has_no_problem() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.hardstop(&["init"]).expect(0, &[]);
    stage.commit("set up");
    stage.waiting_run("book.yaml");
    let (code, view) = stage.json(&["doctor"]);
    assert_eq!((code, &view["problems"]), (0, &0.into()), "{view:#}");
    let verdict = |name: &str| {
        let checks = view["checks"].as_array().unwrap().iter();
        checks.clone().find(|check| check["name"] == name).map(|check| check["verdict"].clone())
    };
    for name in ["git", "identity", "policy", "runner key", "allowed signers", "evidence branch"] {
        assert_eq!(verdict(name), Some("ok".into()), "{name} in {view:#}");
    }
}

#[test]
fn looking_changes_nothing() {
    let stage = Stage::new(&[("book.yaml", BOOK)]);
    stage.hardstop(&["doctor"]).expect(0, &["no committed .hardstop/policy.yaml", "fix: "]);
    assert!(!stage.repo().join(".git/hardstop").exists());
}

#[test]
fn each_problem_comes_with_its_fix() {
    let outside = Stage::new(&[]);
    let folder = outside.beside("outside");
    fs::create_dir(&folder).unwrap();
    outside
        .hardstop_in(&folder, &["doctor"])
        .expect(2, &["not inside a git repository", "git init"]);

    let stage = Stage::new(&[("book.yaml", BOOK), (".hardstop/policy.yaml", "kind: Policy\n")]);
    stage.hardstop(&["doctor"]).expect(2, &["problem  policy", "hardstop check"]);
    stage.git(&["rm", "-q", "-r", ".hardstop"]);
    stage.commit("no policy");
    stage.waiting_run("book.yaml");
    let key = stage.repo().join(".git/hardstop/keys/runner_ed25519");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    stage.hardstop(&["doctor"]).expect(2, &["problem  runner key", "chmod 600"]);
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let lock = File::create(stage.repo().join(".git/refs/heads/hardstop/evidence.lock")).unwrap();
    lock.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    stage.hardstop(&["doctor"]).expect(2, &["evidence.lock was left behind", "fix: "]);
}

#[test]
fn a_run_in_somebodys_hands_is_named_with_them() {
    let book = BOOK.replace("run: [echo, 'hello ${{ inputs.who }}']", "run: [sleep, '30']");
    let stage = Stage::new(&[("book.yaml", &book)]);
    let mut runner = stage.start(&["run", "book.yaml"]);
    super::stage::until("the run is held", || {
        stage.hardstop(&["doctor"]).out.contains(&format!("is held by process {}", runner.id()))
    });
    runner.kill().unwrap();
    runner.wait().unwrap();
    assert!(!stage.hardstop(&["doctor"]).out.contains("is held by"));
}
