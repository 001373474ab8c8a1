//! The journal's hash chain: each line names the digest of the line before it.
//!
//! The chain begins at the digest of `run.json`. It shows that lines were neither changed, nor
//! removed, nor reordered; that what they say is legal is checked by [`verify`](crate::verify).

use hardstop_core::{
    event::{Entry, Event, FORMAT},
    ids::{Epoch, RunId},
    limits::{JOURNAL_EVENTS_MAX, JOURNAL_LINE_BYTES_MAX},
    time::Reading,
};
use thiserror::Error;

use crate::{
    digest,
    document::{self, DocumentError},
};

/// Where a journal ends: all that is needed to append to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The number of the next line.
    pub next_seq: u64,
    /// SHA-256 of the last line without its line feed, in hex; of `run.json` before the first.
    pub head: String,
}

/// An event that cannot be appended. The chain is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Its line is longer than [`JOURNAL_LINE_BYTES_MAX`].
    #[error("event {seq} has {bytes} bytes, more than the {JOURNAL_LINE_BYTES_MAX} of a line")]
    TooLong {
        /// The number it would have had.
        seq: u64,
        /// Its size.
        bytes: usize,
    },
    /// The journal has [`JOURNAL_EVENTS_MAX`] events.
    #[error("the journal has {JOURNAL_EVENTS_MAX} events, the most a run may have")]
    Full,
}

/// A journal that is not what its runner wrote.
#[derive(Debug, Error)]
#[error("line {line}: {fault}")]
pub struct ChainError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum Fault {
    /// It is longer than a line may be, or one line too many.
    #[error("more than a journal may hold")]
    TooLarge,
    /// The journal does not end with a line feed.
    #[error("it does not end with a line feed")]
    Torn,
    /// It is no entry, or not written as the format demands.
    #[error("{0}")]
    Unreadable(#[source] DocumentError),
    /// It is of a version of the format that this release does not know.
    #[error("format {0} is newer than this release")]
    Version(u32),
    /// Its number does not follow.
    #[error("its number is {found} and should be {expected}")]
    Sequence {
        /// The number it has.
        found: u64,
        /// The number it should have.
        expected: u64,
    },
    /// It does not continue the line before it.
    #[error("it names another predecessor than the line before it")]
    Broken,
    /// It belongs to another run.
    #[error("it belongs to run {0}")]
    OtherRun(RunId),
    /// It was written under a lease that had already been taken over.
    #[error("it was written under lease {found}, after lease {current} had begun")]
    StaleEpoch {
        /// The lease it was written under.
        found: u64,
        /// The lease in force.
        current: u64,
    },
}

impl Fault {
    /// Whether the lines after this one can be read all the same.
    pub(crate) const fn is_bridged(&self) -> bool {
        match self {
            Self::Sequence { .. } | Self::Broken | Self::OtherRun(_) | Self::StaleEpoch { .. } => {
                true
            }
            Self::TooLarge | Self::Torn | Self::Unreadable(_) | Self::Version(_) => false,
        }
    }
}

impl Chain {
    /// The chain of a run of which nothing has happened yet.
    pub fn genesis(run_json: &[u8]) -> Self {
        Self { next_seq: 0, head: digest(run_json).hex() }
    }

    /// Makes the next line of the journal: the entry, and its bytes with the line feed.
    ///
    /// The line counts from here on, so the caller makes it durable or drops this chain.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if a limit is broken. Retrying is no use.
    pub fn append(
        &mut self,
        run: &RunId,
        epoch: Epoch,
        at: Reading,
        event: Event,
    ) -> Result<(Entry, Vec<u8>), AppendError> {
        let seq = self.next_seq;
        if seq >= JOURNAL_EVENTS_MAX {
            return Err(AppendError::Full);
        }
        let prev = self.head.clone();
        let entry = Entry { v: FORMAT, seq, prev, run: run.clone(), epoch, at, event };
        let line = document::to_line(&entry);
        if line.len() > JOURNAL_LINE_BYTES_MAX {
            return Err(AppendError::TooLong { seq, bytes: line.len() });
        }
        self.advance(&line[..line.len() - 1]);
        Ok((entry, line))
    }

    /// Steps over a line given without its line feed.
    fn advance(&mut self, line: &[u8]) {
        self.head = digest(line).hex();
        self.next_seq = self.next_seq.saturating_add(1);
    }
}

/// Reads a whole journal and checks its chain.
///
/// * Returns the entries, and the chain to go on from. An empty journal is valid.
///
/// # Errors
///
/// [`ChainError`] for the first line that is not as its runner must have written it.
pub fn read(
    run: &RunId,
    run_json: &[u8],
    journal: &[u8],
) -> Result<(Vec<Entry>, Chain), ChainError> {
    let (entries, chain, faults) = scan(run, run_json, journal);
    match faults.into_iter().next() {
        None => Ok((entries, chain)),
        Some(error) => Err(error),
    }
}

/// Reads a journal as far as it can be read, noting every fault: a broken link does not hide what
/// comes after it, an unreadable line does.
pub(crate) fn scan(
    run: &RunId,
    run_json: &[u8],
    journal: &[u8],
) -> (Vec<Entry>, Chain, Vec<ChainError>) {
    let mut chain = Chain::genesis(run_json);
    let mut entries: Vec<Entry> = Vec::new();
    let mut faults = Vec::new();
    for (line, number) in journal.split_inclusive(|&byte| byte == b'\n').zip(1..) {
        match parse(line, number) {
            Ok(entry) => {
                let epoch = entries.last().map_or(Epoch(0), |last| last.epoch);
                let found = compare(run, &chain, epoch, &entry);
                faults.extend(found.into_iter().map(|fault| ChainError { line: number, fault }));
                // After a gap the numbers go on from what is there: one removed line is one
                // fault, not one for each line after it.
                chain.next_seq = entry.seq;
                chain.advance(&line[..line.len() - 1]);
                entries.push(entry);
            }
            Err(fault) => {
                faults.push(ChainError { line: number, fault });
                break;
            }
        }
    }
    (entries, chain, faults)
}

fn parse(line: &[u8], number: u64) -> Result<Entry, Fault> {
    if line.len() > JOURNAL_LINE_BYTES_MAX || number > JOURNAL_EVENTS_MAX {
        return Err(Fault::TooLarge);
    }
    let line = line.strip_suffix(b"\n").ok_or(Fault::Torn)?;
    let entry: Entry = document::from_line(line).map_err(Fault::Unreadable)?;
    if entry.v == FORMAT { Ok(entry) } else { Err(Fault::Version(entry.v)) }
}

fn compare(run: &RunId, chain: &Chain, epoch: Epoch, entry: &Entry) -> Vec<Fault> {
    let mut faults = Vec::new();
    if entry.seq != chain.next_seq {
        faults.push(Fault::Sequence { found: entry.seq, expected: chain.next_seq });
    }
    if entry.prev != chain.head {
        faults.push(Fault::Broken);
    }
    if entry.run != *run {
        faults.push(Fault::OtherRun(entry.run.clone()));
    }
    if entry.epoch < epoch {
        faults.push(Fault::StaleEpoch { found: entry.epoch.0, current: epoch.0 });
    }
    faults
}
