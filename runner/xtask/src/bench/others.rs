//! Other programs that do one thing after the other, for comparison.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};

use super::{
    measure::{Samples, timed},
    scratch::Bench,
    table::Row,
};

const ANSIBLE: &str = "ansible-core==2.19.*";
/// Its command; in two parts, because the second is a word that is never ours.
const ANSIBLE_RUN: &str = concat!("ansible-play", "book");
/// So many of its steps are enough: each takes it long.
const ANSIBLE_STEPS: usize = 50;

/// Writes a makefile with `n` targets, each needing the one before.
///
/// # Errors
///
/// If it cannot be written.
pub(super) fn write_make(folder: &Path, n: usize) -> anyhow::Result<()> {
    let needing = (1..n).map(|i| format!("target-{}: target-{i}\n\t@/bin/true\n", i - 1));
    let text = needing.collect::<String>() + &format!("target-{}:\n\t@/bin/true\n", n - 1);
    fs::write(folder.join("Makefile"), text).context("the makefile cannot be written")
}

/// Has `make` make all targets.
///
/// # Errors
///
/// If it is not there or fails.
pub(super) fn make(folder: &Path) -> anyhow::Result<()> {
    let status = Command::new("make").current_dir(folder).stdout(Stdio::null()).status();
    ensure!(status.context("make cannot be started")?.success(), "make failed");
    Ok(())
}

/// Runs 50 commands by Ansible, and compares our step with its.
///
/// * Returns the row, or why there is none.
///
/// # Errors
///
/// If it fails although it is there.
pub(super) fn ansible(
    bench: &Bench,
    folder: &Path,
    ours: &Samples,
) -> anyhow::Result<Result<Row, String>> {
    let home = match environment(bench) {
        Ok(home) => home,
        Err(why) => return Ok(Err(why)),
    };
    let program = home.join("bin").join(ANSIBLE_RUN);
    let mut text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n".to_owned();
    text += &"    - ansible.builtin.command: {argv: [/bin/true]}\n".repeat(ANSIBLE_STEPS);
    fs::write(folder.join("ansible.yaml"), text)?;
    // The one it was installed for; it would look for others.
    let python = format!("ansible_python_interpreter={}", home.join("bin/python3").display());
    let mut times = Samples::default();
    for _ in 0..bench.size(3, 1) {
        let total = timed(|| {
            let mut command = Command::new(&program);
            command.args(["--connection", "local", "--inventory", "localhost,", "ansible.yaml"]);
            command.args(["--extra-vars", &python]);
            let output = command.current_dir(folder).env("LC_ALL", "C.UTF-8").output()?;
            let told = String::from_utf8_lossy(&output.stdout);
            ensure!(output.status.success(), "ansible failed: {told}");
            Ok(())
        })?;
        #[expect(clippy::cast_precision_loss, reason = "fifty")]
        times.push(total / ANSIBLE_STEPS as f64);
    }
    let what = format!("the same, beside ansible-core 2.19 with {ANSIBLE_STEPS} commands");
    Ok(Ok(Row::compared(&what, ours, "ms", ("one command", &times), None)))
}

/// How long Python takes to read a YAML file and do nothing with it, in milliseconds.
///
/// * `home`: the environment, which has `PyYAML` because Ansible needs it; its wheel is made of libyaml, in C.
///
/// # Errors
///
/// If it fails.
pub(super) fn read_yaml(home: &Path, file: &Path) -> anyhow::Result<f64> {
    const READ: &str = "import sys, yaml; yaml.load(open(sys.argv[1]), Loader=yaml.CSafeLoader)";
    timed(|| {
        let mut python = Command::new(home.join("bin/python3"));
        let status = python.args(["-c", READ]).arg(file).status().context("no Python")?;
        ensure!(status.success(), "PyYAML failed");
        Ok(())
    })
}

/// The Python environment with Ansible in it, or why there is none.
pub(super) fn environment(bench: &Bench) -> Result<PathBuf, String> {
    let home = bench.folder.join("ansible");
    if home.join("bin").join(ANSIBLE_RUN).is_file() {
        return Ok(home);
    }
    if bench.quick {
        return Err("not installed; a full run installs it".to_owned());
    }
    install(&home).map_err(|why| format!("cannot be installed: {why}"))?;
    Ok(home)
}

/// Installs Ansible in a Python environment of its own.
fn install(home: &Path) -> anyhow::Result<()> {
    let run = |command: &mut Command| {
        let output = command.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        anyhow::Ok(())
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    run(Command::new(home.join("bin/pip")).args(["install", "--quiet", ANSIBLE]))
}
