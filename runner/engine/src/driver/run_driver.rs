//! What a driver is made of, and one turn of it.

use std::{rc::Rc, sync::Arc, time::Duration};

use hardstop_core::{
    effect::Effect,
    event::{Artifact, Entry, Event},
    ids::Epoch,
    input::{Input, Request},
    policy::{Actor, Policy},
    run::{Context, Ending, Refusal, RunState, outstanding},
};
use hardstop_evidence::{keys::SigningKey, layout, policy};
use hardstop_ports::{
    clock::Clock,
    evidence::CommitError,
    journal::{FilesError, RunFiles},
    locks::Locks,
};
use hardstop_runbook::{Places, group};
use thiserror::Error;
use tokio::{sync::watch, time::Instant};

use super::{ChildOver, Children, Worker, rounds::Rounds, under_way::UnderWay};
use crate::{
    checkpoint::{CheckpointError, checkpoint},
    commits::Commits,
    exec::Stop,
    resolve::StepResolver,
    session::{Session, SessionError},
    transition::{Attachment, NoResolver, Turn, transition},
};

/// Between two checkpoints while work goes on. What happens meanwhile is durable in the journal; a
/// seal over a growing run for each of a thousand quick steps would cost more than the steps.
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(500);

/// A driver that cannot go on. The journal is intact, and another driver can take the run over.
#[derive(Debug, Error)]
pub enum DriveError {
    /// The run's files cannot be read or written.
    #[error("run cannot go on")]
    Session(#[source] SessionError),
    /// What an attempt or a person left cannot be kept.
    #[error("run cannot go on")]
    Files(#[source] FilesError),
    /// The run is over, but its evidence could not be committed yet.
    #[error("the run is over, but its evidence could not be committed")]
    Evidence(#[source] CommitError),
    /// The group of runs it may not be under way beside has no name.
    #[error("the run cannot be opened: {0}")]
    Group(String),
    /// The run does not accept what a driver must tell it first.
    #[error("run cannot be taken over")]
    Refused(#[source] Refusal),
}

impl From<SessionError> for DriveError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

/// What a driver needs of its surroundings.
pub struct Setup<W, C, E> {
    /// Performs attempts.
    pub worker: Arc<W>,
    /// The clocks.
    pub clock: C,
    /// Where evidence is committed.
    pub commits: E,
    /// Seals the evidence.
    pub key: Arc<SigningKey>,
    /// Keeps the locks between runs.
    pub locks: Arc<dyn Locks>,
    /// Opens and moves the runs that are steps of this one.
    pub children: Rc<dyn Children>,
    /// Gives the policy in force. Asked once a turn, so that a newer one counts at once.
    pub policy: Box<dyn FnMut() -> Arc<Policy>>,
    /// The folder of the run's own, absolute.
    pub workspace: String,
    /// The repository, absolute.
    pub repository: String,
    /// Host and process, for people.
    pub holder: String,
    /// Draws a text that nobody can guess.
    pub nonce: Box<dyn FnMut() -> String>,
    /// Where the last line of a command's output is shown.
    pub live: Option<watch::Sender<String>>,
}

/// Owns one run and moves it.
pub struct Driver<F, W, C, E> {
    pub(super) session: Session<F>,
    pub(super) setup: Setup<W, C, E>,
    pub(super) under_way: UnderWay,
    pub(super) rounds: Rounds,
    /// The number of the next event at the last checkpoint that was begun.
    begun: u64,
    /// The number of the next event at the last checkpoint that was committed: 0 until one is,
    /// because nobody knows what an earlier driver came to commit.
    committed: u64,
    /// When the last checkpoint was begun.
    begun_at: Option<Instant>,
    /// Whether it could not be committed.
    refused: bool,
}

impl<F, W, C, E> Driver<F, W, C, E>
where
    F: RunFiles,
    W: Worker + 'static,
    C: Clock,
    E: Commits,
{
    /// Takes a run over: opens it if it has no event yet, and takes its lease in the journal.
    /// Whatever an earlier driver had under way is lost to it from here on.
    ///
    /// # Errors
    ///
    /// [`DriveError`] if the run cannot be read back or written.
    pub async fn take_over(files: F, setup: Setup<W, C, E>) -> Result<Self, DriveError> {
        let session = Session::open(files)?;
        let mut driver = Self {
            session,
            setup,
            under_way: UnderWay::default(),
            rounds: Rounds::default(),
            begun: 0,
            committed: 0,
            begun_at: None,
            refused: false,
        };
        let Some(state) = driver.session.state() else { return Ok(driver) };
        let mut inputs = Vec::new();
        if state.opened().is_none() {
            let header = state.header();
            let (plan, inputs_digest) = (header.plan, header.inputs);
            let actor = header.initiator.actor.clone();
            let group = group(state.plan(), state.inputs()).map_err(DriveError::Group)?;
            inputs.push(Input::Open { plan, inputs: inputs_digest, actor, group });
        }
        let epoch = Epoch(state.epoch().0 + 1);
        inputs.push(Input::LeaseTaken { epoch, holder: driver.setup.holder.clone() });
        let turn = driver.turn(inputs, Resolves::No).await?;
        for answer in turn.answers {
            answer.map_err(DriveError::Refused)?;
        }
        Ok(driver)
    }

    /// The fold of the run; `None` only after an error from which nothing could be read back.
    pub fn state(&self) -> Option<&RunState> {
        self.session.state()
    }

    /// What the run around this one hears of it; `None` as long as it is not over.
    pub fn over(&self) -> Option<ChildOver> {
        self.session.snapshot().and_then(ChildOver::of)
    }

    /// Every line of the journal.
    pub fn entries(&self) -> &[Entry] {
        self.session.entries()
    }

    /// Gives the run's files, and with them the lease, back.
    pub fn into_files(self) -> F {
        self.session.into_files()
    }

    /// Delivers a person's request with the files they hand in, as [`Driver::deliver`]. Those that
    /// what it brought about names are kept.
    ///
    /// # Errors
    ///
    /// As [`Driver::deliver`].
    pub async fn deliver_with(
        &mut self,
        actor: Actor,
        request: Request,
        handed: Vec<Attachment>,
    ) -> Result<Vec<Entry>, DriveError> {
        for file in handed {
            self.session.hand_in(file);
        }
        self.deliver(actor, request).await
    }

    /// Keeps a file that a person's request will name, and describes it.
    ///
    /// # Errors
    ///
    /// [`DriveError::Files`] if it cannot be written, [`DriveError::Refused`] if the run is over:
    /// its evidence takes no more.
    pub fn keep(&mut self, path: String, bytes: &[u8]) -> Result<Artifact, DriveError> {
        if self.is_over() {
            return Err(DriveError::Refused(Refusal::Closed));
        }
        self.session.keep(path, bytes).map_err(DriveError::Files)
    }

    /// Delivers a person's request without moving the run: no step starts in the process of
    /// somebody who only says yes.
    ///
    /// * Returns what it brought about, evidence committed.
    ///
    /// # Errors
    ///
    /// [`DriveError`]; [`DriveError::Refused`] if the request itself is refused.
    pub async fn deliver(
        &mut self,
        actor: Actor,
        request: Request,
    ) -> Result<Vec<Entry>, DriveError> {
        let turn = self.turn(vec![Input::Person { actor, request }], Resolves::No).await?;
        for answer in turn.answers {
            answer.map_err(DriveError::Refused)?;
        }
        self.flush(Resolves::No).await?;
        Ok(turn.entries)
    }

    /// One turn: what arrived goes in, what it brings about is durable, what it issues is started.
    pub(super) async fn turn(
        &mut self,
        inputs: Vec<Input>,
        resolves: Resolves,
    ) -> Result<Turn, DriveError> {
        let policy = (self.setup.policy)();
        self.keep_policy(&policy)?;
        let now = self.setup.clock.read();
        let context = Context { now: &now, policy: &policy };
        let worker = Arc::clone(&self.setup.worker);
        let turn = match resolves {
            Resolves::Yes => {
                let mut resolver = StepResolver {
                    context,
                    places: Places {
                        workspace: &self.setup.workspace,
                        repository: &self.setup.repository,
                    },
                    grants: &|asked| worker.grants(asked),
                    nonce: &mut self.setup.nonce,
                    committed: self.committed,
                };
                transition(&mut self.session, inputs, &context, &mut resolver).await?
            }
            Resolves::No => {
                transition(&mut self.session, inputs, &context, &mut NoResolver).await?
            }
        };
        let orders = self.session.take_orders();
        for id in &orders.revoked {
            self.under_way.stop(id, Stop::Aborted);
            self.rounds.revoke(id);
        }
        for effect in orders.issued {
            self.start(effect);
        }
        self.tidy();
        Ok(turn)
    }

    fn is_over(&self) -> bool {
        self.session.state().is_some_and(|state| matches!(state.ending(), Ending::Closed(_)))
    }

    /// The policy's text must be among the run's files before an event names it. None does once
    /// the run is over, and its evidence takes no more.
    fn keep_policy(&mut self, in_force: &Policy) -> Result<(), DriveError> {
        let Some(state) = self.session.state().filter(|_| !self.is_over()) else { return Ok(()) };
        let path = layout::later_policy(in_force.version);
        if state.header().policy.digest == in_force.digest
            || self.session.holds(&path, in_force.digest)
        {
            return Ok(());
        }
        let (bytes, _) = policy::to_file(in_force.clone());
        self.session.write(&path, &bytes).map(drop).map_err(DriveError::Files)
    }

    /// Whether a step could start that evidence is to be committed before.
    pub(super) fn awaits_commit(&self) -> bool {
        let Some(state) = self.session.state() else { return false };
        let is_due = state.evidence_due().is_some_and(|seq| seq >= self.committed);
        is_due && outstanding(state).any(|effect| matches!(effect, Effect::Resolve { .. }))
    }

    /// Begins a checkpoint if one is due and none is being committed.
    ///
    /// * `everything`: whether every event must become evidence now, as before a pause, or before
    ///   what waits for it.
    /// * Returns the turn that says so, if the files may not be committed.
    pub(super) async fn begin_checkpoint(
        &mut self,
        everything: bool,
        resolves: Resolves,
    ) -> Result<Option<Turn>, DriveError> {
        let Some(state) = self.session.state() else { return Ok(None) };
        let rested = self.begun_at.is_none_or(|at| at.elapsed() >= CHECKPOINT_PAUSE);
        let marked = rested && state.checkpoint().is_some_and(|seq| seq >= self.begun);
        // What was refused a moment ago would be refused again.
        let everything = everything && (rested || !self.refused);
        let due = marked || everything && state.next_seq() > self.begun;
        if !due || self.setup.commits.is_busy() {
            return Ok(None);
        }
        let next_seq = state.next_seq();
        let (header, plan) = (state.shared_header(), state.shared_plan());
        // No command starts in the process of somebody who only delivers something.
        let blocked = state.evidence_blocked().filter(|_| resolves == Resolves::Yes);
        let known = self.setup.worker.known(&header.run, &plan.secrets, blocked).await;
        self.begun_at = Some(Instant::now());
        match checkpoint(&mut self.session, &self.setup.key, &known) {
            Ok(Some(made)) => {
                self.setup.commits.begin(made);
                self.begun = next_seq;
                Ok(None)
            }
            Ok(None) => Ok(None),
            Err(CheckpointError::Files(error)) => Err(DriveError::Files(error)),
            Err(CheckpointError::Withheld(reason)) => {
                self.committed(Err(CommitError::Unavailable(reason)), resolves).await
            }
        }
    }

    /// Tells the run how its checkpoint went.
    pub(super) async fn committed(
        &mut self,
        result: Result<u64, CommitError>,
        resolves: Resolves,
    ) -> Result<Option<Turn>, DriveError> {
        self.refused = result.is_err();
        if result.is_ok() {
            self.committed = self.begun;
        }
        let Some(state) = self.session.state() else { return Ok(None) };
        let result = match result {
            Ok(_) if state.evidence_blocked().is_none() => return Ok(None),
            Ok(_) => Ok(()),
            Err(error) => {
                self.session.mark_all_changed();
                self.begun = 0;
                let closed = self.session.entries().last();
                if matches!(closed.map(|entry| &entry.event), Some(Event::RunClosed { .. })) {
                    return Err(DriveError::Evidence(error));
                }
                Err(error.to_string())
            }
        };
        self.turn(vec![Input::Evidence(result)], resolves).await.map(Some)
    }

    /// Commits everything there is. If that fails the run says so and is blocked; it is not lost.
    pub(super) async fn flush(&mut self, resolves: Resolves) -> Result<(), DriveError> {
        loop {
            self.refused = false;
            drop(self.begin_checkpoint(true, resolves).await?);
            if !self.setup.commits.is_busy() {
                return Ok(());
            }
            let result = self.setup.commits.finish().await;
            let failed = result.is_err();
            self.committed(result, resolves).await?;
            if failed {
                return Ok(());
            }
        }
    }
}

/// Whether this turn may start steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolves {
    /// The driver moves the run.
    Yes,
    /// It only delivers something.
    No,
}
