//! Storage that takes no more: a full disk, and a repository that may only be read.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::place::{Ended, HARDSTOP, Place, RUNBOOK, ended, skipped};

/// Enough steps that the journal outgrows what it is allowed.
fn long() -> String {
    let step = |n| format!("  - {{id: step-{n}, run: [git, --version]}}\n");
    let head = "apiVersion: hardstop/v1\nkind: Runbook\nid: long\ntitle: Many steps\nsteps:\n";
    (0..12).map(step).fold(head.to_owned(), |text, step| text + &step)
}

/// Runs the program where no file may grow beyond `blocks` of 512 bytes, as on a full disk.
fn cramped(place: &Place, blocks: u32, line: &str) -> Ended {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {line}");
    ended(place.command("sh").args(["-c", &script, HARDSTOP]))
}

#[test]
fn a_journal_that_cannot_grow_stops_the_runner_and_loses_nothing() {
    let place = Place::with(&long());
    // A dozen lines of the journal fit; the plan and the small files do.
    let full = cramped(&place, 20, &format!("run {RUNBOOK}"));
    assert_eq!(full.code, Some(2), "{}", full.text());
    full.says(&["journal", "the journal is intact", "hardstop advance"]);
    let run = place.only();
    let journal = place.root().join(".git/hardstop/runs").join(run.as_str()).join("journal.jsonl");
    let before = fs::read(&journal).unwrap();
    assert!(before.ends_with(b"\n"), "the torn line was left in the journal");
    // Not a single line more.
    let filled = u32::try_from(before.len() / 512).unwrap();
    let again = cramped(&place, filled, &format!("advance {run}"));
    assert_eq!(again.code, Some(2), "{}", again.text());
    finish(&place);
}

/// Goes on with space: what was under way when there was none may have happened, and is asked for.
fn finish(place: &Place) {
    let run = place.only();
    place.hardstop(&format!("advance {run}"));
    if !place.live().is_empty() {
        let stand = place.stand(&run);
        assert_eq!(stand["waiting"][0]["kind"], "word", "{stand:#}");
        let step = stand["waiting"][0]["step"].as_str().unwrap();
        place.expect(0, &format!("retry {run} {step}"));
        place.expect(0, &format!("advance {run}"));
    }
    assert!(place.live().is_empty());
    place.is_sound();
}

/// A file system in memory, gone when this is dropped.
struct Memory<'a>(&'a Path);

impl<'a> Memory<'a> {
    fn mount(at: &'a Path, options: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(at))
    }

    fn grow(&self) {
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", "remount,size=100m"]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        drop(unmounted);
    }
}

#[test]
fn a_full_disk_is_said_to_be_full_and_the_run_goes_on_with_space() {
    let place = Place::with(&long());
    let hardstop = place.root().join(".git/hardstop");
    fs::create_dir(&hardstop).unwrap();
    let Some(memory) = Memory::mount(&hardstop, "size=72k") else {
        return skipped("only root can make a disk that is soon full");
    };
    let full = place.hardstop(&format!("run {RUNBOOK}"));
    assert_eq!(full.code, Some(2), "{}", full.text());
    full.says(&["No space left", "free space on the disk", "the journal is intact"]);
    memory.grow();
    finish(&place);
}

/// The program as a user that permissions bind: as root, somebody else.
fn ordinary(place: &Place, line: &str) -> Option<Ended> {
    let is_root = fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me));
    if is_root.ok()? != 0 {
        return Some(place.hardstop(line));
    }
    let program = place.outside().join("hardstop");
    if !program.exists() {
        fs::copy(HARDSTOP, &program).ok()?;
    }
    let mut command = place.command("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(&program);
    let ended = ended(command.args(line.split_whitespace()));
    (ended.code != Some(127)).then_some(ended)
}

fn shell(place: &Place, script: &str) -> bool {
    place
        .command("sh")
        .args(["-c", script])
        .current_dir(place.outside())
        .status()
        .unwrap()
        .success()
}

#[test]
fn a_repository_that_may_only_be_read_is_refused_with_the_reason() {
    let place = Place::with(&long());
    shell(&place, "chown -R 65534:65534 . 2> /dev/null");
    assert!(shell(&place, "chmod 755 . && chmod -R a-w repository"));
    let Some(refused) = ordinary(&place, &format!("run {RUNBOOK}")) else {
        shell(&place, "chmod -R u+w repository");
        return skipped("nobody here is bound by permissions");
    };
    let looks = ordinary(&place, "status").unwrap();
    shell(&place, "chmod -R u+w repository");
    assert_eq!(refused.code, Some(2), "{}", refused.text());
    refused.says(&["ermission denied", "let this user write to"]);
    assert_eq!(looks.code, Some(0), "{}", looks.text());
    let runs = ordinary(&place, &format!("run {RUNBOOK}")).unwrap();
    assert_eq!(runs.code, Some(0), "{}", runs.text());
}
