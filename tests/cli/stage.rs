//! A repository, a home and people: all that a command may see.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A repository of its own.
pub(crate) struct Stage {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stage {
    /// A repository with these files committed by `alice@example.com`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let stage = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(stage.home()).unwrap();
        fs::create_dir(stage.repo()).unwrap();
        stage.git(&["init", "-q", "-b", "main"]);
        stage.git(&["config", "--global", "user.email", "alice@example.com"]);
        stage.git(&["config", "--global", "user.name", "Alice"]);
        for (path, text) in files {
            stage.write(path, text);
        }
        stage.commit("begin");
        stage
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Another folder of this stage, outside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let place = self.repo().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Runs git, which must succeed, and gives what it printed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", &self.repo()).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A command that sees this stage and nothing else.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .current_dir(folder)
            .stdin(Stdio::null());
        command
    }

    /// `hardstop` with these arguments, as Alice.
    pub(crate) fn hardstop(&self, args: &[&str]) -> Ended {
        self.hardstop_as("alice", args)
    }

    /// `hardstop` with these arguments, as somebody.
    pub(crate) fn hardstop_as(&self, person: &str, args: &[&str]) -> Ended {
        let mut command = self.command(env!("CARGO_BIN_EXE_hardstop"), &self.repo());
        command.env("GIT_AUTHOR_EMAIL", format!("{person}@example.com"));
        Ended::of(&command.args(args).output().unwrap())
    }

    /// `hardstop` in another folder.
    pub(crate) fn hardstop_in(&self, folder: &Path, args: &[&str]) -> Ended {
        let mut command = self.command(env!("CARGO_BIN_EXE_hardstop"), folder);
        Ended::of(&command.args(args).output().unwrap())
    }

    /// `hardstop` in the background.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(env!("CARGO_BIN_EXE_hardstop"), &self.repo())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// `hardstop` with `--json`: its exit code and the one object it printed.
    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        let mut all = args.to_vec();
        all.push("--json");
        let ended = self.hardstop(&all);
        let value = serde_json::from_str(&ended.out);
        (ended.code, value.unwrap_or_else(|error| panic!("{error} in {ended:?}")))
    }

    /// Starts a run that must come to wait; gives its short id.
    pub(crate) fn waiting_run(&self, runbook: &str) -> String {
        let (code, end) = self.json(&["run", runbook]);
        assert_eq!(code, 3, "{end:#}");
        end["run"]["short"].as_str().unwrap().to_owned()
    }

    /// The code of the request a run waits for.
    pub(crate) fn code(&self, run: &str) -> String {
        let (_, why) = self.json(&["why", run]);
        let waiting = why["run"]["waiting"].as_array().unwrap();
        let code = waiting.iter().find_map(|open| open["code"].as_str());
        code.unwrap_or_else(|| panic!("{why:#}")).to_owned()
    }

    /// The state of a step.
    pub(crate) fn step(&self, run: &str, step: &str) -> String {
        let (_, show) = self.json(&["show", run]);
        let phases = show["phases"].as_array().unwrap().iter();
        let mut steps = phases.flat_map(|phase| phase["steps"].as_array().unwrap());
        let found = steps.find(|found| found["step"] == step);
        found.unwrap_or_else(|| panic!("no {step} in {show:#}"))["state"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Checks the exit code, and that each text was printed on one of the two channels.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for text in texts {
            assert!(self.out.contains(text) || self.err.contains(text), "no {text:?} in {self:?}");
        }
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "still not: {what}");
        sleep(Duration::from_millis(20));
    }
}
