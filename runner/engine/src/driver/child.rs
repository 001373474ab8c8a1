//! Runs that are steps of other runs: what the driver of the outer one asks for, and what it hears.
//!
//! How such a run is opened and where it lies is the business of [`Children`]; it is a run like any
//! other, with a lease, a journal and evidence of its own.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use hardstop_core::{
    event::{Artifact, Cause, ChildRun, RunResult},
    header::{Header, Parent},
    ids::{AttemptNo, Digest, RunId, StepId},
    input::Outcome,
    model::Plan,
    policy::Actor,
    run::Ending,
    time::Timestamp,
    value::Value,
};
use hardstop_evidence::{digest, document, layout};
use hardstop_runbook::run_outputs;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    exec::{Kept, Performed, Stop},
    transition::Snapshot,
};

/// A run that moves.
pub type ChildMoves = Pin<Box<dyn Future<Output = ChildEnd>>>;
/// Says when to stop early, and why.
pub type StopSwitch = watch::Receiver<Option<Stop>>;

/// Opens and moves the runs that are steps of a run.
pub trait Children {
    /// Opens the run if there is none yet, and moves it as far as it goes without waiting.
    ///
    /// However often it is asked, after whatever crash, there is one run. Dropping the future
    /// leaves the run to whoever asks next.
    ///
    /// * `stop`: becomes `Some` when it is to be left where it is at once.
    fn look_after(&self, order: ChildOrder, stop: StopSwitch) -> ChildMoves;
}

/// A run to be looked after.
#[derive(Clone, Debug)]
pub struct ChildOrder {
    /// The run it is a step of.
    pub header: Arc<Header>,
    /// The plan of that run, which holds the one of this.
    pub plan: Arc<Plan>,
    /// The step it is.
    pub step: StepId,
    /// The attempt at it.
    pub attempt: AttemptNo,
    /// The run itself.
    pub child: ChildRun,
    /// In whose name it is to be ended, and why, if the run around it is.
    pub abort: Option<(Actor, String)>,
}

impl ChildOrder {
    /// Where the run belongs, as its header says it.
    pub fn parent(&self) -> Parent {
        Parent {
            run: self.header.run.clone(),
            step: self.step.clone(),
            attempt: self.attempt,
            above: self.header.runs_around().cloned().collect(),
        }
    }
}

/// How far a run came.
#[derive(Clone, Debug)]
pub enum ChildEnd {
    /// It is over.
    Over(Box<ChildOver>),
    /// It waits, for people or for time.
    Waiting {
        /// When time alone will move it, if it will.
        next: Option<Timestamp>,
    },
    /// It could not be opened, and never will be.
    Failed(Cause),
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct ChildOver {
    result: RunResult,
    outputs: Result<BTreeMap<String, Value>, String>,
    evidence: ChildEvidence,
}

/// `child.json`: what the outer run keeps of the inner one.
#[derive(Clone, Debug, Serialize)]
struct ChildEvidence {
    schema: &'static str,
    run: RunId,
    /// Digest of its `run.json`.
    header: Digest,
    /// The head of its journal: with the digest of the header, all that it did.
    head: String,
    result: RunResult,
}

impl ChildOver {
    /// What the outer run hears of a run; `None` as long as it is not over.
    pub fn of(run: &Snapshot) -> Option<Self> {
        let Ending::Closed(result) = run.state.ending() else { return None };
        let header = run.state.header();
        let evidence = ChildEvidence {
            schema: "hardstop/child/v1",
            run: header.run.clone(),
            header: digest(&document::to_bytes(header)),
            head: run.chain.head.clone(),
            result,
        };
        Some(Self { result, outputs: run_outputs(&run.state), evidence })
    }

    /// The outcome of the step that it is, with its evidence.
    pub(super) fn performed(self, step: &StepId, attempt: AttemptNo) -> Performed {
        let path = layout::attempt_file(step, attempt, "child.json");
        let bytes = document::to_bytes(&self.evidence);
        let size_bytes = bytes.len() as u64;
        let artifact = Artifact {
            path: path.clone(),
            digest: digest(&bytes),
            size_bytes,
            original_bytes: size_bytes,
            redactions: 0,
            evidence: None,
        };
        let artifacts = vec![artifact];
        let outcome = match (self.result, self.outputs) {
            (RunResult::Succeeded, Ok(outputs)) => Outcome::Succeeded { outputs, artifacts },
            (RunResult::Succeeded, Err(message)) => {
                Outcome::Failed { cause: Cause::Unresolved { message }, artifacts }
            }
            (result @ (RunResult::Incomplete | RunResult::Failed | RunResult::Aborted), _) => {
                Outcome::Failed {
                    cause: Cause::Child { run: self.evidence.run, result },
                    artifacts,
                }
            }
        };
        Performed { outcome, files: vec![Kept { path, bytes }] }
    }
}
