//! What calls of plugins cost: in time, in memory, and in the size of the program.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use hardstop_evidence::digest;

use super::{
    command::built,
    guest::{ANSWER, Guest},
    measure::{Samples, peak_memory},
    scratch::{Bench, Scratch, runbook},
    table::Row,
    waiting::{WAITS, multiply},
};
use crate::place::root;

/// The package of the program that calls plugins.
const CALLER: &str = "hardstop-tests-bench";
/// What the guests here say of themselves.
const MANIFEST: &str = r#"{"name": "demo", "version": "1.0.0", "contract": "0.1.0", "summary": "Does next to nothing.",
    "actions": {"act": {"summary": "Nothing.", "input": {"type": "object"}, "output": {"type": "object"}}}}"#;
/// The plugins that are shipped.
const DIST: &str = "plugins/dist";
/// The largest of them.
const SHIPPED: &str = "plugins/dist/http.wasm";

/// Calls that are warm, cold, pending and endless, and the size of the release binary.
pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("plugins-").tempdir_in(&bench.folder)?;
    let calls = Calls { program: built(&[CALLER], CALLER)?, folder: folder.path() };
    let answer = format!("i32.const {ANSWER}");
    let quick = calls.component("quick", &Guest::new().done("{}").invoke(&answer))?;
    let pending = Guest::new().pending("{}", 86_400_000).invoke(&answer);
    let pending = calls.component("pending", &pending.describes(MANIFEST))?;
    let endless = Guest::new().invoke("(loop $l (br $l)) unreachable");
    let endless = calls.component("endless", &endless)?;
    let mut rows = warm(bench, &calls, &quick)?;
    rows.extend(cold(bench, &calls, &quick)?);
    rows.extend(going_on(bench, &calls, &pending)?);
    rows.extend(runaway(bench, &calls, &endless, &quick)?);
    rows.extend(size(bench, folder.path())?);
    Ok(rows)
}

/// The program that calls plugins, and where its components lie.
struct Calls<'b> {
    program: PathBuf,
    folder: &'b Path,
}

impl Calls<'_> {
    fn component(&self, name: &str, guest: &Guest) -> anyhow::Result<String> {
        let path = self.folder.join(format!("{name}.wasm"));
        fs::write(&path, guest.build())?;
        pinned(&path)
    }

    /// What it measured, by name.
    fn run(&self, args: &[&str]) -> anyhow::Result<BTreeMap<String, Samples>> {
        let output = Command::new(&self.program).args(args).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "`{} {}` failed", self.program.display(), args.join(" "));
        let measured: BTreeMap<String, Vec<f64>> = serde_json::from_slice(&output.stdout)?;
        Ok(measured.into_iter().map(|(name, all)| (name, Samples::from(all))).collect())
    }
}

/// A call under 100 µs, and 20 times cheaper than a process.
fn warm(bench: &Bench, calls: &Calls<'_>, quick: &str) -> anyhow::Result<Vec<Row>> {
    let mut measured = calls.run(&["warm", quick, &bench.size(21, 1).to_string()])?;
    let (p50, p99) = (take(&mut measured, "p50_us")?, take(&mut measured, "p99_us")?);
    let process = take(&mut measured, "true_us")?;
    let what = "a call of an action that does nothing";
    Ok(vec![
        Row::limited(&format!("{what}: p50"), &p50, 100.0, "µs"),
        Row::shown(&format!("{what}: p99"), &p99, "µs"),
        Row::compared(
            &format!("{what}: p50"),
            &p50,
            "µs",
            ("start of `/bin/true`", &process),
            Some(0.05),
        ),
    ])
}

/// The first answer of a process whose machine code was kept, under 5 ms.
fn cold(bench: &Bench, calls: &Calls<'_>, quick: &str) -> anyhow::Result<Vec<Row>> {
    let cache = text(&calls.folder.join("cache"))?;
    let shipped = pinned(&root().join(SHIPPED))?;
    let mut rows = Vec::new();
    for (what, component) in [("a plugin that does nothing", quick), ("`http`", &shipped)] {
        let one = || Ok(take(&mut calls.run(&["cold", component, &cache])?, "first_ms")?.median());
        let compiled = Samples::from(vec![one()?]);
        let kept: anyhow::Result<Vec<f64>> = (0..bench.size(41, 2)).map(|_| one()).collect();
        let what = format!("the first call of {what} in a process");
        rows.push(Row::limited(&what, &Samples::from(kept?), 5.0, "ms"));
        rows.push(Row::shown("the same, compiled", &compiled, "ms"));
    }
    Ok(rows)
}

/// Calls that go on without us, in runs and in a host, each with 20 MB at most.
fn going_on(bench: &Bench, calls: &Calls<'_>, pending: &str) -> anyhow::Result<Vec<Row>> {
    let n = bench.size(10_000, 50);
    let mut grown = Samples::default();
    for _ in 0..bench.size(5, 1) {
        let mut measured = calls.run(&["pending", pending, &n.to_string()])?;
        grown.push(take(&mut measured, "grown_mb")?.median());
    }
    let repository =
        bench.repository(&[("call.yaml", runbook("call", "  - {id: go, uses: demo/act}\n"))])?;
    fs::copy(calls.folder.join("pending.wasm"), repository.path().join("demo.wasm"))?;
    repository.hardstop(&["plugin", "add", "demo.wasm"], 0)?;
    repository.git(&["add", "--all"])?;
    repository.git(&["commit", "--quiet", "--message", "A plugin"])?;
    let single = peaks(bench, &repository, 1)?;
    let memory = peaks(bench, &repository, n)?;
    Ok(vec![
        Row::limited(
            &format!("{n} calls that go on, with room for one instance: growth"),
            &grown,
            20.0,
            "MB",
        ),
        Row::limited(
            &format!("`advance` over {n} runs whose call goes on: memory beyond a single one"),
            &memory.less(&single),
            20.0,
            "MB",
        ),
        Row::compared("the same: peak memory", &memory, "MB", ("with a single run", &single), None),
    ])
}

/// Peak memory of `advance` over so many runs whose call goes on.
fn peaks(bench: &Bench, repository: &Scratch, runs: usize) -> anyhow::Result<Samples> {
    multiply(repository, "call.yaml", runs)?;
    let mut memory = Samples::default();
    for _ in 0..bench.size(5, 1) {
        let (status, peak) = peak_memory(repository.command(&["advance"]).spawn()?)?;
        ensure!(status.code() == Some(WAITS), "`hardstop advance`: {status}");
        memory.push(peak);
    }
    Ok(memory)
}

/// A guest that computes for ever is gone 50 ms after its deadline, and slows nobody meanwhile.
fn runaway(
    bench: &Bench,
    calls: &Calls<'_>,
    endless: &str,
    quick: &str,
) -> anyhow::Result<Vec<Row>> {
    let rounds = bench.size(21, 1).to_string();
    let mut measured = calls.run(&["runaway", endless, quick, &rounds])?;
    let over = take(&mut measured, "over_ms")?;
    let (alone, beside) = (take(&mut measured, "alone_us")?, take(&mut measured, "beside_us")?);
    Ok(vec![
        Row::limited("a guest that computes for ever: time over its deadline", &over, 50.0, "ms"),
        Row::compared("a call beside it: p50", &beside, "µs", ("without it", &alone), None),
    ])
}

/// The release binary without symbols, under 40 MB, and what of it is shipped plugins.
fn size(bench: &Bench, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let what = "the release binary, stripped";
    let stripped = folder.join("stripped");
    let strip = Command::new("strip").arg("-o").arg(&stripped).arg(&bench.program).status();
    if !strip.is_ok_and(|status| status.success()) {
        return Ok(vec![Row::skipped(what, "`strip` cannot be run")]);
    }
    let mut plugins = 0;
    for entry in fs::read_dir(root().join(DIST))? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "wasm") {
            plugins += fs::metadata(path)?.len();
        }
    }
    Ok(vec![
        Row::limited(what, &megabytes(fs::metadata(stripped)?.len()), 40.0, "MB"),
        Row::shown(
            "the same, as it is built",
            &megabytes(fs::metadata(&bench.program)?.len()),
            "MB",
        ),
        Row::shown("what of it is shipped plugins", &megabytes(plugins), "MB"),
    ])
}

fn megabytes(bytes: u64) -> Samples {
    #[expect(clippy::cast_precision_loss, reason = "some million")]
    Samples::from(vec![bytes as f64 / 1e6])
}

fn take(measured: &mut BTreeMap<String, Samples>, name: &str) -> anyhow::Result<Samples> {
    measured.remove(name).with_context(|| format!("`{name}` was not measured"))
}

/// A component as those name it who call it.
fn pinned(path: &Path) -> anyhow::Result<String> {
    Ok(format!("{}@{}", digest(&fs::read(path)?).hex(), text(path)?))
}

fn text(path: &Path) -> anyhow::Result<String> {
    Ok(path.to_str().context("a path here is no text")?.to_owned())
}
