//! An evidence branch that has been written for years, made in seconds.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Seek as _, Write},
};

use anyhow::Context;
use hardstop_core::{event::RunResult, ids::RunId, time::Timestamp};
use hardstop_evidence::{
    digest, layout,
    register::{Record, Register},
};

use super::scratch::Scratch;

const BRANCH: &str = "refs/heads/hardstop/evidence";
/// The first of them: the midnight that begins the year 2020.
const BEGIN_MS: i64 = 1_577_836_800_000;
/// A hundred a day.
const APART_MS: i64 = 864_000;
const TAKES_MS: i64 = 60_000;

/// Gives `to` an evidence branch of `n` closed runs, a hundred a day, each with the files that the
/// run `model` left in `from`. Only its `run.json` is each run's own; the register is whole.
///
/// # Errors
///
/// If git refuses.
pub(super) fn fill(from: &Scratch, model: &str, to: &Scratch, n: usize) -> anyhow::Result<()> {
    let model: RunId = model.parse()?;
    let folder = format!("{}/", model.folder());
    let mut root = BTreeMap::new();
    let mut its = BTreeMap::new();
    let list = String::from_utf8(from.git(&["ls-tree", "-r", "--name-only", BRANCH])?)?;
    for path in list.lines() {
        let bytes = from.git(&["cat-file", "blob", &format!("{BRANCH}:{path}")])?;
        if let Some(name) = path.strip_prefix(&folder) {
            its.insert(name, bytes);
        } else if !path.contains('/') {
            root.insert(path, bytes);
        }
    }
    let header = String::from_utf8(its.remove(layout::RUN).context("the model has no run.json")?)?;
    let seal = digest(its.get(layout::SUMS).context("the model is not sealed")?);

    let mut out = BufWriter::new(tempfile::tempfile_in(to.path())?);
    for (mark, bytes) in its.values().enumerate() {
        write!(out, "blob\nmark :{}\n", mark + 1)?;
        data(&mut out, bytes)?;
    }
    write!(out, "commit {BRANCH}\ncommitter hardstop <hardstop@localhost> 1577836800 +0000\n")?;
    data(&mut out, b"years of runs\n")?;
    let mut register = Register::genesis();
    let mut shards: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for i in 0..n {
        let opened = BEGIN_MS + APART_MS * i64::try_from(i)?;
        let (opened, closed) =
            (Timestamp::from_millis(opened), Timestamp::from_millis(opened + TAKES_MS));
        let run = id(i, opened)?;
        let header = header.replace(model.as_str(), run.as_str());
        let folder = run.folder();
        write_inline(&mut out, &format!("{folder}/{}", layout::RUN), header.as_bytes())?;
        for (mark, name) in its.keys().enumerate() {
            writeln!(out, "M 100644 :{} {folder}/{name}", mark + 1)?;
        }
        let run_json = digest(header.as_bytes());
        let records = [
            (opened, Record::Opened { run: run.clone(), run_json }),
            (closed, Record::Closed { run, seal, result: RunResult::Succeeded }),
        ];
        for (at, record) in records {
            let (shard, line) = register.append(at, record);
            shards.entry(shard).or_default().extend(line);
        }
    }
    let root = root.into_iter().map(|(path, bytes)| (path.to_owned(), bytes));
    for (path, bytes) in shards.into_iter().chain(root) {
        write_inline(&mut out, &path, &bytes)?;
    }
    let mut stream: File = out.into_inner()?;
    stream.rewind()?;
    to.git_reading(&["fast-import", "--quiet", "--depth=0"], stream)
}

fn id(i: usize, at: Timestamp) -> anyhow::Result<RunId> {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    Ok(format!("{i:010}-{}-{}", &digits[..8], &digits[8..]).parse()?)
}

fn write_inline(out: &mut impl Write, path: &str, bytes: &[u8]) -> io::Result<()> {
    writeln!(out, "M 100644 inline {path}")?;
    data(out, bytes)
}

fn data(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    writeln!(out, "data {}", bytes.len())?;
    out.write_all(bytes)?;
    out.write_all(b"\n")
}
