//! What every implementation of [`EvidenceStore`] must do, run against each of them; then what
//! only a real branch can show, looked at with `git` itself.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

use std::collections::BTreeMap;

use hardstop_core::{
    event::RunResult,
    ids::RunId,
    time::{Millis, Timestamp},
};
use hardstop_evidence::{digest, keys::SigningKey, seal};
use hardstop_ports::evidence::{Checkpoint, CommitError, EvidenceStore};

type Files = BTreeMap<String, Vec<u8>>;

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32], "runner")
}

fn run(n: usize) -> RunId {
    format!("{n:010}-20261120-155332").parse().unwrap()
}

fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// A checkpoint of `run` after `lines` lines of its journal, sealed as a driver would.
fn checkpoint(run: &RunId, lines: u64, closed: Option<RunResult>) -> Checkpoint {
    let at = noon().plus(Millis::from_secs(lines));
    let journal = (0..lines).flat_map(|seq| format!("{{\"seq\":{seq}}}\n").into_bytes()).collect();
    let head = digest(format!("{{\"seq\":{}}}", lines - 1).as_bytes()).hex();
    let mut files: Files = BTreeMap::from([
        ("run.json".to_owned(), format!("{{\"run\":\"{run}\"}}\n").into_bytes()),
        ("journal.jsonl".to_owned(), journal),
    ]);
    for attempt in 1..lines {
        let path = format!("steps/restore/compare/{attempt}/stdout.log");
        files.insert(path, format!("crlf\r\nattempt {attempt}\n").into_bytes());
    }
    let digests = files.iter().map(|(path, bytes)| (path.clone(), digest(bytes))).collect();
    let seal = seal::Seal::new(run.clone(), closed, lines - 1, head.clone(), at);
    let sealed = seal::seal(&digests, &seal, &key());
    files.insert("seal.json".to_owned(), sealed.seal);
    files.insert("SHA256SUMS".to_owned(), sealed.sums);
    files.insert("SHA256SUMS.sig".to_owned(), sealed.signature);
    Checkpoint { run: run.clone(), seq: lines - 1, epoch: 1, head, files, at, closed }
}

/// An implementation, and a way to look at what it holds.
trait Subject {
    type Store: EvidenceStore;
    fn store(&mut self) -> &mut Self::Store;
    fn files(&self, run: &RunId) -> Files;
    fn commits(&self) -> u64;
}

fn what_is_committed_is_there_byte_for_byte(mut subject: impl Subject) {
    let first = checkpoint(&run(1), 3, None);
    subject.store().commit(&first).unwrap();
    assert_eq!(subject.files(&run(1)), first.files);
    assert_eq!(subject.commits(), 1);
}

fn a_later_checkpoint_adds_to_the_earlier_one(mut subject: impl Subject) {
    subject.store().commit(&checkpoint(&run(1), 2, None)).unwrap();
    let whole = checkpoint(&run(1), 4, Some(RunResult::Succeeded));
    let mut changed = whole.clone();
    changed.files.remove("run.json");
    changed.files.remove("steps/restore/compare/1/stdout.log");
    subject.store().commit(&changed).unwrap();
    assert_eq!(subject.files(&run(1)), whole.files);
    assert_eq!(subject.commits(), 2);
}

fn what_is_there_already_changes_nothing(mut subject: impl Subject) {
    let earlier = checkpoint(&run(1), 2, None);
    let later = checkpoint(&run(1), 3, Some(RunResult::Succeeded));
    subject.store().commit(&earlier).unwrap();
    let head = subject.store().commit(&later).unwrap();
    assert_eq!(subject.store().commit(&later).unwrap(), head);
    assert_eq!(subject.store().commit(&earlier).unwrap(), head);
    assert_eq!(subject.commits(), 2);
    assert_eq!(subject.files(&run(1)), later.files);
}

fn runs_do_not_touch_each_other(mut subject: impl Subject) {
    let (one, two) = (checkpoint(&run(1), 2, None), checkpoint(&run(2), 3, None));
    subject.store().commit(&one).unwrap();
    subject.store().commit(&two).unwrap();
    assert_eq!(subject.files(&run(1)), one.files);
    assert_eq!(subject.files(&run(2)), two.files);
}

fn a_journal_that_is_not_ours_is_refused_and_kept(mut subject: impl Subject) {
    let theirs = checkpoint(&run(1), 2, None);
    subject.store().commit(&theirs).unwrap();
    let mut ours = checkpoint(&run(1), 3, None);
    ours.files.insert("journal.jsonl".to_owned(), b"{\"seq\":9}\n".to_vec());
    let error = subject.store().commit(&ours).unwrap_err();
    assert!(matches!(error, CommitError::Diverged(_)), "{error:?}");
    assert_eq!(subject.files(&run(1)), theirs.files);
    assert_eq!(subject.commits(), 1);
}

fn a_closed_run_is_not_written_again(mut subject: impl Subject) {
    let closed = checkpoint(&run(1), 2, Some(RunResult::Succeeded));
    subject.store().commit(&closed).unwrap();
    let error = subject.store().commit(&checkpoint(&run(1), 3, None)).unwrap_err();
    assert!(matches!(error, CommitError::Diverged(_)), "{error:?}");
    assert_eq!(subject.files(&run(1)), closed.files);
}

macro_rules! conformance {
    ($subject:expr => $($case:ident),* $(,)?) => {
        $(#[test] fn $case() { super::$case($subject); })*
    };
    ($subject:expr) => {
        conformance!($subject =>
            what_is_committed_is_there_byte_for_byte,
            a_later_checkpoint_adds_to_the_earlier_one,
            what_is_there_already_changes_nothing,
            runs_do_not_touch_each_other,
            a_journal_that_is_not_ours_is_refused_and_kept,
            a_closed_run_is_not_written_again,
        );
    };
}

mod memory {
    use hardstop_core::ids::RunId;
    use hardstop_ports::{
        evidence::{CommitError, EvidenceStore},
        fakes::MemoryEvidence,
    };

    use super::{Files, Subject, checkpoint, run};

    impl Subject for MemoryEvidence {
        type Store = Self;

        fn store(&mut self) -> &mut Self {
            self
        }

        fn files(&self, run: &RunId) -> Files {
            Self::files(self, run)
        }

        fn commits(&self) -> u64 {
            Self::commits(self)
        }
    }

    conformance!(MemoryEvidence::default());

    #[test]
    fn a_commit_that_fails_leaves_the_branch_as_it_was() {
        let mut store = MemoryEvidence::default();
        store.fail_next_commit(CommitError::Unavailable("disk full".to_owned()));
        let first = checkpoint(&run(1), 2, None);
        store.commit(&first).unwrap_err();
        assert_eq!((store.commits(), store.files(&run(1)).len()), (0, 0));
        store.commit(&first).unwrap();
    }
}

mod git {
    use std::{
        fs,
        path::Path,
        process::{Command, Output},
        thread,
    };

    use hardstop_core::{event::RunResult, ids::RunId};
    use hardstop_evidence::{
        layout,
        register::{Record, Register},
    };
    use hardstop_git::{BRANCH, GitEvidence, Repo};
    use hardstop_ports::evidence::{CommitError, EvidenceStore};

    use super::{Files, Subject, checkpoint, key, run};

    struct Repository {
        dir: tempfile::TempDir,
        store: GitEvidence,
    }

    fn output(dir: &Path, args: &[&str]) -> Output {
        Command::new("git")
            .current_dir(dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env_remove("GIT_DIR")
            .args(args)
            .output()
            .unwrap()
    }

    fn git(dir: &Path, args: &[&str]) -> Vec<u8> {
        let output = output(dir, args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        output.stdout
    }

    fn text(dir: &Path, args: &[&str]) -> String {
        String::from_utf8(git(dir, args)).unwrap().trim().to_owned()
    }

    fn open(dir: &Path) -> GitEvidence {
        GitEvidence::open(&Repo::discover(dir).unwrap(), key()).unwrap()
    }

    fn repository() -> Repository {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "--quiet"]);
        let store = open(dir.path());
        Repository { dir, store }
    }

    impl Repository {
        fn path(&self) -> &Path {
            self.dir.path()
        }

        /// All of the register, checked.
        fn register(&self) -> Vec<Record> {
            let shards = text(self.path(), &["ls-tree", "-r", "--name-only", BRANCH, "register/"]);
            let mut register = Register::genesis();
            let mut records = Vec::new();
            for path in shards.lines() {
                let shard = git(self.path(), &["cat-file", "blob", &format!("{BRANCH}:{path}")]);
                let lines = register.read(path, &shard).unwrap();
                records.extend(lines.into_iter().map(|line| line.event));
            }
            records
        }
    }

    impl Subject for Repository {
        type Store = GitEvidence;

        fn store(&mut self) -> &mut GitEvidence {
            &mut self.store
        }

        fn files(&self, run: &RunId) -> Files {
            let folder = run.folder();
            let listed = ["ls-tree", "-r", "--name-only", BRANCH, &format!("{folder}/")];
            let file = |path: &str| {
                let bytes = git(self.path(), &["cat-file", "blob", &format!("{BRANCH}:{path}")]);
                (path[folder.len() + 1..].to_owned(), bytes)
            };
            text(self.path(), &listed).lines().map(file).collect()
        }

        fn commits(&self) -> u64 {
            text(self.path(), &["rev-list", "--count", BRANCH]).parse().unwrap()
        }
    }

    conformance!(repository());

    #[test]
    fn git_finds_nothing_wrong_and_every_commit_well_signed() {
        let mut subject = repository();
        subject.store.commit(&checkpoint(&run(1), 2, None)).unwrap();
        subject.store.commit(&checkpoint(&run(2), 3, Some(RunResult::Failed))).unwrap();
        subject.store.commit(&checkpoint(&run(1), 4, Some(RunResult::Succeeded))).unwrap();
        let dir = subject.path();
        let fsck = output(dir, &["fsck", "--strict", "--full"]);
        assert!(
            fsck.status.success() && !String::from_utf8_lossy(&fsck.stderr).contains("warning")
        );

        let signers = dir.join("signers");
        let spec = format!("{BRANCH}:{}", layout::ALLOWED_SIGNERS);
        fs::write(&signers, git(dir, &["cat-file", "blob", &spec])).unwrap();
        let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
        let verdicts = ["-c", &setting, "log", "--format=%G? %GS", BRANCH];
        assert_eq!(text(dir, &verdicts), ["G hardstop@localhost"; 3].join("\n"));
        assert_eq!(text(dir, &["rev-list", "--count", "--min-parents=2", BRANCH]), "0");

        let kinds = text(dir, &["log", "-1", "--format=%B", BRANCH]);
        assert_eq!(
            kinds,
            format!(
                "{0}: event 3\n\nRun-Id: {0}\nJournal-Seq: 3\nJournal-Head: {1}\nRegister-Seq: 3\n\
                 Runner-Epoch: 1",
                run(1),
                checkpoint(&run(1), 4, None).head
            )
        );
        assert_eq!(text(dir, &["status", "--porcelain", "--untracked-files=no"]), "");
    }

    #[test]
    fn each_run_is_registered_when_it_opens_and_when_it_closes() {
        let mut subject = repository();
        subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap();
        subject.store.commit(&checkpoint(&run(1), 2, None)).unwrap();
        subject.store.commit(&checkpoint(&run(2), 2, Some(RunResult::Failed))).unwrap();
        let closing = checkpoint(&run(1), 3, Some(RunResult::Succeeded));
        subject.store.commit(&closing).unwrap();
        subject.store.commit(&closing).unwrap();
        let seen: Vec<(RunId, bool)> = subject
            .register()
            .into_iter()
            .map(|record| (record.run().clone(), matches!(record, Record::Closed { .. })))
            .collect();
        assert_eq!(seen, [(run(1), false), (run(2), false), (run(2), true), (run(1), true)]);
    }

    /// What grows with a run is the size of its journal and its list of files, not the number of
    /// objects that are written and synced for a checkpoint.
    #[test]
    fn the_twelfth_checkpoint_writes_as_many_objects_as_the_third() {
        let mut subject = repository();
        let objects = |subject: &Repository| -> u64 {
            let counted = text(subject.path(), &["count-objects"]);
            counted.split_once(' ').unwrap().0.parse().unwrap()
        };
        let mut before = 0;
        let mut written = Vec::new();
        for lines in 1..=12 {
            subject.store.commit(&checkpoint(&run(1), lines, None)).unwrap();
            let now = objects(&subject);
            written.push(now - before);
            before = now;
        }
        assert_eq!(written[11], written[2], "{written:?}");
    }

    #[test]
    fn writers_that_race_lose_nothing() {
        let mut subject = repository();
        thread::scope(|scope| {
            for writer in 0..8 {
                let mut store = open(subject.path());
                scope.spawn(move || {
                    for lines in 1..=10 {
                        let closed = (lines == 10).then_some(RunResult::Succeeded);
                        store.commit(&checkpoint(&run(writer), lines, closed)).unwrap();
                    }
                });
            }
        });
        assert_eq!(subject.commits(), 80);
        assert_eq!(subject.register().len(), 16);
        for writer in 0..8 {
            let whole = checkpoint(&run(writer), 10, Some(RunResult::Succeeded));
            assert_eq!(subject.files(&run(writer)), whole.files);
        }
        // One more on top, by somebody who opened the branch long ago.
        subject.store().commit(&checkpoint(&run(9), 1, None)).unwrap();
    }

    #[test]
    fn commits_never_go_back_in_time() {
        let mut subject = repository();
        subject.store.commit(&checkpoint(&run(1), 100, None)).unwrap();
        subject.store.commit(&checkpoint(&run(2), 1, None)).unwrap();
        let dates = text(subject.path(), &["log", "--format=%ct", BRANCH]);
        let (later, earlier) = dates.split_once('\n').unwrap();
        assert_eq!(later, earlier);
    }

    #[test]
    fn a_branch_that_is_no_evidence_is_left_alone() {
        let mut subject = repository();
        let dir = subject.path();
        let tree = text(dir, &["hash-object", "-t", "tree", "-w", "/dev/null"]);
        let who = ["-c", "user.name=alice", "-c", "user.email=alice@example.com"];
        let foreign = [&who[..], &["commit-tree", "-m", "mine", &tree]].concat();
        let commit = text(dir, &foreign);
        git(dir, &["update-ref", BRANCH, &commit]);
        let error = subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap_err();
        assert!(
            matches!(&error, CommitError::Diverged(why) if why.contains("something else")),
            "{error:?}"
        );
        assert_eq!(text(subject.path(), &["rev-parse", BRANCH]), commit);

        git(subject.path(), &["symbolic-ref", BRANCH, "refs/heads/main"]);
        git(subject.path(), &["update-ref", "refs/heads/main", &commit]);
        let error = subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap_err();
        assert!(matches!(&error, CommitError::Diverged(why) if why.contains("alias")), "{error:?}");
    }

    #[test]
    fn another_version_of_the_format_is_left_alone() {
        let mut subject = repository();
        subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap();
        let dir = subject.path();
        let newer = dir.join("newer");
        fs::write(&newer, "hardstop/evidence/v9\n").unwrap();
        let blob = text(dir, &["hash-object", "-w", newer.to_str().unwrap()]);
        git(dir, &["read-tree", BRANCH]);
        git(dir, &["update-index", "--cacheinfo", &format!("100644,{blob},FORMAT")]);
        let tree = text(dir, &["write-tree"]);
        let who = ["-c", "user.name=alice", "-c", "user.email=alice@example.com"];
        let commit = text(dir, &[&who[..], &["commit-tree", "-m", "new", &tree]].concat());
        git(dir, &["update-ref", BRANCH, &commit]);
        let error = subject.store.commit(&checkpoint(&run(1), 2, None)).unwrap_err();
        assert!(
            matches!(&error, CommitError::Diverged(why) if why.contains("hardstop/evidence/v9")),
            "{error:?}"
        );
    }

    #[test]
    fn a_lock_left_behind_is_named_and_nothing_is_changed() {
        let mut subject = repository();
        let first = subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap();
        let lock = subject.path().join(".git").join(format!("{BRANCH}.lock"));
        fs::write(&lock, "").unwrap();
        let error = subject.store.commit(&checkpoint(&run(1), 2, None)).unwrap_err();
        assert!(
            matches!(&error, CommitError::Unavailable(why)
                if why.contains("evidence.lock") && why.contains("remove the lock file")),
            "{error:?}"
        );
        assert_eq!(text(subject.path(), &["rev-parse", BRANCH]), first);
        fs::remove_file(lock).unwrap();
        subject.store.commit(&checkpoint(&run(1), 2, None)).unwrap();
    }

    #[test]
    fn a_branch_in_the_way_is_named() {
        let mut subject = repository();
        let dir = subject.path();
        let tree = text(dir, &["hash-object", "-t", "tree", "-w", "/dev/null"]);
        let who = ["-c", "user.name=alice", "-c", "user.email=alice@example.com"];
        let commit = text(dir, &[&who[..], &["commit-tree", "-m", "mine", &tree]].concat());
        git(dir, &["update-ref", "refs/heads/hardstop", &commit]);
        let error = subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap_err();
        assert!(
            matches!(&error, CommitError::Unavailable(why) if why.contains("in the way")),
            "{error:?}"
        );
    }

    #[test]
    fn packed_references_are_followed() {
        let mut subject = repository();
        subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap();
        git(subject.path(), &["pack-refs", "--all"]);
        git(subject.path(), &["gc", "--quiet"]);
        subject.store.commit(&checkpoint(&run(1), 2, None)).unwrap();
        assert_eq!(subject.commits(), 2);
    }

    #[test]
    fn nothing_the_user_has_configured_changes_a_byte_and_nothing_is_configured_for_them() {
        let mut subject = repository();
        let dir = subject.path();
        fs::write(dir.join(".git/info/attributes"), "* text eol=lf ident\n").unwrap();
        git(dir, &["config", "core.autocrlf", "input"]);
        git(dir, &["config", "commit.gpgsign", "true"]);
        let configured = fs::read(dir.join(".git/config")).unwrap();
        subject.store = open(dir);
        let first = checkpoint(&run(1), 3, None);
        subject.store.commit(&first).unwrap();
        assert_eq!(subject.files(&run(1)), first.files);
        assert_eq!(fs::read(subject.path().join(".git/config")).unwrap(), configured);
    }

    #[test]
    fn a_linked_work_tree_writes_the_one_branch_of_the_repository() {
        let mut subject = repository();
        subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap();
        let linked = tempfile::tempdir().unwrap();
        let folder = linked.path().to_str().unwrap();
        git(subject.path(), &["worktree", "add", "--quiet", "--detach", folder, BRANCH]);
        open(linked.path()).commit(&checkpoint(&run(1), 2, None)).unwrap();
        assert_eq!(subject.commits(), 2);
    }

    /// The system lets a process limit the size of the files it writes, which fails as a full disk
    /// does; the test runs itself again under that limit.
    #[test]
    fn a_disk_that_fills_up_leaves_the_branch_as_it_was() {
        const LIMITED: &str = "HARDSTOP_TEST_REPOSITORY_ON_A_FULL_DISK";
        let mut noise: u32 = 1;
        let large = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        });
        let mut second = checkpoint(&run(1), 2, None);
        second.files.insert("steps/restore/large".to_owned(), large.take(1 << 20).collect());
        if let Some(dir) = std::env::var_os(LIMITED) {
            let error = open(Path::new(&dir)).commit(&second).unwrap_err();
            assert!(matches!(error, CommitError::Unavailable(_)), "{error:?}");
            return;
        }
        let mut subject = repository();
        let first = subject.store.commit(&checkpoint(&run(1), 1, None)).unwrap();
        let limited = Command::new("sh")
            .args(["-c", r#"trap "" XFSZ; ulimit -f 64; exec "$0" "$@""#])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "git::a_disk_that_fills_up_leaves_the_branch_as_it_was"])
            .env(LIMITED, subject.path())
            .output()
            .unwrap();
        assert!(limited.status.success(), "{limited:?}");
        assert_eq!(text(subject.path(), &["rev-parse", BRANCH]), first);
        subject.store.commit(&second).unwrap();
        assert_eq!(subject.files(&run(1)), second.files);
        git(subject.path(), &["fsck", "--strict", "--full"]);
    }
}
