//! What may be executed, and where.

use std::os::unix::fs::symlink;

use hardstop_core::event::Cause;

use super::Trial;

#[test]
fn commands_work_in_the_repository_or_the_workspace() {
    let mut trial = Trial::argv(&["pwd"]);
    let root = trial.repository.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("sub")).unwrap();
    for (directory, want) in [
        (String::new(), root.clone()),
        (".".to_owned(), root.clone()),
        ("sub".to_owned(), root.join("sub")),
        ("sub/..".to_owned(), root.clone()),
        (
            trial.workspace.path().display().to_string(),
            trial.workspace.path().canonicalize().unwrap(),
        ),
    ] {
        trial.command.directory = directory;
        assert_eq!(trial.run().stdout().trim_end(), want.display().to_string());
    }
}

#[test]
fn commands_do_not_leave_them() {
    let mut trial = Trial::argv(&["pwd"]);
    symlink("/", trial.repository.path().join("link")).unwrap();
    for directory in ["..", "/", "link", "link/usr"] {
        trial.command.directory = directory.to_owned();
        let performed = trial.run();
        performed.fails_with("is outside the repository and the run's workspace");
        assert!(matches!(performed.cause(), Cause::NotGranted { .. }));
    }
    for directory in ["none", "a\0b"] {
        trial.command.directory = directory.to_owned();
        trial.run().fails_with("cannot be used");
    }
}

#[test]
fn only_granted_programs_are_executed() {
    for (allow, trial, granted) in [
        (vec!["true"], Trial::argv(&["true"]), true),
        (vec![], Trial::argv(&["true"]), false),
        (vec!["true"], Trial::argv(&["false"]), false),
        (vec!["true"], Trial::argv(&["./true"]), false),
        (vec!["true"], Trial::sh("true"), false),
        (vec!["sh"], Trial::sh("true"), true),
    ] {
        let mut trial = trial;
        trial.exec.allow = Some(allow.iter().copied().map(String::from).collect());
        assert_eq!(
            trial.exec.granted_to("true"),
            if allow == ["true"] { vec!["exec true"] } else { vec![] }
        );
        let performed = trial.run();
        if granted {
            performed.outputs();
        } else {
            performed.fails_with("it is not in `exec.allow` in .hardstop/config.yaml");
        }
    }
}

#[test]
fn the_repository_cannot_stand_in_for_a_program() {
    let trial = Trial::argv(&["pwd"]).env("PATH", ".");
    let fake = trial.repository.path().join("pwd");
    std::fs::write(&fake, "#!/bin/sh\necho fake\n").unwrap();
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert!(trial.run().stdout().starts_with('/'));
}
