//! The driver's ports in a world: each call is a point where the process may end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hardstop_core::{
    event::{Artifact, Call, Cause, Entry, Event},
    ids::{AttemptNo, RunId, StepId},
    input::Outcome,
    model::{Capture, EvidenceFile, Uses},
    time::{Reading, Timestamp},
    value::Value,
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
    locks::{Asker, Locks, LocksError, Ticket},
};
use tokio::{
    select,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    place::{Append, Ended, Place},
    seeds,
    world::{Lie, World},
};

/// The run's files as one process holds them.
pub(crate) struct SimFiles {
    world: Arc<World>,
    place: Arc<Place>,
    disk: MemoryRun,
    /// What a journal that lies has acknowledged and not written.
    unwritten: Vec<u8>,
}

impl SimFiles {
    /// Takes the run's lease; `None` if another process has it.
    pub(crate) fn open(world: &Arc<World>, place: &Arc<Place>) -> Option<Self> {
        let (world, place) = (Arc::clone(world), Arc::clone(place));
        place.change();
        let disk = place.disk.reopen();
        place.take().then(|| Self { world, place, disk, unwritten: Vec::new() })
    }
}

impl Drop for SimFiles {
    fn drop(&mut self) {
        self.place.give_back();
    }
}

impl RunFiles for SimFiles {
    fn run(&self) -> &RunId {
        self.disk.run()
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), AppendError> {
        let world = Arc::clone(&self.world);
        world.point("before an append");
        self.place.change();
        if self.world.lie == Lie::Journal && self.world.trouble(4) {
            self.unwritten.extend(lines);
            self.place.kept().acknowledged.extend(lines);
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
        let (bytes, now) = (self.place.journal().len(), world.true_time());
        let evidence = world.evidence_bytes(&self.place.run);
        let mut kept = self.place.kept();
        // What was written and not acknowledged may be read back all the same.
        if kept.appended.last_key_value().is_none_or(|(last, _)| *last < bytes) {
            let mut facts = world.facts();
            let number = facts.appends;
            kept.appended.insert(bytes, Append { now, number, evidence });
            facts.appends += 1;
            if result.is_ok() {
                kept.acknowledged.extend(lines);
                kept.offset_known_ms = facts.offset_ms;
            }
        }
        drop(kept);
        world.point("after an append");
        result
    }

    fn journal(&mut self) -> Result<Vec<u8>, FilesError> {
        self.place.change();
        let journal = self.disk.journal()?;
        // A journal that could not be acknowledged may still be there; from now on it is known.
        if self.unwritten.is_empty() {
            self.place.kept().acknowledged.clone_from(&journal);
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
        if self.world.lie == Lie::Evidence && self.world.trouble(2) {
            return Ok(checkpoint.seq);
        }
        let result = self.branch.commit(&checkpoint);
        self.world.point("after a commit");
        if result.is_ok() && self.world.trouble(30) {
            return Err(CommitError::Unavailable("the answer was lost".to_owned()));
        }
        result.map(|_| checkpoint.seq)
    }
}

/// The outermost of the runs around whoever asks.
fn owner(asker: &Asker) -> &RunId {
    asker.runs_around.first().unwrap_or(&asker.run)
}

/// The locks as one process uses them.
pub(crate) struct SimLocks(pub(crate) Arc<World>);

impl SimLocks {
    fn trouble(&self) -> Result<(), LocksError> {
        if self.0.trouble(25) {
            let source = std::io::Error::other("nobody can read them");
            return Err(LocksError { path: "locks".to_owned(), source });
        }
        Ok(())
    }
}

impl SimLocks {
    /// What a run had that is over is nobody's, as where locks are kept in files.
    fn sweep(&self) -> Result<(), LocksError> {
        for Ticket { asker, .. } in self.0.locks.list()? {
            let journal = self.0.place(&asker.run).map(|place| place.journal()).unwrap_or_default();
            let last = journal.trim_ascii_end().rsplit(|byte| *byte == b'\n').next();
            let last = last.and_then(|line| serde_json::from_slice::<Entry>(line).ok());
            if last.is_some_and(|entry| matches!(entry.event, Event::RunClosed { .. })) {
                self.0.locks.release(&asker)?;
            }
        }
        Ok(())
    }
}

impl Locks for SimLocks {
    fn ask(
        &self,
        asker: &Asker,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<Ticket>, LocksError> {
        self.0.point("before asking for locks");
        self.trouble()?;
        self.sweep()?;
        let before = self.0.locks.list()?;
        let first = self.0.locks.ask(asker, names, now)?;
        let mine = before.iter().position(|ticket| ticket.asker.is(asker));
        // Reckoned apart from the queue: who came earlier, and wants one of the same.
        let earlier = &before[..mine.unwrap_or(before.len())];
        let ours = |name: &&String| {
            before.iter().any(|held| {
                owner(&held.asker) == owner(asker)
                    && held.held.is_some()
                    && held.names.contains(name)
            })
        };
        let wanted: Vec<&String> = names.iter().filter(|name| !ours(name)).collect();
        let overtaken = earlier.iter().any(|ticket| {
            owner(&ticket.asker) != owner(asker)
                && ticket.names.iter().any(|name| wanted.contains(&name))
        });
        let had = mine.is_some_and(|mine| before[mine].held.is_some());
        if first.is_empty() && overtaken && !had {
            let broken = format!("{asker:?} is given {names:?} before {earlier:?}");
            self.0.facts().broken.get_or_insert(broken);
        }
        self.0.point("after asking for locks");
        Ok(first)
    }

    fn release(&self, asker: &Asker) -> Result<(), LocksError> {
        self.0.point("before giving locks back");
        self.trouble()?;
        self.0.locks.release(asker)?;
        self.0.point("after giving locks back");
        Ok(())
    }

    fn list(&self) -> Result<Vec<Ticket>, LocksError> {
        self.trouble()?;
        self.0.locks.list()
    }
}

/// Performs attempts as the seed wills.
pub(crate) struct SimWorker {
    pub(crate) world: Arc<World>,
    pub(crate) place: Arc<Place>,
}

/// What becomes of an attempt that nobody stops.
pub(crate) struct Fate {
    pub(crate) takes: Duration,
    pub(crate) result: Result<(), Cause>,
    /// Whether its process ends when it has done its work and nobody has heard of it.
    pub(crate) answer_lost: bool,
    /// Whether it goes on when it is told to stop.
    deaf: bool,
}

impl SimWorker {
    pub(crate) fn fate(&self) -> Fate {
        let mut facts = self.world.facts();
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
            88..94 => Fate { takes: Duration::from_mins(2), ..fate(Ok(())) },
            _ => Fate { takes: Duration::from_secs(1 << 30), ..fate(Ok(())) },
        }
    }

    /// What a step gives that went well, its evidence among it.
    pub(crate) fn outputs(
        &self,
        step: &StepId,
        capture: Option<&Capture>,
        evidence: &[EvidenceFile],
    ) -> BTreeMap<String, Value> {
        let time = self.place.answered(step);
        let address = format!("{}{step}", self.place.within);
        if let Some(script) = &self.world.script {
            let mut outputs = seeds::outputs(script, &address, time);
            let mut wanted: Vec<&str> = Vec::new();
            if let Some(Capture::Patterns(patterns)) = capture {
                wanted.extend(patterns.keys().map(String::as_str));
            }
            let written = evidence.iter().filter_map(|file| file.content.as_deref());
            wanted.extend(written.flat_map(|text| text.split("self.outputs.").skip(1)).map(
                |rest| {
                    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                        .next()
                        .unwrap_or(rest)
                },
            ));
            for name in wanted {
                outputs.entry(name.to_owned()).or_insert_with(|| Value::Text("1".to_owned()));
            }
            return outputs;
        }
        let rng = &mut self.world.facts().rng;
        let list = ["x", "y", "z", "w"][..rng.usize(1..=4)].iter();
        let list = list.map(|key| Value::Text((*key).to_owned())).collect();
        let done = rng.u32(0..3) > 0 || time > 3;
        let values = [("list", Value::List(list)), ("done", Value::Bool(done))];
        values.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// A command or a call, as the seed wills.
    pub(crate) async fn attempt<S, W>(
        &self,
        attempt: Attempt<'_, S, W>,
        capture: Option<&Capture>,
    ) -> Performed {
        let world = &self.world;
        world.point("before an attempt");
        let performance = self.place.begin(attempt.step, attempt.attempt);
        let begun = Begun { place: &self.place, performance };
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
        let result = result.map(|()| self.outputs(attempt.step, capture, attempt.evidence));
        performed((attempt.step, attempt.attempt), attempt.evidence, result)
    }
}

impl Worker for SimWorker {
    async fn perform(&self, attempt: Attempt<'_>) -> Performed {
        let capture = attempt.spec.capture.as_ref();
        self.attempt(attempt, capture).await
    }

    async fn call(&self, attempt: Attempt<'_, Uses, Call>) -> Option<Performed> {
        self.leg(attempt).await
    }
}

/// What an attempt leaves, and how it ended.
pub(crate) fn performed(
    (step, attempt): (&StepId, AttemptNo),
    evidence: &[EvidenceFile],
    result: Result<BTreeMap<String, Value>, Cause>,
) -> Performed {
    let mut names = vec![("stdout.log".to_owned(), None)];
    if result.is_ok() {
        let declared = evidence.iter().filter(|file| file.content.is_none());
        names.extend(declared.map(|file| (format!("files/{}", file.id), Some(file.id.clone()))));
    }
    let (mut files, mut artifacts) = (Vec::new(), Vec::new());
    for (name, evidence) in names {
        let path = layout::attempt_file(step, attempt, &name);
        let bytes = format!("{step} {attempt} {name}\n").into_bytes();
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
        Ok(outputs) => Outcome::Succeeded { outputs, artifacts },
        Err(cause) => Outcome::Failed { cause, artifacts },
    };
    Performed { outcome, files }
}

/// A side effect under way; it is gone when its process is.
struct Begun<'p> {
    place: &'p Place,
    performance: usize,
}

impl Begun<'_> {
    fn end(&self, how: Ended) {
        self.place.end(self.performance, how);
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.end(Ended::Gone);
    }
}
