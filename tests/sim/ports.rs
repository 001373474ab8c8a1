//! The driver's ports in a world: each call is a point where the process may end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hardstop_core::{
    event::{Artifact, Cause},
    ids::RunId,
    input::Outcome,
    time::Reading,
};
use hardstop_engine::{
    commits::Commits,
    driver::Worker,
    exec::{Attempt, Kept, Performed, Stop},
};
use hardstop_evidence::{digest, layout};
use hardstop_ports::{
    clock::Clock,
    evidence::{Checkpoint, CommitError, EvidenceStore},
    fakes::{AppendFault, MemoryEvidence, MemoryRun},
    journal::{AppendError, FilesError, RunFiles},
};
use tokio::{
    select,
    time::{Instant, sleep, sleep_until},
};

use crate::world::{Ended, Lie, World};

/// The run's files as one process holds them.
pub(crate) struct SimFiles {
    world: Arc<World>,
    disk: MemoryRun,
    /// What a journal that lies has acknowledged and not written.
    unwritten: Vec<u8>,
}

impl SimFiles {
    pub(crate) fn open(world: &Arc<World>) -> Self {
        let disk = world.disk.reopen();
        Self { world: Arc::clone(world), disk, unwritten: Vec::new() }
    }
}

impl RunFiles for SimFiles {
    fn run(&self) -> &RunId {
        self.disk.run()
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), AppendError> {
        let world = Arc::clone(&self.world);
        world.point("before an append");
        if self.world.lie == Lie::Journal && self.world.trouble(4) {
            self.unwritten.extend(lines);
            world.facts().acknowledged.extend(lines);
            world.point("after an append");
            return Ok(());
        }
        if world.trouble(40) {
            let torn = world.facts().rng.usize(0..=lines.len());
            let faults = [AppendFault::Before, AppendFault::Torn(torn), AppendFault::After];
            let fault = world.facts().rng.choice(faults).expect("there are faults");
            self.disk.fail_next_append(fault);
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        let result = self.disk.append(&[&unwritten, lines].concat());
        if result.is_ok() {
            let (bytes, now) = (world.journal().len(), world.true_time());
            let mut facts = world.facts();
            facts.appended.insert(bytes, now);
            facts.acknowledged.extend(lines);
            facts.offset_known_ms = facts.offset_ms;
        }
        world.point("after an append");
        result
    }

    fn journal(&mut self) -> Result<Vec<u8>, FilesError> {
        let journal = self.disk.journal()?;
        // A journal that could not be acknowledged may still be there; from now on it is known.
        if self.unwritten.is_empty() {
            self.world.facts().acknowledged.clone_from(&journal);
        }
        Ok([journal, self.unwritten.clone()].concat())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FilesError> {
        self.disk.read(path)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), FilesError> {
        self.world.point("before a write");
        if self.world.trouble(60) {
            self.disk.fail_next_write();
        }
        let result = self.disk.write(path, bytes);
        self.world.point("after a write");
        result
    }

    fn list(&self) -> Result<Vec<String>, FilesError> {
        self.disk.list()
    }
}

/// The clocks, tied to the runtime's paused time.
pub(crate) struct SimClock(pub(crate) Arc<World>);

impl Clock for SimClock {
    fn read(&self) -> Reading {
        self.0.point("reading the clock");
        self.0.read_clocks()
    }
}

/// One run's place at the evidence branch.
pub(crate) struct SimCommits {
    world: Arc<World>,
    branch: MemoryEvidence,
    pending: Option<(Checkpoint, Instant)>,
}

impl SimCommits {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), branch: world.evidence.clone(), pending: None }
    }
}

impl Commits for SimCommits {
    fn begin(&mut self, checkpoint: Checkpoint) {
        self.world.point("before a commit");
        let takes = if self.world.trouble(3) { self.world.facts().rng.u64(0..3_000) } else { 0 };
        self.pending = Some((checkpoint, Instant::now() + Duration::from_millis(takes)));
    }

    fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    async fn finish(&mut self) -> Result<u64, CommitError> {
        let Some((_, due)) = &self.pending else { return std::future::pending().await };
        sleep_until(*due).await;
        let Some((checkpoint, _)) = self.pending.take() else { unreachable!("looked at above") };
        if self.world.trouble(12) {
            let error = CommitError::Unavailable("the disk is full".to_owned());
            self.branch.fail_next_commit(error);
        }
        let result = self.branch.commit(&checkpoint);
        self.world.point("after a commit");
        if result.is_ok() && self.world.trouble(30) {
            return Err(CommitError::Unavailable("the answer was lost".to_owned()));
        }
        result.map(|_| checkpoint.seq)
    }
}

/// Performs attempts as the seed wills.
pub(crate) struct SimWorker(pub(crate) Arc<World>);

/// What becomes of an attempt that nobody stops.
struct Fate {
    takes: Duration,
    result: Result<(), Cause>,
    /// Whether its process ends when it has done its work and nobody has heard of it.
    answer_lost: bool,
    /// Whether it goes on when it is told to stop.
    deaf: bool,
}

impl SimWorker {
    fn fate(&self) -> Fate {
        let mut facts = self.0.facts();
        let (troubled, rng) = (facts.troubled, &mut facts.rng);
        let takes = Duration::from_millis(rng.u64(0..3_000));
        let deaf = troubled && rng.u32(0..5) == 0;
        let fate = |result| Fate { takes, result, answer_lost: false, deaf };
        match if troubled { rng.u32(0..100) } else { 0 } {
            0..55 => fate(Ok(())),
            55..65 => Fate { answer_lost: true, ..fate(Ok(())) },
            65..80 => fate(Err(Cause::Exit { code: 1 })),
            80..84 => fate(Err(Cause::Signal { signal: 6 })),
            84..88 => fate(Err(Cause::Evidence { message: "`report` is missing".to_owned() })),
            88..94 => Fate { takes: Duration::from_secs(120), ..fate(Ok(())) },
            _ => Fate { takes: Duration::from_secs(1 << 30), ..fate(Ok(())) },
        }
    }
}

impl Worker for SimWorker {
    async fn perform(&self, attempt: Attempt<'_>) -> Performed {
        let world = &self.0;
        world.point("before an attempt");
        let begun = Begun { world, performance: world.begin(attempt.step, attempt.attempt) };
        let mut fate = self.fate();
        let deadline = sleep(attempt.remaining);
        let mut stop = attempt.stop.clone();
        let told = async {
            let why = stop.wait_for(Option::is_some).await.ok().and_then(|why| *why);
            match why {
                Some(_) if fate.deaf => std::future::pending().await,
                Some(why) => why,
                None => std::future::pending().await,
            }
        };
        let result = select! {
            biased;
            () = sleep(fate.takes) => std::mem::replace(&mut fate.result, Ok(())),
            why = told => Err(match why {
                Stop::Aborted => Cause::Aborted,
                Stop::Interrupted => Cause::Interrupted,
            }),
            () = deadline => Err(Cause::TimedOut),
        };
        begun.end(if result.is_ok() { Ended::Done } else { Ended::NotDone });
        if fate.answer_lost && result.is_ok() {
            world.crash_next();
        }
        world.point("after an attempt");
        performed(&attempt, result)
    }
}

/// What an attempt leaves, and how it ended.
fn performed(attempt: &Attempt<'_>, result: Result<(), Cause>) -> Performed {
    let mut names = vec![("stdout.log".to_owned(), None)];
    if result.is_ok() {
        let declared = attempt.evidence.iter();
        names.extend(declared.map(|file| (format!("files/{}", file.id), Some(file.id.clone()))));
    }
    let (mut files, mut artifacts) = (Vec::new(), Vec::new());
    for (name, evidence) in names {
        let path = layout::attempt_file(attempt.step, attempt.attempt, &name);
        let bytes = format!("{} {} {name}\n", attempt.step, attempt.attempt).into_bytes();
        let size_bytes = bytes.len() as u64;
        artifacts.push(Artifact {
            path: path.clone(),
            digest: digest(&bytes),
            size_bytes,
            original_bytes: size_bytes,
            redactions: 0,
            evidence,
        });
        files.push(Kept { path, bytes });
    }
    let outcome = match result {
        Ok(()) => Outcome::Succeeded { outputs: BTreeMap::new(), artifacts },
        Err(cause) => Outcome::Failed { cause, artifacts },
    };
    Performed { outcome, files }
}

/// A side effect under way; it is gone when its process is.
struct Begun<'w> {
    world: &'w World,
    performance: usize,
}

impl Begun<'_> {
    fn end(&self, how: Ended) {
        self.world.end(self.performance, how);
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.end(Ended::Gone);
    }
}
