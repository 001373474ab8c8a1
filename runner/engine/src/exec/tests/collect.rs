//! Declared evidence files.

use std::os::unix::fs::symlink;

use hardstop_core::event::Cause;

use super::{TOKEN, Trial};

#[test]
fn declared_files_are_kept_under_their_ids() {
    let mut trial = Trial::sh("echo a > a.txt; echo b > \"$HARDSTOP_WORKSPACE/b\"");
    let in_workspace = trial.workspace.path().join("b").display().to_string();
    trial = trial.evidence("report", "a.txt").evidence("other", &in_workspace);
    let performed = trial.run();
    assert_eq!(performed.text("2/files/report"), "a\n");
    assert_eq!(performed.text("2/files/other"), "b\n");
    let artifact = &performed.artifacts()[0];
    assert_eq!(artifact.path, "steps/main/try/2/files/report");
    assert_eq!(artifact.evidence.as_deref(), Some("report"));
}

#[test]
fn a_missing_file_fails_the_step_unless_it_is_optional() {
    let mut trial = Trial::sh("echo b > b").evidence("a", "a").evidence("b", "b");
    let performed = trial.run();
    performed.fails_with("evidence `a` is missing: the step must leave the file `a`");
    assert!(matches!(performed.cause(), Cause::Evidence { .. }));
    assert_eq!(performed.text("files/b"), "b\n", "the others are kept all the same");
    trial.evidence[0].required = false;
    assert_eq!(trial.run().artifacts().len(), 1);
}

#[test]
fn a_file_outside_or_of_another_kind_is_refused_even_if_optional() {
    for (prepare, path, problem) in [
        ("true", "/etc/passwd", "leads outside"),
        ("ln -s /etc/passwd link", "link", "leads outside"),
        ("ln -s /etc dir", "dir/passwd", "leads outside"),
        ("true", "../../etc/passwd", "leads outside"),
        ("mkdir dir", "dir", "is not a regular file"),
        ("mkfifo pipe", "pipe", "is not a regular file"),
        ("head -c 1001 /dev/zero > big", "big", "is larger than the 1000 bytes allowed"),
        ("mkdir .git; echo k > .git/key", ".git/key", "git's own files"),
        ("ln -s loop loop", "loop", "cannot be read"),
    ] {
        let mut trial = Trial::sh(prepare).evidence("x", path);
        trial.evidence[0].required = false;
        // However deep the temporary folders lie.
        if path.starts_with("../") {
            trial.command.evidence[0] = format!("{}etc/passwd", "../".repeat(40));
        }
        let performed = trial.run();
        performed.fails_with(problem);
        assert!(performed.files.is_empty());
    }
}

#[test]
fn a_link_that_stays_inside_is_followed() {
    let trial = Trial::sh("echo a > a").evidence("x", "link");
    symlink("a", trial.repository.path().join("link")).unwrap();
    assert_eq!(trial.run().text("files/x"), "a\n");
}

#[test]
fn secrets_are_masked_in_files() {
    let trial = Trial::sh("echo \"key=$SECRET\" > a").secret("token").evidence("x", "a");
    let performed = trial.run();
    assert_eq!(performed.text("files/x"), "key=[REDACTED:token]\n");
    let artifact = &performed.artifacts()[0];
    assert_eq!(artifact.original_bytes, "key=\n".len() as u64 + TOKEN.len() as u64);
    assert_eq!(artifact.redactions, 1);
}

#[test]
fn what_looks_like_a_secret_is_never_kept() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let performed = Trial::argv(&["echo", &token]).run();
    performed.fails_with("`stdout.log` looks as if it held a secret");
    assert!(performed.stdout().starts_with("withheld: "));
    assert!(!format!("{performed:?}").contains(&token));

    let performed = Trial::sh("echo \"$T\" > a; false").env("T", &token).evidence("x", "a").run();
    assert_eq!(*performed.cause(), Cause::Exit { code: 1 });

    let performed = Trial::sh("echo \"$T\" > a").env("T", &token).evidence("x", "a").run();
    performed.fails_with("`files/x` looks as if it held a secret");
    assert!(performed.text("files/x").starts_with("withheld: "));
}
