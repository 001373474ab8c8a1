//! Repositories to measure in: each fresh, with a policy and a few runbooks, gone afterwards.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::measure::timed;

/// What all benchmarks share.
pub(super) struct Bench {
    /// The release binary.
    pub(super) program: PathBuf,
    /// Where repositories are made: below the target directory, so on the disk that is worked on,
    /// while a system's temporary folder may be memory, where a sync costs nothing.
    pub(super) folder: PathBuf,
    /// Whether only to try that everything works: small sizes, few rounds.
    pub(super) quick: bool,
}

impl Bench {
    /// `full`, or `quick` if only a try is wanted.
    pub(super) const fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// A fresh repository with these runbooks, by the name of their file.
    ///
    /// # Errors
    ///
    /// If it cannot be set up.
    pub(super) fn repository(&self, runbooks: &[(&str, String)]) -> anyhow::Result<Scratch> {
        let folder = tempfile::Builder::new().prefix("repository-").tempdir_in(&self.folder)?;
        let scratch = Scratch { folder, program: self.program.clone() };
        scratch.git(&["init", "--quiet"])?;
        for (name, value) in [
            ("user.name", "alice"),
            ("user.email", "alice@example.com"),
            ("commit.gpgsign", "false"),
        ] {
            scratch.git(&["config", name, value])?;
        }
        scratch.hardstop(&["init"], 0)?;
        for (name, text) in runbooks {
            fs::write(scratch.path().join("runbooks").join(name), text)?;
        }
        scratch.git(&["add", "--all"])?;
        scratch.git(&["commit", "--quiet", "--message", "Runbooks"])?;
        Ok(scratch)
    }
}

/// One repository.
pub(super) struct Scratch {
    folder: TempDir,
    program: PathBuf,
}

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command `hardstop` here, asked nothing and told nothing.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs `hardstop`, which must end with `code`.
    ///
    /// # Errors
    ///
    /// If it ends otherwise; with what it printed.
    pub(super) fn hardstop(&self, args: &[&str], code: i32) -> anyhow::Result<Output> {
        let mut command = self.command(args);
        finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()), code)
    }

    /// What `hardstop --json` answers.
    ///
    /// # Errors
    ///
    /// As [`Scratch::hardstop`].
    pub(super) fn answer(&self, args: &[&str], code: i32) -> anyhow::Result<Value> {
        let output = self.hardstop(&[args, &["--json"]].concat(), code)?;
        serde_json::from_slice(&output.stdout).context("the answer is not JSON")
    }

    /// How long `hardstop` takes, in milliseconds.
    ///
    /// # Errors
    ///
    /// If it does not end with `code`.
    pub(super) fn time(&self, args: &[&str], code: i32) -> anyhow::Result<f64> {
        timed(|| {
            let status = self.command(args).status().context("hardstop cannot be started")?;
            ensure!(status.code() == Some(code), "`hardstop {}`: {status}", args.join(" "));
            Ok(())
        })
    }

    /// Runs the runbook of that file until it waits or ends.
    ///
    /// * Returns the run's id.
    ///
    /// # Errors
    ///
    /// If it does not end with `code`.
    pub(super) fn start(&self, runbook: &str, code: i32) -> anyhow::Result<String> {
        let answer = self.answer(&["run", &format!("runbooks/{runbook}")], code)?;
        let id = answer.pointer("/run/run").and_then(Value::as_str);
        Ok(id.with_context(|| format!("no run in {answer}"))?.to_owned())
    }

    /// What git prints.
    ///
    /// # Errors
    ///
    /// If it fails; with what it printed.
    pub(super) fn git(&self, args: &[&str]) -> anyhow::Result<Vec<u8>> {
        let mut git = Command::new("git");
        let output = finished(git.args(args).current_dir(self.path()).stdin(Stdio::null()), 0)?;
        Ok(output.stdout)
    }

    /// Gives git the content of a file.
    ///
    /// # Errors
    ///
    /// As [`Scratch::git`].
    pub(super) fn git_reading(&self, args: &[&str], input: File) -> anyhow::Result<()> {
        let mut git = Command::new("git");
        finished(git.args(args).current_dir(self.path()).stdin(input), 0).map(drop)
    }
}

fn finished(command: &mut Command, code: i32) -> anyhow::Result<Output> {
    let output = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    if output.status.code() != Some(code) {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?}: {}, not {code}\n{told}", output.status);
    }
    Ok(output)
}

/// A runbook with these lines as its steps.
pub(super) fn runbook(id: &str, steps: &str) -> String {
    format!("apiVersion: hardstop/v1\nkind: Runbook\nid: {id}\ntitle: {id}\nsteps:\n{steps}")
}
