//! What a command sees of the runner's environment.

use super::{RUN, Trial, inherited};

#[test]
fn the_environment_is_made_for_the_command() {
    let performed = Trial::argv(&["env"]).env("GREETING", "a b").run();
    let mut names: Vec<_> = performed
        .stdout()
        .lines()
        .filter_map(|line| line.split_once('=').map(|(name, _)| name))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "GREETING",
            "HARDSTOP_ATTEMPT",
            "HARDSTOP_IDEMPOTENCY_KEY",
            "HARDSTOP_REPOSITORY",
            "HARDSTOP_RUN",
            "HARDSTOP_STEP",
            "HARDSTOP_WORKSPACE",
            "NO_COLOR",
            "PATH",
            "TERM",
        ]
    );
    for line in [
        "GREETING=a b".to_owned(),
        format!("HARDSTOP_IDEMPOTENCY_KEY={RUN}/main/try/2"),
        "TERM=dumb".to_owned(),
    ] {
        assert!(performed.stdout().lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn a_step_may_change_what_is_inherited_but_not_what_is_ours() {
    let trial = Trial::argv(&["/usr/bin/env"]).env("PATH", "/none").env("HARDSTOP_RUN", "other");
    let performed = trial.run();
    assert!(performed.stdout().contains("PATH=/none\n"));
    assert!(performed.stdout().contains(&format!("HARDSTOP_RUN={RUN}\n")));
}

#[test]
fn only_listed_names_are_inherited() {
    let parent = ["PATH", "LC_ALL", "GIT_DIR", "API_TOKEN", "HTTPS_PROXY", "LCX"];
    let parent = parent.map(|name| (name.into(), "1".into()));
    let names: Vec<_> = inherited(parent, &["HTTPS_PROXY".to_owned()]).into_keys().collect();
    assert_eq!(names, ["HTTPS_PROXY", "LC_ALL", "PATH"]);
}

#[test]
fn a_bad_name_or_a_missing_secret_keeps_the_command_from_starting() {
    Trial::argv(&["env"]).env("A=B", "x").run().fails_with("`A=B` cannot be the name");
    let performed = Trial::argv(&["env"]).secret("other").run();
    performed.fails_with("secret `other` is not available: set its variable");
    assert!(performed.files.is_empty());
    let mut undeclared = Trial::argv(&["env"]).secret("token");
    undeclared.secrets.clear();
    undeclared.run().fails_with("does not declare");
}
