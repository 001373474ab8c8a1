//! The register: one gap-free chain that names every run when it opens and when it closes.
//!
//! It answers what no folder can: that no run was removed, and that no older copy of a run was
//! put in its place. Sharded by day, because a file is rewritten whole in each commit that grows
//! it; the chain runs through all shards.

use hardstop_core::{
    event::RunResult,
    ids::{Digest, RunId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    digest,
    document::{self, DocumentError},
    layout,
};

/// The version of the register's lines. A reader refuses a higher one.
const VERSION: u32 = 1;

/// One line of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// 1.
    pub v: u32,
    /// The line's number over all shards, from 0, without gaps.
    pub n: u64,
    /// SHA-256 of the line before it without its line feed, in hex; of `FORMAT` for line 0.
    pub prev: String,
    /// When it was written.
    pub ts: Timestamp,
    /// What it says.
    pub event: Record,
}

/// What a line of the register says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Record {
    /// A run was opened.
    #[serde(rename = "run.opened")]
    Opened {
        /// The run.
        run: RunId,
        /// Digest of its `run.json`.
        run_json: Digest,
    },
    /// A run was closed.
    #[serde(rename = "run.closed")]
    Closed {
        /// The run.
        run: RunId,
        /// Digest of its `SHA256SUMS`.
        seal: Digest,
        /// How it ended.
        result: RunResult,
    },
}

impl Record {
    /// The run it speaks of.
    pub const fn run(&self) -> &RunId {
        match self {
            Self::Opened { run, .. } | Self::Closed { run, .. } => run,
        }
    }
}

/// A shard that cannot be read or does not continue the chain.
#[derive(Debug, Error)]
#[error("{path}, line {line}: {fault}")]
pub struct RegisterError {
    /// The shard.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum Fault {
    /// It is no line of the register, or not written as the format demands.
    #[error("{0}")]
    Unreadable(#[source] DocumentError),
    /// The shard does not end with a line feed.
    #[error("it does not end with a line feed")]
    Torn,
    /// It is of a version of the format that this release does not know.
    #[error("format {0} is newer than this release")]
    Version(u32),
    /// It does not continue the line before it.
    #[error("it does not continue the line before it: a line was removed, changed or moved")]
    Broken,
}

/// Where the register ends: all that is needed to append to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// The number of the next line.
    pub next_n: u64,
    /// SHA-256 of the last line without its line feed, in hex; of `FORMAT` before the first.
    pub head: String,
    /// The shard the last line lies in; empty before the first.
    pub shard: String,
}

impl Register {
    /// The register of a branch without runs.
    pub fn genesis() -> Self {
        let head = digest(layout::FORMAT_TEXT.as_bytes()).hex();
        Self { next_n: 0, head, shard: String::new() }
    }

    /// Picks up the register from its last shard, the one whose path sorts last.
    ///
    /// Only that shard is checked, so that appending costs the same on a branch of any age; the
    /// whole chain is for `verify`.
    ///
    /// # Errors
    ///
    /// [`RegisterError`] if the shard is not in order; nothing may be appended then.
    pub fn resume(path: &str, shard: &[u8]) -> Result<Self, RegisterError> {
        let mut register = Self::genesis();
        let first = shard.split_inclusive(|&byte| byte == b'\n').next();
        if let Some(Ok(line)) = first.map(parse) {
            register.next_n = line.n;
            register.head = line.prev;
        }
        register.read(path, shard)?;
        Ok(register)
    }

    /// Checks one more shard and steps over it.
    ///
    /// * Returns its lines.
    ///
    /// # Errors
    ///
    /// [`RegisterError`] for the first line that does not continue the chain.
    pub fn read(&mut self, path: &str, shard: &[u8]) -> Result<Vec<Line>, RegisterError> {
        let mut lines = Vec::new();
        for (bytes, number) in shard.split_inclusive(|&byte| byte == b'\n').zip(1..) {
            let fail = |fault| RegisterError { path: path.to_owned(), line: number, fault };
            let line = parse(bytes).map_err(fail)?;
            if line.n != self.next_n || line.prev != self.head {
                return Err(fail(Fault::Broken));
            }
            self.advance(&bytes[..bytes.len() - 1]);
            lines.push(line);
        }
        path.clone_into(&mut self.shard);
        Ok(lines)
    }

    /// Makes the next line.
    ///
    /// * Returns the shard it belongs to, and its bytes with the line feed: the caller appends
    ///   them to that shard.
    pub fn append(&mut self, ts: Timestamp, event: Record) -> (String, Vec<u8>) {
        // A clock that went back a day must not put a line before earlier ones.
        self.shard = shard_of(ts).max(std::mem::take(&mut self.shard));
        let line = Line { v: VERSION, n: self.next_n, prev: self.head.clone(), ts, event };
        let bytes = document::to_line(&line);
        self.advance(&bytes[..bytes.len() - 1]);
        (self.shard.clone(), bytes)
    }

    fn advance(&mut self, line: &[u8]) {
        self.head = digest(line).hex();
        self.next_n = self.next_n.saturating_add(1);
    }
}

/// The shard of an instant: `register/yyyy/mm/dd.jsonl`.
pub fn shard_of(ts: Timestamp) -> String {
    let text = ts.to_string();
    format!("{}/{}/{}/{}.jsonl", layout::REGISTER, &text[..4], &text[5..7], &text[8..10])
}

/// The shard of the day a run was opened: its first line stands there or in a later one.
pub fn first_shard_of(run: &RunId) -> String {
    let day = &run.as_str()[11..19];
    format!("{}/{}/{}/{}.jsonl", layout::REGISTER, &day[..4], &day[4..6], &day[6..])
}

fn parse(bytes: &[u8]) -> Result<Line, Fault> {
    let bytes = bytes.strip_suffix(b"\n").ok_or(Fault::Torn)?;
    let line: Line = document::from_line(bytes).map_err(Fault::Unreadable)?;
    if line.v == VERSION { Ok(line) } else { Err(Fault::Version(line.v)) }
}
