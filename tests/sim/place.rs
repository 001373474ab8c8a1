//! One run as it lies on disk, and the record of what was really done for it.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use hardstop_core::{
    ids::{AttemptNo, RunId, StepId},
    time::Timestamp,
};
use hardstop_ports::{fakes::MemoryRun, journal::RunFiles};

use crate::actions::Actions;

/// One try of a worker at the world: a side effect.
#[derive(Clone, Debug)]
pub(crate) struct Performance {
    pub(crate) step: StepId,
    pub(crate) attempt: AttemptNo,
    /// How long the journal on disk was when it began.
    pub(crate) journal_bytes: usize,
    pub(crate) ended: Option<Ended>,
}

/// How a side effect ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The work was done, whether or not anybody heard of it.
    Done,
    /// The work was not done.
    NotDone,
    /// Its process went away in between.
    Gone,
}

/// A run's files, and what happened around them.
pub(crate) struct Place {
    pub(crate) run: RunId,
    pub(crate) disk: MemoryRun,
    /// The steps it lies within, outermost first, each followed by ` > `.
    pub(crate) within: String,
    kept: Mutex<Kept>,
    lease: AtomicBool,
    changes: AtomicU64,
}

/// An append to the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Append {
    /// When it was, by the world's own clock.
    pub(crate) now: Duration,
    /// How many there were before it, of all runs.
    pub(crate) number: u64,
    /// How long the journal in the evidence was then.
    pub(crate) evidence: usize,
}

/// A run that was left to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rested {
    journal_bytes: usize,
    /// When it is to be moved without anybody asking.
    pub(crate) due: Option<Timestamp>,
}

/// What changes.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) performances: Vec<Performance>,
    /// Those that go on by themselves.
    pub(crate) actions: Actions,
    /// Where each append ended.
    pub(crate) appended: BTreeMap<usize, Append>,
    /// What the journal was acknowledged to hold.
    pub(crate) acknowledged: Vec<u8>,
    /// The offset of the clock when an event was last written: what of it the run can know.
    pub(crate) offset_known_ms: i64,
    /// How a driver last left the run to wait.
    pub(crate) rested: Option<Rested>,
    /// How often each step was answered well.
    pub(crate) answers: BTreeMap<StepId, usize>,
}

impl Place {
    pub(crate) fn new(disk: MemoryRun, within: String) -> Self {
        let run = disk.run().clone();
        let (lease, changes) = (AtomicBool::new(false), AtomicU64::new(1));
        Self { run, disk, within, kept: Mutex::default(), lease, changes }
    }

    /// Takes the right to move the run, if nobody has it.
    pub(crate) fn take(&self) -> bool {
        !self.lease.swap(true, Ordering::Relaxed)
    }

    /// Gives it back.
    pub(crate) fn give_back(&self) {
        self.lease.store(false, Ordering::Relaxed);
    }

    /// Something was done to the journal, or said of it.
    pub(crate) fn change(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// How often that happened: as long as it is the same, there is nothing new to look at.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The whole lines of the journal on disk.
    pub(crate) fn journal(&self) -> Vec<u8> {
        self.disk.clone().journal().unwrap_or_default()
    }

    /// How the run was left to wait, if nobody has moved it since.
    pub(crate) fn rests(&self) -> Option<Rested> {
        let journal_bytes = self.journal().len();
        self.kept().rested.filter(|rested| rested.journal_bytes == journal_bytes)
    }

    /// A driver leaves the run to wait.
    pub(crate) fn rest(&self, due: Option<Timestamp>) {
        let journal_bytes = self.journal().len();
        self.kept().rested = Some(Rested { journal_bytes, due });
    }

    /// A side effect begins.
    pub(crate) fn begin(&self, step: &StepId, attempt: AttemptNo) -> usize {
        let journal_bytes = self.journal().len();
        let mut kept = self.kept();
        let step = step.clone();
        kept.performances.push(Performance { step, attempt, journal_bytes, ended: None });
        kept.performances.len() - 1
    }

    /// A side effect ends; only the first word on it counts.
    pub(crate) fn end(&self, performance: usize, how: Ended) {
        self.kept().performances[performance].ended.get_or_insert(how);
    }

    /// A side effect that went on beyond the run's reach, and was found again, ended.
    pub(crate) fn found(&self, performance: usize, how: Ended) {
        let ended = &mut self.kept().performances[performance].ended;
        if ended.is_none_or(|known| known == Ended::Gone) {
            *ended = Some(how);
        }
    }

    /// How often that step was answered well before.
    pub(crate) fn answered(&self, step: &StepId) -> usize {
        let mut kept = self.kept();
        let times = kept.answers.entry(step.clone()).or_default();
        *times += 1;
        *times - 1
    }
}
