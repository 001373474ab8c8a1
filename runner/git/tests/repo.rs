//! Repositories as people have them: found, refused with the next command, and read at a commit.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

use std::{fs, path::Path, process::Command};

use hardstop_core::limits::RUNBOOK_BYTES_MAX;
use hardstop_git::{Repo, RepoError};
use tempfile::TempDir;

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn repository(init: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &[&["init", "--quiet"], init].concat());
    dir
}

fn commit(dir: &Path, author: &str, path: &str, text: &str) {
    fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
    fs::write(dir.join(path), text).unwrap();
    git(dir, &["add", path]);
    commit_staged(dir, author);
}

fn commit_staged(dir: &Path, author: &str) {
    let name = format!("user.name={author}");
    let email = format!("user.email={author}@example.com");
    git(dir, &["-c", &name, "-c", &email, "commit", "--quiet", "--allow-empty", "-m", "change"]);
}

fn open(dir: &TempDir) -> Repo {
    Repo::discover(dir.path()).unwrap()
}

fn refusal(dir: &Path) -> String {
    match Repo::discover(dir) {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string().replace(dir.to_str().unwrap(), "<dir>"),
    }
}

#[test]
fn what_cannot_be_used_is_refused_with_the_next_command() {
    let none = tempfile::tempdir().unwrap();
    assert_eq!(
        refusal(none.path()),
        "<dir> is not inside a git repository; make one with `git init`"
    );
    let reftable = repository(&["--ref-format=reftable"]);
    assert_eq!(
        refusal(reftable.path()),
        "the repository at <dir> keeps its references as reftable, which hardstop cannot read \
         yet; `git -C <dir> refs migrate --ref-format=files`"
    );
    let sha256 = repository(&["--object-format=sha256"]);
    assert_eq!(
        refusal(sha256.path()),
        "the repository at <dir> names its objects by SHA-256, which hardstop cannot read yet; \
         use one made with `git init --object-format=sha1`"
    );
}

#[test]
fn a_repository_of_somebody_else_is_refused() {
    let dir = repository(&[]);
    // Only the superuser can give a folder away; others cannot set this stage.
    let nobody = 65_534;
    if std::os::unix::fs::chown(dir.path().join(".git"), Some(nobody), None).is_err()
        || std::os::unix::fs::chown(dir.path(), Some(nobody), None).is_err()
    {
        return;
    }
    assert_eq!(
        refusal(dir.path()),
        "the repository at <dir> belongs to another user; if you trust it, \
         `git config --global --add safe.directory <dir>`"
    );
}

#[test]
fn a_branch_without_a_commit_has_nothing_to_pin_to() {
    let dir = repository(&[]);
    assert!(matches!(open(&dir).head_commit(), Err(RepoError::NoCommit)));
    assert!(matches!(open(&dir).source("a"), Err(RepoError::NoCommit)));
}

#[test]
fn a_bare_repository_has_no_work_tree_and_a_linked_one_shares_its_git_directory() {
    let dir = repository(&[]);
    commit(dir.path(), "alice", "a", "1");
    let bare = tempfile::tempdir().unwrap();
    let from = dir.path().to_str().unwrap();
    git(bare.path(), &["clone", "--quiet", "--bare", from, "."]);
    assert_eq!(open(&bare).work_dir(), None);
    let source = open(&bare).source("a").unwrap();
    assert_eq!((source.committed.as_deref(), source.is_draft()), (Some(&b"1"[..]), false));

    let linked = tempfile::tempdir().unwrap();
    git(
        dir.path(),
        &["worktree", "add", "--quiet", "-b", "linked", linked.path().to_str().unwrap()],
    );
    let common = |dir: &TempDir| open(dir).common_dir().canonicalize().unwrap();
    assert_eq!(common(&linked), common(&dir));

    assert!(!open(&bare).is_shallow());
    commit(dir.path(), "alice", "a", "2");
    let shallow = tempfile::tempdir().unwrap();
    let url = format!("file://{from}");
    git(shallow.path(), &["clone", "--quiet", "--depth=1", &url, "."]);
    assert!(open(&shallow).is_shallow());
    assert!(!open(&shallow).history("a").unwrap().complete);
}

#[test]
fn a_source_is_read_as_it_was_committed_whatever_filters_say() {
    let dir = repository(&[]);
    fs::write(dir.path().join(".gitattributes"), "* text eol=crlf ident\n").unwrap();
    git(dir.path(), &["add", ".gitattributes"]);
    commit(dir.path(), "alice", "runbooks/drill.yaml", "# $Id$\nid: drill\n");
    let source = open(&dir).source("runbooks/drill.yaml").unwrap();
    assert_eq!(source.committed.as_deref(), Some(&b"# $Id$\nid: drill\n"[..]));
    assert_eq!(source.commit, git(dir.path(), &["rev-parse", "HEAD"]));
    assert_eq!(source.blob, Some(git(dir.path(), &["rev-parse", "HEAD:runbooks/drill.yaml"])));
    assert!(!source.is_draft());

    fs::write(dir.path().join("runbooks/drill.yaml"), "id: changed\n").unwrap();
    assert!(open(&dir).source("runbooks/drill.yaml").unwrap().is_draft());
    fs::remove_file(dir.path().join("runbooks/drill.yaml")).unwrap();
    assert!(!open(&dir).source("runbooks/drill.yaml").unwrap().is_draft());

    fs::write(dir.path().join("new.yaml"), "id: new\n").unwrap();
    let new = open(&dir).source("new.yaml").unwrap();
    assert_eq!((new.committed.is_none(), new.is_draft()), (true, true));
}

#[test]
fn what_is_no_plain_file_or_too_large_is_no_source() {
    let dir = repository(&[]);
    commit(dir.path(), "alice", "folder/a", "1");
    std::os::unix::fs::symlink("folder/a", dir.path().join("link")).unwrap();
    git(dir.path(), &["add", "link"]);
    commit(dir.path(), "alice", "large", &"x".repeat(RUNBOOK_BYTES_MAX + 1));
    let refusal = |path: &str| open(&dir).source(path).unwrap_err().to_string();
    assert_eq!(refusal("link"), "link is a symbolic link, not a file of the repository");
    assert_eq!(refusal("folder"), "folder is a folder, not a file of the repository");
    assert_eq!(refusal("large"), "large has 1048577 bytes, more than the 1048576 a text may have");
}

#[test]
fn a_path_is_located_inside_the_repository_only() {
    let dir = repository(&[]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    commit(dir.path(), "alice", "runbooks/drill.yaml", "1");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("out")).unwrap();
    let locate = |path: &str| open(&dir).locate(&dir.path().join("runbooks"), Path::new(path));
    assert_eq!(locate("drill.yaml").unwrap(), "runbooks/drill.yaml");
    assert_eq!(locate("../runbooks/./drill.yaml").unwrap(), "runbooks/drill.yaml");
    assert_eq!(locate("not-yet.yaml").unwrap(), "runbooks/not-yet.yaml");
    assert_eq!(locate(dir.path().join("a").to_str().unwrap()).unwrap(), "a");
    for path in ["../..", "/etc/hostname", "../out/secret", "..", "no/such/folder"] {
        let error = locate(path).expect_err(path);
        assert!(matches!(error, RepoError::Outside { .. }), "{path}: {error:?}");
    }
}

#[test]
fn the_history_of_a_file_names_who_changed_it() {
    let dir = repository(&["--initial-branch=main"]);
    let path = "runbooks/drill.yaml";
    commit(dir.path(), "alice", path, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    commit(dir.path(), "bob", "other", "x");
    git(dir.path(), &["checkout", "--quiet", "-b", "side"]);
    commit(dir.path(), "carol", path, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    git(dir.path(), &["checkout", "--quiet", "main"]);
    commit(dir.path(), "dave", "other", "y");
    let merge = ["merge", "--quiet", "--no-ff", "-m", "merge", "side"];
    let who = ["-c", "user.name=erin", "-c", "user.email=erin@example.com"];
    git(dir.path(), &[&who[..], &merge].concat());
    let history = open(&dir).history(path).unwrap();
    assert_eq!(history.last_editor.as_deref(), Some("carol@example.com"));
    let authors: Vec<&str> = history.authors.iter().map(String::as_str).collect();
    assert_eq!(authors, ["alice@example.com", "carol@example.com"]);
    assert!(history.complete);

    let unknown = open(&dir).history("no-such-file").unwrap();
    assert_eq!((unknown.last_editor, unknown.authors.len()), (None, 0));
}

#[test]
fn the_identity_is_the_configured_one() {
    let dir = repository(&[]);
    git(dir.path(), &["config", "user.email", "alice@example.com"]);
    git(dir.path(), &["config", "user.name", " "]);
    let identity = open(&dir).identity().unwrap();
    assert_eq!(identity.email.as_deref(), Some("alice@example.com"));
    assert_eq!(identity.name, None);
}
