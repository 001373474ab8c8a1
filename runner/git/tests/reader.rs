//! The evidence branch as `verify` and people see it, whatever was done to the repository.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use hardstop_core::{event::RunResult, ids::RunId, time::Timestamp};
use hardstop_evidence::{
    keys::{AllowedSigners, Namespace, SigningKey},
    layout,
    seal::Seal,
    verify::{Commit, Kept, Objects, ReadError},
};
use hardstop_git::{BRANCH, EvidenceReader, GitEvidence, Repo};
use hardstop_ports::evidence::{Checkpoint, EvidenceStore};
use tempfile::TempDir;

fn git(dir: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=alice", "-c", "user.email=alice@example.com"];
    let output = Command::new("git")
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .args(who)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn repository() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "--quiet", "--initial-branch=main"]);
    dir
}

fn run(n: u64) -> RunId {
    format!("{n:010}-20261120-155332").parse().unwrap()
}

fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32], "runner")
}

/// A checkpoint after `lines` lines; closed if it is the third.
fn checkpoint(run: &RunId, lines: u64) -> Checkpoint {
    let closed = (lines == 3).then_some(RunResult::Succeeded);
    let seal = Seal::new(run.clone(), closed, lines - 1, "0".repeat(64), noon());
    let files = BTreeMap::from([
        ("run.json".to_owned(), b"{}\n".to_vec()),
        ("journal.jsonl".to_owned(), "{}\n".repeat(usize::try_from(lines).unwrap()).into_bytes()),
        (format!("steps/restore/{lines}/stdout.log"), b"out\r\n".to_vec()),
        ("seal.json".to_owned(), hardstop_evidence::document::to_bytes(&seal)),
        ("SHA256SUMS".to_owned(), format!("{lines}\n").into_bytes()),
    ]);
    let head = "0".repeat(64);
    Checkpoint { run: run.clone(), seq: lines - 1, epoch: 1, head, files, at: noon(), closed }
}

fn write(dir: &Path, checkpoints: &[Checkpoint]) {
    let mut store = GitEvidence::open(&Repo::discover(dir).unwrap(), key()).unwrap();
    for checkpoint in checkpoints {
        store.commit(checkpoint).unwrap();
    }
}

fn reader(dir: &Path) -> EvidenceReader {
    EvidenceReader::open(&Repo::discover(dir).unwrap()).unwrap().unwrap()
}

fn commits(dir: &Path) -> Vec<Commit> {
    reader(dir).commits().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_repository_without_evidence_has_none() {
    let dir = repository();
    assert!(EvidenceReader::open(&Repo::discover(dir.path()).unwrap()).unwrap().is_none());
}

#[test]
fn commits_come_root_first_with_what_each_changed_and_who_signed() {
    let dir = repository();
    write(dir.path(), &[checkpoint(&run(1), 1), checkpoint(&run(2), 1), checkpoint(&run(1), 3)]);
    let commits = commits(dir.path());
    let ids: Vec<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
    let expected = git(dir.path(), &["rev-list", "--reverse", BRANCH]);
    assert_eq!(ids, expected.lines().collect::<Vec<_>>());
    assert_eq!(commits[0].parents, [""; 0]);
    assert_eq!(commits[2].parents, [commits[1].id.clone()]);
    assert_eq!(commits[2].committed, noon());

    let signers = AllowedSigners::parse(&key().public().allowed_signers_line("runner")).unwrap();
    for commit in &commits {
        let signature = commit.signature.as_deref().unwrap();
        signers.verify(Namespace::Git, &commit.payload, signature, noon()).unwrap();
    }

    let changed = |commit: &Commit| -> Vec<(String, bool, bool)> {
        let change = |it: &hardstop_evidence::verify::Change| {
            (it.path.clone(), it.old.is_some(), it.new.is_some())
        };
        commit.changes.iter().map(change).collect()
    };
    let folder = run(1).folder();
    assert_eq!(
        changed(&commits[2]),
        [
            ("register/2026/11/20.jsonl".to_owned(), true, true),
            (format!("{folder}/SHA256SUMS"), true, true),
            (format!("{folder}/journal.jsonl"), true, true),
            (format!("{folder}/seal.json"), true, true),
            (format!("{folder}/steps/restore/3/stdout.log"), false, true),
        ]
    );
    assert!(changed(&commits[0]).contains(&("FORMAT".to_owned(), false, true)));
}

#[test]
fn links_programs_submodules_and_removals_are_seen_as_they_are() {
    let dir = repository();
    fs::write(dir.path().join("a"), "1").unwrap();
    fs::create_dir(dir.path().join("b")).unwrap();
    fs::write(dir.path().join("b/c"), "2").unwrap();
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "--quiet", "-m", "one"]);
    git(dir.path(), &["rm", "--quiet", "-r", "a", "b"]);
    fs::create_dir(dir.path().join("a")).unwrap();
    std::os::unix::fs::symlink("x", dir.path().join("a/link")).unwrap();
    fs::write(dir.path().join("b"), "3").unwrap();
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["update-index", "--chmod=+x", "b"]);
    let head = git(dir.path(), &["rev-parse", "HEAD"]);
    git(dir.path(), &["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
    git(dir.path(), &["commit", "--quiet", "-m", "two"]);
    git(dir.path(), &["branch", "hardstop/evidence"]);

    let commits = commits(dir.path());
    let mode = |kept: &Option<Kept>| kept.as_ref().map(|kept| kept.mode);
    let seen: Vec<(&str, Option<u32>, Option<u32>)> = commits[1]
        .changes
        .iter()
        .map(|change| (change.path.as_str(), mode(&change.old), mode(&change.new)))
        .collect();
    assert_eq!(
        seen,
        [
            ("a", Some(0o100_644), None),
            ("a/link", None, Some(0o120_000)),
            ("b", None, Some(0o100_755)),
            ("b/c", Some(0o100_644), None),
            ("sub", None, Some(0o160_000)),
        ]
    );
    assert_eq!(commits[1].signature, None);
    let listed = reader(dir.path()).list("").unwrap();
    let paths: Vec<&str> = listed.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["b", "sub", "a/link"]);
}

#[test]
fn replacements_and_grafts_change_nothing() {
    let dir = repository();
    write(dir.path(), &[checkpoint(&run(1), 1), checkpoint(&run(1), 2), checkpoint(&run(1), 3)]);
    let before = commits(dir.path());
    let journal = reader(dir.path()).run_file(&run(1), "journal.jsonl").unwrap().unwrap();

    let spec = format!("{BRANCH}:{}/journal.jsonl", run(1).folder());
    let blob = git(dir.path(), &["rev-parse", &spec]);
    fs::write(dir.path().join("forged"), "{}\n").unwrap();
    let forged = git(dir.path(), &["hash-object", "-w", "forged"]);
    git(dir.path(), &["replace", &blob, &forged]);
    let info = dir.path().join(".git/info");
    fs::create_dir_all(&info).unwrap();
    fs::write(info.join("grafts"), format!("{} {}\n", before[2].id, before[0].id)).unwrap();

    assert_eq!(commits(dir.path()), before);
    assert_eq!(reader(dir.path()).run_file(&run(1), "journal.jsonl").unwrap().unwrap(), journal);
}

#[test]
fn a_history_that_is_cut_off_says_how_to_get_the_rest() {
    let dir = repository();
    write(dir.path(), &[checkpoint(&run(1), 1), checkpoint(&run(1), 2)]);
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", dir.path().display());
    let branch = ["clone", "--quiet", "--depth=1", "--branch=hardstop/evidence", &url, "."];
    git(clone.path(), &branch);
    let seen: Vec<_> = reader(clone.path()).commits().collect();
    assert!(
        matches!(&seen[..], [Err(ReadError::Unavailable(why))] if why.contains("--unshallow")),
        "{seen:?}"
    );
}

#[test]
fn a_fresh_clone_reads_the_evidence_at_origin_and_goes_on_from_there() {
    let dir = repository();
    git(dir.path(), &["commit", "--quiet", "--allow-empty", "-m", "main"]);
    write(dir.path(), &[checkpoint(&run(1), 1)]);
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["clone", "--quiet", dir.path().to_str().unwrap(), "."]);
    let at_origin = reader(clone.path());
    assert_eq!(at_origin.head(), git(dir.path(), &["rev-parse", BRANCH]));
    let repo = Repo::discover(clone.path()).unwrap();
    let named = EvidenceReader::open_at(&repo, "origin/hardstop/evidence").unwrap();
    assert_eq!(named.head(), at_origin.head());

    // Materialised, the run goes on here; its commits follow those at origin.
    assert_eq!(at_origin.run_files(&run(1)).unwrap(), checkpoint(&run(1), 1).files);
    write(clone.path(), &[checkpoint(&run(1), 3)]);
    let parents: Vec<Vec<String>> =
        commits(clone.path()).into_iter().map(|commit| commit.parents).collect();
    assert_eq!(parents, [vec![], vec![at_origin.head()]]);
    let register = reader(clone.path()).register().unwrap();
    assert_eq!(register.iter().map(|line| line.n).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn what_is_not_there_is_absent_and_what_is_too_large_is_refused() {
    let dir = repository();
    write(dir.path(), &[checkpoint(&run(1), 1)]);
    let reader = reader(dir.path());
    assert_eq!(reader.run_files(&run(2)).unwrap(), BTreeMap::new());
    assert_eq!(reader.run_file(&run(1), "no-such").unwrap(), None);
    assert_eq!(reader.entry("runs").unwrap(), None);
    assert_eq!(reader.names("runs/2026/11/20").unwrap(), [run(1).to_string()]);
    assert_eq!(reader.names("no/such").unwrap(), [""; 0]);
    let entry = reader.entry("FORMAT").unwrap().unwrap();
    assert_eq!(reader.blob(&entry.kept.oid, 3), Err(ReadError::TooLarge(3)));
    assert_eq!(reader.blob(&entry.kept.oid, 64).unwrap(), layout::FORMAT_TEXT.as_bytes());
}
