//! One attempt from grant to outcome.

use std::{collections::BTreeMap, ffi::OsString, fmt, path::PathBuf, sync::Arc, time::Duration};

use hardstop_core::{
    effect,
    event::{Cause, Command, Pending},
    ids::{AttemptNo, RunId, StepId},
    input::Outcome,
    model::{EvidenceFile, PinnedPlugin, Run, Secret},
    time::Millis,
    value::Value,
};
use hardstop_evidence::layout;
use tokio::{sync::watch, time::Instant};

use super::{
    capture,
    child::{self, Limits, Stop},
    collect::Collected,
    live::Live,
    secrets::Keyring,
    stream::Stream,
};

/// Executes the commands of one run.
#[derive(Clone)]
pub struct Exec {
    /// The repository: where commands run unless they say otherwise.
    pub repository: PathBuf,
    /// A folder of the run's own, which exists and which commands may fill.
    pub workspace: PathBuf,
    /// The programs that the configuration grants, spelt as runbooks spell them; `None` for any.
    pub allow: Option<Vec<String>>,
    /// What every command inherits; [`inherited`](super::inherited) makes it.
    pub inherited: BTreeMap<OsString, OsString>,
    /// The secrets of this run.
    pub secrets: Arc<Keyring>,
    /// From asking a command to end (TERM) to ending it (KILL): usually
    /// [`KILL_GRACE`](hardstop_core::limits::KILL_GRACE).
    pub grace: Duration,
}

/// One try at one step: a command, unless said otherwise.
pub struct Attempt<'a, S = Run, W = Command> {
    /// The run.
    pub run: &'a RunId,
    /// The step's address.
    pub step: &'a StepId,
    /// Which try this is.
    pub attempt: AttemptNo,
    /// What the plan says about it.
    pub spec: &'a S,
    /// The files it must leave, in the order of their declaration.
    pub evidence: &'a [EvidenceFile],
    /// The plugins the runbook calls, by name, as they were locked.
    pub plugins: &'a BTreeMap<String, PinnedPlugin>,
    /// Every secret of the runbook.
    pub secrets: &'a BTreeMap<String, Secret>,
    /// The same with all expressions evaluated.
    pub work: &'a W,
    /// Which part of the attempt this is; a command has but one.
    pub leg: &'a Leg,
    /// How long it may take from now.
    pub remaining: Duration,
    /// For how long the attempt has been under way.
    pub since: Millis,
    /// Becomes `Some` when it is to end early.
    pub stop: watch::Receiver<Option<Stop>>,
    /// Where its last line is shown while it runs, made safe for a terminal; see
    /// [`Exec::perform`].
    pub live: Option<watch::Sender<String>>,
}

/// A part of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    /// The first.
    Begin {
        /// An earlier driver may have begun it, and it was looked for and not found.
        recovering: bool,
    },
    /// The action goes on by itself, and is asked again.
    Poll(Pending),
    /// An earlier driver may have begun it: it is looked for.
    Probe,
    /// Nobody wants it any more: it is ended.
    End {
        /// How it goes on.
        pending: Option<Pending>,
        /// What it then failed with.
        cause: Cause,
    },
}

impl From<effect::Leg> for Leg {
    fn from(leg: effect::Leg) -> Self {
        match leg {
            effect::Leg::Begin { recovering } => Self::Begin { recovering },
            effect::Leg::Poll(pending) => Self::Poll(pending),
            effect::Leg::Probe => Self::Probe,
        }
    }
}

/// A file that an attempt left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its path in the run's folder.
    pub path: String,
    /// Its bytes, secrets masked.
    pub bytes: Vec<u8>,
}

/// How an attempt ended, and the files its outcome refers to, in the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// How it ended. Not yet true for anybody else: the caller makes `files` durable first.
    pub outcome: Outcome,
    /// At most [`OUTPUT_HEAD_BYTES`](hardstop_core::limits::OUTPUT_HEAD_BYTES) and
    /// [`OUTPUT_TAIL_BYTES`](hardstop_core::limits::OUTPUT_TAIL_BYTES) for each stream, and
    /// [`EVIDENCE_FILE_BYTES_MAX`](hardstop_core::limits::EVIDENCE_FILE_BYTES_MAX) for each
    /// declared file.
    pub files: Vec<Kept>,
}

impl Performed {
    /// A failure that left nothing.
    pub fn failure(cause: Cause) -> Self {
        let outcome = Outcome::Failed { cause, artifacts: Vec::new() };
        Self { outcome, files: Vec::new() }
    }

    /// Nobody can tell what became of it; nothing was left.
    pub fn cannot_tell(message: String) -> Self {
        let outcome = Outcome::CannotTell { message, artifacts: Vec::new() };
        Self { outcome, files: Vec::new() }
    }

    /// The same, as a failure. What was left is kept.
    #[must_use]
    pub fn failed(self, cause: Cause) -> Self {
        let artifacts = self.outcome.into_artifacts();
        Self { outcome: Outcome::Failed { cause, artifacts }, files: self.files }
    }

    /// The same, its files beside those that the attempt leaves in the end.
    ///
    /// * `seq`: tells them from those of other parts of the attempt.
    #[must_use]
    pub fn aside(mut self, step: &StepId, attempt: AttemptNo, seq: u64) -> Self {
        let own = layout::attempt_file(step, attempt, "");
        let other = layout::attempt_file(step, attempt, &format!("probes/{seq}/"));
        let paths = self.files.iter_mut().map(|file| &mut file.path);
        let named = self.outcome.artifacts_mut().iter_mut().map(|artifact| &mut artifact.path);
        for path in paths.chain(named) {
            if let Some(name) = path.strip_prefix(&own) {
                *path = format!("{other}{name}");
            }
        }
        self
    }
}

impl Exec {
    /// Performs `attempt`.
    ///
    /// * The command ends at the latest [`Exec::grace`] after its time is up or its `stop` says
    ///   so; processes it leaves behind with a hand on its output are killed a second after it.
    /// * Files are left in `steps/<step>/<attempt>/`: `stdout.log` and `stderr.log` unless empty,
    ///   and on success `files/<id>` for each declared file.
    /// * `live` receives the last line printed so far, without escape sequences and control
    ///   characters, secrets masked, at most 512 bytes of it.
    ///
    /// Whatever goes wrong is an outcome, never an error. Dropping the future kills the command
    /// at once and leaves no outcome.
    pub async fn perform(&self, attempt: Attempt<'_>) -> Performed {
        let masks = (!attempt.secrets.is_empty()).then(|| self.secrets.masks());
        let mut left = Collected::new((attempt.step, attempt.attempt), masks, &self.workspace);
        match self.execute(attempt, &mut left).await {
            Ok(outputs) => {
                let Collected { artifacts, files, .. } = left;
                Performed { outcome: Outcome::Succeeded { outputs, artifacts }, files }
            }
            Err(cause) => {
                let Collected { artifacts, files, .. } = left;
                Performed { outcome: Outcome::Failed { cause, artifacts }, files }
            }
        }
    }

    async fn execute(
        &self,
        attempt: Attempt<'_>,
        left: &mut Collected,
    ) -> Result<BTreeMap<String, Value>, Cause> {
        let deadline = Instant::now() + attempt.remaining;
        let places = self.places()?;
        let invocation = self.invocation(&attempt, &places)?;
        if let Some(stop) = *attempt.stop.borrow() {
            return Err(stop.cause());
        }
        if attempt.remaining.is_zero() {
            return Err(Cause::TimedOut);
        }
        let environment = self.environment(&attempt, &places, deadline).await?;
        let limits = Limits { deadline, grace: self.grace, stop: attempt.stop };
        let mut stdout = Stream::new(left.masks.clone(), attempt.live.clone().map(Live::new));
        let mut stderr = Stream::new(left.masks.clone(), attempt.live.map(Live::new));
        let ended = child::follow(&invocation, environment, limits, &mut stdout, &mut stderr).await;
        let (stdout, stderr) = (stdout.finish(), stderr.finish());

        // The first of these to fail is the cause, but all that can be kept is.
        let outputs = match &ended {
            Ok(()) => capture::outputs(attempt.spec.capture.as_ref(), &stdout, left),
            Err(_) => Ok(BTreeMap::new()),
        };
        let printed = [left.printed("stdout.log", stdout), left.printed("stderr.log", stderr)];
        let declared = match &ended {
            Ok(()) => left.declared(attempt.evidence, &attempt.work.evidence, &places),
            Err(_) => Ok(()),
        };
        ended?;
        // Before the outputs, whose errors quote what was printed.
        printed.into_iter().collect::<Result<(), _>>()?;
        let outputs = outputs?;
        declared?;
        Ok(outputs)
    }
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec")
            .field("repository", &self.repository)
            .field("workspace", &self.workspace)
            .field("allow", &self.allow)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}
