//! What every implementation of [`RunFiles`] must do, run against each of them; then what only
//! files on a disk can show: leases, crashes, other processes, links.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

use hardstop_core::{ids::RunId, limits::JOURNAL_LINE_BYTES_MAX};
use hardstop_ports::journal::{AppendError, RunFiles};

fn run_id() -> RunId {
    "k7f3q9xm2p-20261120-155332".parse().unwrap()
}

/// A run, and a way to see it as the next process would.
trait Subject {
    type Run: RunFiles;
    fn run(&mut self) -> &mut Self::Run;
    /// The process ends and another one opens the run; `torn` bytes of an append were under way.
    fn restart(&mut self, torn: &[u8]);
}

fn appended_lines_are_read_back_whole_and_in_order(mut subject: impl Subject) {
    subject.run().append(b"{\"seq\":0}\n").unwrap();
    subject.run().append(b"{\"seq\":1}\n{\"seq\":2}\n").unwrap();
    let expected = b"{\"seq\":0}\n{\"seq\":1}\n{\"seq\":2}\n".to_vec();
    assert_eq!(subject.run().journal().unwrap(), expected);
    subject.restart(b"");
    assert_eq!(subject.run().journal().unwrap(), expected);
}

fn a_torn_tail_is_cut_and_the_next_append_follows_the_last_whole_line(mut subject: impl Subject) {
    subject.run().append(b"{\"seq\":0}\n").unwrap();
    subject.restart(b"{\"seq\":1}\n{\"seq\"");
    assert_eq!(subject.run().journal().unwrap(), b"{\"seq\":0}\n{\"seq\":1}\n");
    subject.run().append(b"{\"seq\":2}\n").unwrap();
    assert_eq!(subject.run().journal().unwrap(), b"{\"seq\":0}\n{\"seq\":1}\n{\"seq\":2}\n");
}

fn a_line_over_the_limit_is_refused_and_nothing_is_kept(mut subject: impl Subject) {
    subject.run().append(b"{}\n").unwrap();
    let mut lines = b"{}\n".to_vec();
    lines.extend(std::iter::repeat_n(b'x', JOURNAL_LINE_BYTES_MAX));
    lines.push(b'\n');
    match subject.run().append(&lines) {
        Err(AppendError::TooLarge { seq: 2, bytes }) => {
            assert_eq!(bytes, JOURNAL_LINE_BYTES_MAX + 1);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(subject.run().journal().unwrap(), b"{}\n");
    subject.run().append(b"{}\n").expect("a refused line breaks nothing");
}

fn half_a_line_is_refused(mut subject: impl Subject) {
    assert!(matches!(subject.run().append(b"{}\n{"), Err(AppendError::Storage(_))));
    assert_eq!(subject.run().journal().unwrap(), b"");
}

fn files_are_written_whole_and_listed_without_the_journal(mut subject: impl Subject) {
    subject.run().append(b"{}\n").unwrap();
    subject.run().write("steps/01-fetch/1/stdout.log", b"out").unwrap();
    subject.run().write("SHA256SUMS", b"old").unwrap();
    subject.run().write("SHA256SUMS", b"new").unwrap();
    subject.restart(b"");
    assert_eq!(subject.run().list().unwrap(), ["SHA256SUMS", "steps/01-fetch/1/stdout.log"]);
    assert_eq!(subject.run().read("SHA256SUMS").unwrap(), b"new");
    assert_eq!(subject.run().read("steps/01-fetch/1/stdout.log").unwrap(), b"out");
}

fn a_missing_file_is_an_error_that_names_it(mut subject: impl Subject) {
    let error = subject.run().read("run.json").unwrap_err();
    assert!(error.path.ends_with("run.json"), "{error:?}");
    assert_eq!(error.source.kind(), std::io::ErrorKind::NotFound);
}

fn paths_that_leave_the_folder_are_refused(mut subject: impl Subject) {
    for path in ["", "/a", "../a", "a/../b", "a//b", "./a", "a/", ".hidden", "journal.jsonl"] {
        let error = subject.run().write(path, b"x").expect_err(path);
        assert_eq!(error.source.kind(), std::io::ErrorKind::InvalidInput, "{path}");
    }
    assert_eq!(subject.run().list().unwrap(), [""; 0]);
}

macro_rules! conformance {
    ($subject:expr => $($case:ident),* $(,)?) => {
        $(#[test] fn $case() { super::$case($subject); })*
    };
    ($subject:expr) => {
        conformance!($subject =>
            appended_lines_are_read_back_whole_and_in_order,
            a_torn_tail_is_cut_and_the_next_append_follows_the_last_whole_line,
            a_line_over_the_limit_is_refused_and_nothing_is_kept,
            half_a_line_is_refused,
            files_are_written_whole_and_listed_without_the_journal,
            a_missing_file_is_an_error_that_names_it,
            paths_that_leave_the_folder_are_refused,
        );
    };
}

mod memory {
    use hardstop_ports::{
        fakes::{AppendFault, MemoryRun},
        journal::{AppendError, RunFiles},
    };

    use super::{Subject, run_id};

    impl Subject for MemoryRun {
        type Run = Self;

        fn run(&mut self) -> &mut Self {
            self
        }

        fn restart(&mut self, torn: &[u8]) {
            if !torn.is_empty() {
                self.fail_next_append(AppendFault::Torn(torn.len()));
                let whole = [torn, b"never written\n"].concat();
                self.append(&whole).unwrap_err();
            }
            *self = self.reopen();
        }
    }

    conformance!(MemoryRun::new(run_id()));

    #[test]
    fn after_a_failed_append_the_journal_must_be_read_first() {
        let kept: [(AppendFault, &[u8]); 3] = [
            (AppendFault::Before, b"0\n"),
            (AppendFault::Torn(3), b"0\n1\n"),
            (AppendFault::After, b"0\n1\n2\n"),
        ];
        for (fault, expected) in kept {
            let mut run = MemoryRun::new(run_id());
            run.append(b"0\n").unwrap();
            run.fail_next_append(fault);
            assert!(matches!(run.append(b"1\n2\n"), Err(AppendError::Storage(_))));
            assert!(matches!(run.append(b"1\n2\n"), Err(AppendError::Storage(_))));
            assert_eq!(run.journal().unwrap(), expected, "{fault:?}");
            run.append(b"next\n").unwrap();
        }
    }

    #[test]
    fn a_power_cut_takes_what_no_append_has_followed() {
        let mut run = MemoryRun::new(run_id());
        run.write("a", b"old").unwrap();
        run.append(b"0\n").unwrap();
        run.write("a", b"new").unwrap();
        run.write("b", b"new").unwrap();
        assert_eq!(run.reopen().list().unwrap(), ["a", "b"]);
        let mut run = run.reopen_after_power_cut();
        assert_eq!(run.list().unwrap(), ["a"]);
        assert_eq!(run.read("a").unwrap(), b"old");
        assert_eq!(run.journal().unwrap(), b"0\n");
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file() {
        let mut run = MemoryRun::new(run_id());
        run.write("a", b"old").unwrap();
        run.fail_next_write();
        run.write("a", b"new").unwrap_err();
        assert_eq!(run.read("a").unwrap(), b"old");
        run.write("a", b"new").unwrap();
    }
}

mod file {
    use std::{
        collections::BTreeMap, fs, io::Write, os::unix::fs::PermissionsExt, path::PathBuf,
        process::Command,
    };

    use hardstop_core::ids::RunId;
    use hardstop_journal::{FileRun, Holder, LiveRuns, OpenError, Wake, load_or_create_key};
    use hardstop_ports::journal::{AppendError, RunFiles};

    use super::{Subject, run_id};

    struct Disk {
        dir: tempfile::TempDir,
        live: LiveRuns,
        run: Option<FileRun>,
    }

    fn holder(command: &str) -> Holder {
        Holder {
            pid: 4242,
            host: "ops.example.com".to_owned(),
            since: "2026-11-20T15:53:32Z".parse().unwrap(),
            command: command.to_owned(),
        }
    }

    fn disk() -> Disk {
        let dir = tempfile::tempdir().unwrap();
        let live = LiveRuns::new(dir.path(), holder("hardstop advance"));
        let run = Some(live.create(&run_id(), &BTreeMap::new()).unwrap());
        Disk { dir, live, run }
    }

    impl Disk {
        fn folder(&self) -> PathBuf {
            self.dir.path().join("hardstop/runs").join(run_id().as_str())
        }
    }

    impl Subject for Disk {
        type Run = FileRun;

        fn run(&mut self) -> &mut FileRun {
            self.run.as_mut().unwrap()
        }

        fn restart(&mut self, torn: &[u8]) {
            self.run = None;
            let journal = self.folder().join("journal.jsonl");
            fs::OpenOptions::new().append(true).open(journal).unwrap().write_all(torn).unwrap();
            let whole = torn.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let run = self.live.open(&run_id()).unwrap();
            assert_eq!(run.cut_bytes(), (torn.len() - whole) as u64);
            self.run = Some(run);
        }
    }

    conformance!(disk());

    #[test]
    fn a_second_opener_is_told_who_holds_the_run_until_it_is_dropped() {
        let mut disk = disk();
        let other = LiveRuns::new(disk.dir.path(), holder("hardstop approve"));
        match other.open(&run_id()) {
            Err(error @ OpenError::Held { .. }) => assert_eq!(
                error.to_string(),
                "run k7f3q9xm2p-20261120-155332 is held by process 4242 on ops.example.com since \
                 2026-11-20T15:53:32.000Z (`hardstop advance`)"
            ),
            other => panic!("{other:?}"),
        }
        disk.run = None;
        other.open(&run_id()).unwrap();
    }

    #[test]
    fn a_run_is_made_with_its_files_or_not_at_all() {
        let disk = disk();
        let files = BTreeMap::from([
            ("run.json".to_owned(), b"{}".to_vec()),
            ("journal.jsonl".to_owned(), b"0\n1\n".to_vec()),
        ]);
        assert!(matches!(
            disk.live.create(&run_id(), &files),
            Err(OpenError::Exists { run }) if run == run_id()
        ));
        let other: RunId = "aaaaaaaaaa-20261120-155333".parse().unwrap();
        let mut run = disk.live.create(&other, &files).unwrap();
        assert_eq!(run.journal().unwrap(), b"0\n1\n");
        assert_eq!(run.list().unwrap(), ["run.json"]);
        assert_eq!(disk.live.list().unwrap(), [other.clone(), run_id()]);
        assert_eq!(disk.live.find_by_prefix("aaa").unwrap(), [other]);
        assert_eq!(disk.live.find_by_prefix("zzz").unwrap(), []);

        let bad = BTreeMap::from([("../run.json".to_owned(), Vec::new())]);
        let third: RunId = "bbbbbbbbbb-20261120-155334".parse().unwrap();
        assert!(matches!(disk.live.create(&third, &bad), Err(OpenError::Storage(_))));
        assert_eq!(fs::read_dir(disk.folder().parent().unwrap()).unwrap().count(), 2);
        assert!(matches!(disk.live.peek(&third), Err(OpenError::Missing { .. })));
        assert!(matches!(disk.live.open(&third), Err(OpenError::Missing { .. })));
    }

    #[test]
    fn a_peek_needs_no_lease_and_leaves_out_a_line_being_written() {
        let mut disk = disk();
        disk.run().append(b"0\n").unwrap();
        let journal = disk.folder().join("journal.jsonl");
        fs::OpenOptions::new().append(true).open(journal).unwrap().write_all(b"half").unwrap();
        let peek = disk.live.peek(&run_id()).unwrap();
        assert_eq!(peek.journal().unwrap(), b"0\n");
        assert_eq!(peek.list().unwrap(), [""; 0]);
    }

    #[test]
    fn a_removed_run_leaves_nothing_but_what_its_commands_made() {
        let mut disk = disk();
        let run = disk.run.take().unwrap();
        let work = run.workspace().unwrap().to_owned();
        fs::write(work.join("made"), b"x").unwrap();
        // A crash between renaming and deleting left this.
        let left = disk.dir.path().join(format!("hardstop/runs/.gone-{}", run_id()));
        fs::create_dir_all(left.join("steps")).unwrap();
        assert_eq!(disk.live.remove(run).unwrap().as_deref(), Some(&*work));
        assert!(work.join("made").exists() && !left.exists());
        assert_eq!(disk.live.list().unwrap(), []);

        let again = disk.live.create(&run_id(), &BTreeMap::new()).unwrap();
        fs::remove_file(again.workspace().unwrap().join("made")).unwrap();
        assert_eq!(disk.live.remove(again).unwrap(), None);
        assert!(!work.exists());
    }

    #[test]
    fn a_wake_note_counts_only_for_the_journal_it_was_made_from() {
        let mut disk = disk();
        disk.run().append(b"0\n").unwrap();
        let peek = disk.live.peek(&run_id()).unwrap();
        assert_eq!(peek.wake(), None);
        let journal_bytes = disk.run().journal_bytes();
        let at = "2026-11-21T00:00:00Z".parse().ok();
        let wake = Wake { journal_bytes, status: "waiting".to_owned(), at };
        disk.run().note_wake(&wake).unwrap();
        assert_eq!(peek.wake(), Some(wake));
        disk.run().append(b"1\n").unwrap();
        assert_eq!(peek.wake(), None);
        assert_eq!(disk.run().list().unwrap(), [""; 0]);
    }

    #[test]
    fn no_symbolic_link_is_followed() {
        let mut disk = disk();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), b"s").unwrap();
        let link = disk.folder().join("steps");
        std::os::unix::fs::symlink(outside.path(), &link).unwrap();
        disk.run().read("steps/secret").unwrap_err();
        disk.run().write("steps/new", b"x").unwrap_err();
        disk.run().list().unwrap_err();
        assert!(!outside.path().join("new").exists());
        fs::remove_file(link).unwrap();
        disk.run().write("steps/new", b"x").unwrap();
    }

    #[test]
    fn a_journal_that_is_a_link_is_refused() {
        let mut disk = disk();
        let journal = disk.folder().join("journal.jsonl");
        fs::remove_file(&journal).unwrap();
        std::os::unix::fs::symlink("/dev/null", &journal).unwrap();
        disk.run = None;
        let error = disk.live.open(&run_id()).unwrap_err();
        assert!(matches!(error, OpenError::Storage(_)), "{error:?}");
    }

    /// The system lets a process limit the size of the files it writes, so that an append really
    /// fails half-way; the test runs itself again under that limit.
    #[test]
    fn an_append_that_failed_half_way_leaves_exactly_what_was_synced() {
        const LIMITED: &str = "HARDSTOP_TEST_FILE_SIZE_LIMITED";
        if std::env::var_os(LIMITED).is_none() {
            let name = "file::an_append_that_failed_half_way_leaves_exactly_what_was_synced";
            let run = Command::new("sh")
                .args(["-c", r#"trap "" XFSZ; ulimit -f 2; exec "$0" "$@""#])
                .arg(std::env::current_exe().unwrap())
                .args(["--exact", name, "--nocapture"])
                .env(LIMITED, "yes")
                .output()
                .unwrap();
            assert!(run.status.success(), "{run:?}");
            return;
        }
        let mut disk = disk();
        let line = |len: usize| [vec![b'x'; len], b"\n".to_vec()].concat();
        disk.run().append(&line(400)).unwrap();
        assert!(matches!(disk.run().append(&line(4_000)), Err(AppendError::Storage(_))));
        assert!(disk.folder().join("journal.jsonl").metadata().unwrap().len() > 401, "torn");
        disk.run().append(b"{}\n").expect_err("the journal must be read first");
        assert_eq!(disk.run().journal().unwrap(), line(400));
        disk.run().append(b"{}\n").unwrap();
        disk.restart(b"");
        assert_eq!(disk.run().journal().unwrap(), [line(400), b"{}\n".to_vec()].concat());
    }

    #[test]
    fn a_runner_key_is_made_once_and_refused_when_others_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load_or_create_key(dir.path(), || b"first".to_vec()).unwrap(), b"first");
        assert_eq!(load_or_create_key(dir.path(), || b"second".to_vec()).unwrap(), b"first");
        let key = dir.path().join("hardstop/keys/runner_ed25519");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let error = load_or_create_key(dir.path(), Vec::new).unwrap_err();
        assert!(error.source.to_string().contains("chmod 600"), "{error:?}");
    }
}
