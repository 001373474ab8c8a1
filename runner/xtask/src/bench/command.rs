//! `cargo xtask bench`: what is measured, in which order, and what becomes of it.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::Stdio,
};

use anyhow::{Context, bail};
use serde_json::Value;

use super::{
    check, evidence, plugins,
    scratch::Bench,
    simulate, start, status, steps,
    table::{self, Row},
    waiting,
};
use crate::place::{cargo, root, target};

type Measure = fn(&Bench) -> anyhow::Result<Vec<Row>>;

const ALL: [(&str, Measure); 8] = [
    ("steps", steps::measure),
    ("waiting", waiting::measure),
    ("evidence", evidence::measure),
    ("check", check::measure),
    ("status", status::measure),
    ("start", start::measure),
    ("simulate", simulate::measure),
    ("plugins", plugins::measure),
];

/// Measures what `args` name, everything if they name nothing, and prints the table. All of it at
/// full size is written to BENCHMARKS.md. A program given by `--program=` is measured as it is, to
/// hold two builds against each other.
///
/// # Errors
///
/// If a limit is missed, a name is unknown, or something cannot be measured.
pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let (flags, names): (Vec<&str>, Vec<&str>) = args.iter().partition(|arg| arg.starts_with('-'));
    let given = flags.iter().find_map(|flag| flag.strip_prefix("--program="));
    let known = |name: &&str| ALL.iter().any(|(it, _)| it == name);
    let flag = |flag: &&str| *flag == "--quick" || flag.starts_with("--program=");
    if !flags.iter().all(flag) || !names.iter().all(known) {
        let names = ALL.map(|(name, _)| name).join("|");
        bail!("usage: cargo xtask bench [{names}]... [--quick] [--program=PATH]");
    }
    let program = match given {
        Some(path) => fs::canonicalize(path).context("there is no such program")?,
        None => built(&[], "hardstop")?,
    };
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder)?;
    let bench = Bench { program, folder, quick: flags.contains(&"--quick") };
    let before = table::load();
    let mut rows = Vec::new();
    for (name, measure) in ALL {
        if names.is_empty() || names.contains(&name) {
            writeln!(io::stderr(), "measuring: {name}")?;
            rows.extend(measure(&bench).with_context(|| format!("{name} cannot be measured"))?);
        }
    }
    let after = table::load();
    writeln!(io::stdout(), "{}", table::markdown(&rows))?;
    // Small sizes prove nothing, neither well nor ill.
    if bench.quick {
        return Ok(());
    }
    if names.is_empty() {
        fs::write(root().join("BENCHMARKS.md"), table::document(&rows, (&before, &after)))?;
    }
    match rows.iter().filter(|row| row.has_failed()).count() {
        0 => Ok(()),
        missed => bail!("{missed} limits missed"),
    }
}

/// Builds the release binary and programs that measure beside it, all from the very same crates.
///
/// * `others`: the packages of those; a program is called as its package.
/// * Returns where `program` lies.
///
/// # Errors
///
/// If one cannot be built.
pub(super) fn built(others: &[&str], program: &str) -> anyhow::Result<PathBuf> {
    let mut cargo = cargo();
    cargo.args(["build", "--release", "--package", "hardstop-cli"]);
    cargo.args(others.iter().flat_map(|package| ["--package", package]));
    cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let built = cargo.output().context("cargo cannot be started")?;
    if !built.status.success() {
        bail!("the release binary cannot be built");
    }
    let messages = String::from_utf8(built.stdout)?;
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message.pointer("/target/name")?.as_str() == Some(program);
        message.get("executable")?.as_str().filter(|_| is_it).map(PathBuf::from)
    });
    executable.with_context(|| format!("cargo built no {program}"))
}
