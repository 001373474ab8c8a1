//! The world of one seed: everything that outlives a process, and every way it goes wrong.
//!
//! Nothing here knows what a run should do. It draws fates, moves clocks, ends processes, and
//! keeps the record of what really happened that invariants are held against.

use std::{
    collections::BTreeMap,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hardstop_core::{
    ids::RunId,
    policy::Policy,
    time::{Millis, Reading, Timestamp},
};
use hardstop_evidence::layout;
use hardstop_ports::fakes::{MemoryEvidence, MemoryLocks};
use hardstop_runbook::scenario::Scenario;
use tokio::time::Instant;

use crate::place::Place;

/// The end of a process, thrown by [`World::point`]: it unwinds through everything the process
/// has, and what is left is what the ports keep.
pub(crate) struct Crash;

/// What a world lies about on purpose, to show that a lie is caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Nothing.
    None,
    /// The journal acknowledges appends that it has only in memory.
    Journal,
    /// Both clocks leap ahead alike, as if time had passed.
    Clock,
    /// The run lets more items of a fan-out fail than was written.
    Budget,
    /// The run forgets to set back what it set.
    Restore,
    /// The evidence branch acknowledges commits that it does not make.
    Evidence,
}

/// All that outlives a process.
pub(crate) struct World {
    /// The evidence branch.
    pub(crate) evidence: MemoryEvidence,
    /// The locks between runs.
    pub(crate) locks: MemoryLocks,
    pub(crate) lie: Lie,
    /// What is answered to steps, if the runbook expects anything.
    pub(crate) script: Option<Scenario>,
    /// What the wall clock showed when it began.
    pub(crate) start: Timestamp,
    born: Instant,
    facts: Mutex<Facts>,
    places: Mutex<BTreeMap<RunId, Arc<Place>>>,
}

/// The part of a world that changes.
pub(crate) struct Facts {
    pub(crate) rng: fastrand::Rng,
    /// Whether anything goes wrong; false once the world has healed.
    pub(crate) troubled: bool,
    /// The process ends at that many calls of its ports from now.
    pub(crate) until_crash: Option<u32>,
    /// How often a process ended at each point.
    pub(crate) crashes: BTreeMap<&'static str, u64>,
    /// What a port saw that must not be.
    pub(crate) broken: Option<String>,
    /// How many appends there were, of all runs.
    pub(crate) appends: u64,
    /// Every policy there ever was, the newest last.
    pub(crate) policies: Vec<Arc<Policy>>,
    /// The wall clock is ahead of the true time by this much.
    pub(crate) offset_ms: i64,
    /// By how much the wall clock was moved in steps too small to notice, all together.
    pub(crate) drift: Duration,
    boot: u32,
    booted: Duration,
    leapt: Duration,
}

impl World {
    pub(crate) fn new(
        seed: u64,
        lie: Lie,
        start: Timestamp,
        script: Option<Scenario>,
        policies: Vec<Arc<Policy>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            evidence: MemoryEvidence::default(),
            locks: MemoryLocks::default(),
            lie,
            script,
            start,
            places: Mutex::default(),
            born: Instant::now(),
            facts: Mutex::new(Facts {
                rng: fastrand::Rng::with_seed(seed),
                troubled: true,
                until_crash: None,
                crashes: BTreeMap::new(),
                broken: None,
                appends: 0,
                policies,
                offset_ms: 0,
                drift: Duration::ZERO,
                boot: 1,
                booted: Duration::ZERO,
                leapt: Duration::ZERO,
            }),
        })
    }

    /// Never held across a [`World::point`].
    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws a yes that comes once in `n`, and never in a world that has healed.
    pub(crate) fn trouble(&self, n: u32) -> bool {
        let mut facts = self.facts();
        facts.troubled && facts.rng.u32(0..n) == 0
    }

    /// A place where the process may end: before and after whatever its ports do.
    pub(crate) fn point(&self, name: &'static str) {
        let mut facts = self.facts();
        let Some(left) = facts.until_crash else { return };
        facts.until_crash = left.checked_sub(1);
        if left == 0 {
            *facts.crashes.entry(name).or_default() += 1;
            drop(facts);
            resume_unwind(Box::new(Crash));
        }
    }

    /// Ends the process at the next point.
    pub(crate) fn crash_next(&self) {
        self.facts().until_crash = Some(0);
    }

    /// The time that really passed since the world began.
    pub(crate) fn true_time(&self) -> Duration {
        self.born.elapsed()
    }

    /// Every run there is.
    pub(crate) fn places(&self) -> MutexGuard<'_, BTreeMap<RunId, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files of that run, if it was opened.
    pub(crate) fn place(&self, run: &RunId) -> Option<Arc<Place>> {
        self.places().get(run).cloned()
    }

    /// What the clocks show, after somebody may have moved them.
    pub(crate) fn read_clocks(&self) -> Reading {
        if self.trouble(400) {
            let span = self.facts().rng.i64(-60_000..60_000);
            self.set_clock(span);
        } else if self.trouble(100) {
            let span = self.facts().rng.i64(-900..900);
            self.set_clock(span);
        }
        if self.lie == Lie::Clock && self.trouble(20) {
            self.facts().leapt += Duration::from_secs(20);
        }
        let facts = self.facts();
        let shown = self.true_time() + facts.leapt;
        Reading {
            wall: Timestamp::from_millis(self.start.as_millis() + millis(shown) + facts.offset_ms),
            boot: format!("boot-{}", facts.boot),
            mono: whole_millis(shown.saturating_sub(facts.booted)),
        }
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set_clock(&self, ms: i64) {
        let mut facts = self.facts();
        facts.offset_ms += ms;
        if ms.unsigned_abs() < 5_000 {
            facts.drift += Duration::from_millis(ms.unsigned_abs());
        }
    }

    /// The machine restarts. Nobody can tell a clock set in the very same gap from time that the
    /// machine was off, so that does not happen here: `false` if it would.
    pub(crate) fn reboot(&self) -> bool {
        let now = self.true_time();
        let places: Vec<_> = self.places().values().cloned().collect();
        let mut facts = self.facts();
        let told = places.iter().all(|place| place.kept().offset_known_ms == facts.offset_ms);
        if told {
            facts.boot += 1;
            facts.booted = now + facts.leapt;
        }
        told
    }

    /// How much of a run's journal is evidence, in bytes.
    pub(crate) fn evidence_bytes(&self, run: &RunId) -> usize {
        self.evidence.file(run, layout::JOURNAL).map_or(0, |journal| journal.len())
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        Arc::clone(self.facts().policies.last().expect("a world has a policy"))
    }
}

/// A span as the clocks show it.
pub(crate) fn whole_millis(span: Duration) -> Millis {
    Millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
