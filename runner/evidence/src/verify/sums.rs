//! Reading `SHA256SUMS` more strictly than `sha256sum -c` does.

use std::collections::BTreeMap;

use hardstop_core::ids::{Digest, RunId};

use super::{Report, ids};
use crate::layout;

/// The files a list names; every fault of the list itself is reported.
pub(super) fn read(run: &RunId, bytes: &[u8], report: &mut Report) -> BTreeMap<String, Digest> {
    let mut listed: BTreeMap<String, Digest> = BTreeMap::new();
    let mut last = String::new();
    for (line, number) in bytes.split_inclusive(|&byte| byte == b'\n').zip(1..) {
        let place = format!("{}:{number}", layout::SUMS);
        let Some((digest, path)) = entry(line) else {
            report.find(ids::FILES, Some(run), place, "not a line of a digest list");
            continue;
        };
        if let Err(error) = layout::check(&path) {
            report.find(ids::PATH, Some(run), place, error);
            continue;
        }
        if !layout::is_listed(&path) || path <= last && number > 1 {
            let message = format!("`{path}` is listed twice, out of order, or may not be listed");
            report.find(ids::FILES, Some(run), place, message);
        }
        last.clone_from(&path);
        listed.insert(path, digest);
    }
    listed
}

fn entry(line: &[u8]) -> Option<(Digest, String)> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (hex, path) = line.split_once("  ")?;
    Some((Digest::from_hex(hex).ok()?, path.to_owned()))
}
