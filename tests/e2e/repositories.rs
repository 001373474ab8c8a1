//! Repositories that cannot be worked in, each refused with its reason and the next command.

use std::{os::unix::fs::chown, path::Path};

use crate::place::{Place, RUNBOOK, ended, skipped};

const QUICK: &str = "apiVersion: hardstop/v1
kind: Runbook
id: quick
title: One step
steps:
  - {id: one, run: [git, --version]}
";

#[test]
fn a_folder_without_a_repository() {
    let place = Place::with(QUICK);
    for line in ["status", "advance", "verify", "run any.yaml"] {
        let outside = ended(place.program(line).current_dir(place.outside()));
        assert_eq!(outside.code, Some(2), "{}", outside.text());
        outside.says(&["is not inside a git repository", "git init"]);
    }
}

#[test]
fn a_repository_without_commits() {
    let place = Place::empty(&[]);
    std::fs::write(place.root().join("quick.yaml"), QUICK).unwrap();
    place.expect(2, "run quick.yaml").says(&["there is no commit yet", "git commit"]);
    assert!(place.live().is_empty());
}

#[test]
fn formats_that_cannot_be_read_yet() {
    let sha256 = Place::empty(&["--object-format=sha256"]);
    sha256.commit(RUNBOOK, QUICK);
    sha256.expect(2, &format!("run {RUNBOOK}")).says(&["SHA-256", "git init --object-format=sha1"]);
    // Git knows reftables since 2.45.
    let init = sha256.command("git").args(["init", "-q", "--ref-format=reftable", "x"]).output();
    if !init.unwrap().status.success() {
        return skipped("this git makes no repository with reftables");
    }
    let reftable = Place::empty(&["--ref-format=reftable"]);
    reftable.commit(RUNBOOK, QUICK);
    let refused = reftable.expect(2, &format!("run {RUNBOOK}"));
    refused.says(&["reftable", "refs migrate --ref-format=files"]);
}

#[test]
fn a_repository_of_somebody_else() {
    let place = Place::with(QUICK);
    let give = |path: &Path| chown(path, Some(65_534), Some(65_534)).is_ok();
    if !(give(&place.root()) && give(&place.root().join(".git"))) {
        return skipped("only root can give a repository to somebody else");
    }
    let refused = place.expect(2, &format!("run {RUNBOOK}"));
    refused.says(&["belongs to another user", "safe.directory"]);
    assert!(place.live().is_empty());
}

#[test]
fn a_shallow_clone_is_said_to_be_one() {
    let place = Place::with(QUICK);
    place.commit("second.txt", "second\n");
    let from = format!("file://{}", place.root().display());
    let clone = place.outside().join("shallow");
    place.git(&["clone", "--quiet", "--depth=1", &from, clone.to_str().unwrap()]);
    place.git(&["-C", clone.to_str().unwrap(), "config", "user.email", "alice@example.com"]);
    let run = ended(place.program(&format!("run {RUNBOOK}")).current_dir(&clone));
    assert_eq!(run.code, Some(0), "{}", run.text());
    run.says(&["cut off here"]);
}
