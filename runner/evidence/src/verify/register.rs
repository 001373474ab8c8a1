//! The register against the folders: for one run, and as a whole.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    event::RunResult,
    ids::{Digest, RunId},
    limits::JOURNAL_BYTES_MAX,
};

use super::{Objects, ReadError, Report, TreeEntry, folder::Folder, ids};
use crate::{
    layout,
    register::{Line, Record, Register, first_shard_of},
    seal::Seal,
};

/// The register must say of this run what its folder says. Only shards from the day of the run on
/// are read, and only until they have said all they can.
pub(super) fn check_run(
    objects: &dyn Objects,
    folder: &Folder<'_>,
    seal: Option<&Seal>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    let first = first_shard_of(folder.run);
    for shard in shards(objects)?.into_iter().filter(|shard| shard.path >= first) {
        let bytes = objects.blob(&shard.kept.oid, JOURNAL_BYTES_MAX)?;
        for line in lines(&bytes).filter(|line| line.event.run() == folder.run) {
            match line.event {
                Record::Opened { run_json, .. } => opened.push(run_json),
                Record::Closed { seal, result, .. } => closed.push((seal, result)),
            }
        }
        if !closed.is_empty() {
            break;
        }
    }
    let digest = |path| folder.digest(path).map(|(digest, _)| digest);
    compare(folder, &opened, digest(layout::RUN), "opened", report);
    let sealed: Option<(Digest, RunResult)> =
        seal.and_then(|seal| seal.closed).and_then(|result| Some((digest(layout::SUMS)?, result)));
    match (&closed[..], sealed) {
        ([], None) => {}
        (said, is) => compare(folder, said, is, "closed", report),
    }
    Ok(())
}

fn compare<T: PartialEq>(
    folder: &Folder<'_>,
    said: &[T],
    is: Option<T>,
    what: &str,
    report: &mut Report,
) {
    let fault = match (said, is) {
        ([one], Some(is)) if *one == is => return,
        ([_], Some(_)) => format!("the register says it was {what} with other content"),
        ([_], None) => format!("the register says it was {what}, and the folder does not"),
        ([], _) => format!("the register does not say that it was {what}"),
        (_, _) => format!("the register says more than once that it was {what}"),
    };
    report.find(ids::REGISTER, Some(folder.run), layout::REGISTER, fault);
}

/// The lines of a shard that can be read; what is wrong with the others is for [`check_all`].
fn lines(bytes: &[u8]) -> impl Iterator<Item = Line> {
    bytes
        .split_inclusive(|&byte| byte == b'\n')
        .filter_map(|line| crate::document::from_line(line.strip_suffix(b"\n")?).ok())
}

/// Every shard, in the order of the chain.
fn shards(objects: &dyn Objects) -> Result<Vec<TreeEntry>, ReadError> {
    let mut shards = objects.list(layout::REGISTER)?;
    shards.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(shards)
}

/// The register as a whole: one chain, each run opened once, and a folder for each run.
///
/// * Returns the runs it names whose folders are there.
pub(super) fn check_all(
    objects: &dyn Objects,
    report: &mut Report,
) -> Result<BTreeSet<RunId>, ReadError> {
    let mut register = Register::genesis();
    let mut runs = BTreeSet::new();
    for shard in shards(objects)? {
        let bytes = objects.blob(&shard.kept.oid, JOURNAL_BYTES_MAX)?;
        match register.read(&shard.path, &bytes) {
            Ok(lines) => runs.extend(lines.into_iter().map(|line| line.event.run().clone())),
            Err(error) => {
                report.find(ids::REGISTER_GAP, None, &shard.path, error);
                return Ok(runs);
            }
        }
    }
    unregistered(objects, &runs, report)?;
    let mut days: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut there = BTreeSet::new();
    for run in runs {
        let folder = run.folder();
        let (day, name) = folder.rsplit_once('/').unwrap_or_default();
        if !days.contains_key(day) {
            days.insert(day.to_owned(), objects.names(day)?.into_iter().collect());
        }
        if days[day].contains(name) {
            there.insert(run);
        } else {
            let message = "the register names this run, and its folder is gone";
            report.find(ids::REGISTER_GAP, Some(&run), &folder, message);
        }
    }
    Ok(there)
}

/// Every folder beneath `runs` must be that of a run the register names.
fn unregistered(
    objects: &dyn Objects,
    runs: &BTreeSet<RunId>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let mut folders = vec![layout::RUNS.to_owned()];
    for _ in ["year", "month", "day", "run"] {
        let mut deeper = Vec::new();
        for folder in &folders {
            deeper.extend(objects.names(folder)?.iter().map(|name| format!("{folder}/{name}")));
        }
        folders = deeper;
    }
    for folder in folders {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let run: Option<RunId> = name.parse().ok();
        if !run.is_some_and(|run| runs.contains(&run) && run.folder() == folder) {
            let message = "there, but the register does not name such a run";
            report.find(ids::REGISTER_GAP, None, folder, message);
        }
    }
    Ok(())
}
