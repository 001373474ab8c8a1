//! A repository with a home of its own, and the program run in it.

use std::{
    fs,
    io::{Write as _, stderr},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use hardstop_core::ids::RunId;
use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub(crate) const HARDSTOP: &str = env!("CARGO_BIN_EXE_hardstop");
/// Where the runbook of a test lies in its repository.
pub(crate) const RUNBOOK: &str = "runbooks/test.yaml";

/// A temporary repository.
pub(crate) struct Place {
    temp: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// A repository with one commit, which holds the runbook.
    pub(crate) fn with(runbook: &str) -> Self {
        let place = Self::empty(&[]);
        place.commit(RUNBOOK, runbook);
        place
    }

    /// A repository without a commit.
    ///
    /// * `options`: of `git init`.
    pub(crate) fn empty(options: &[&str]) -> Self {
        let place = Self { temp: tempfile::tempdir().unwrap() };
        fs::create_dir(place.home()).unwrap();
        fs::create_dir(place.root()).unwrap();
        place.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
        place.git(&["config", "user.name", "alice"]);
        place.git(&["config", "user.email", "alice@example.com"]);
        place
    }

    /// A folder that is gone with the place, outside the repository.
    pub(crate) fn outside(&self) -> &Path {
        self.temp.path()
    }

    fn home(&self) -> PathBuf {
        self.temp.path().join("home")
    }

    /// The top of the work tree.
    pub(crate) fn root(&self) -> PathBuf {
        self.temp.path().join("repository")
    }

    /// Writes a file and commits it.
    pub(crate) fn commit(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self.git(&["add", path]);
        self.git(&["commit", "--quiet", "--message", path]);
    }

    /// A command in the repository that knows nothing of the machine but its `PATH`.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs git, which must succeed, and gives what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let ended = ended(self.command("git").args(arguments));
        assert_eq!(ended.code, Some(0), "git {arguments:?}: {ended:?}");
        ended.out.trim_end().to_owned()
    }

    /// The program with these arguments, blanks between them.
    pub(crate) fn program(&self, line: &str) -> Command {
        let mut command = self.command(HARDSTOP);
        command.args(line.split_whitespace());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn hardstop(&self, line: &str) -> Ended {
        ended(&mut self.program(line))
    }

    /// Runs the program, which must end with `code`.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, line: &str) -> Ended {
        let ended = self.hardstop(line);
        assert_eq!(ended.code, Some(code), "hardstop {line}\n{}", ended.text());
        ended
    }

    /// What the program prints of itself for programs.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        let ended = self.hardstop(&format!("{line} --json"));
        serde_json::from_str(&ended.out).unwrap_or_else(|error| {
            panic!("hardstop {line} --json: {error}\n{}", ended.text());
        })
    }

    /// The live runs.
    pub(crate) fn live(&self) -> Vec<RunId> {
        let Ok(folder) = fs::read_dir(self.root().join(".git/hardstop/runs")) else {
            return Vec::new();
        };
        let name =
            |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
        folder.filter_map(name).filter_map(|name| name.parse().ok()).collect()
    }

    /// The one live run.
    #[track_caller]
    pub(crate) fn only(&self) -> RunId {
        let mut live = self.live();
        assert_eq!(live.len(), 1, "{live:?}");
        live.remove(0)
    }

    /// Where a live run stands, as `show` has it.
    #[track_caller]
    pub(crate) fn stand(&self, run: &RunId) -> Value {
        self.json(&format!("show {run}"))["run"].take()
    }

    /// Everything at rest: the evidence verifies and git finds no damage.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        let verified = self.expect(0, "verify");
        assert!(verified.out.contains("all of it verifies"), "{verified:?}");
        self.git(&["fsck", "--full", "--no-dangling"]);
    }
}

impl Ended {
    /// All it said, for people.
    pub(crate) fn text(&self) -> String {
        format!("exit code {:?}\n{}{}", self.code, self.out, self.err)
    }

    /// Checks that each of `parts` was said.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) {
        let text = self.text();
        for part in parts {
            assert!(text.contains(part), "no {part:?} in:\n{text}");
        }
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    command.output().unwrap().into()
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Says past the test harness that something could not be tried here.
pub(crate) fn skipped(why: &str) {
    say(&format!("SKIPPED: {why}\n"));
}

/// Says something past the test harness, which shows only what failed tests print.
pub(crate) fn say(text: &str) {
    stderr().write_all(text.as_bytes()).unwrap();
}
