//! All that can reach a run.
//!
//! An input is a claim, not a fact: it may be refused, and delivering it twice is the same as
//! delivering it once. Inputs that answer something name what they answer (the attempt, the
//! request), so that a late answer cannot be taken for a current one.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    event::{
        Artifact, Binding, Call, Cause, ChildRun, Command, Impact, ListedItem, OpenItem,
        OpenedItem, Pending,
    },
    ids::{AttemptNo, Digest, Epoch, ItemId, StepId},
    model::Plan,
    policy::Actor,
    time::Timestamp,
    value::Value,
};

/// Something that reaches a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The run is to exist. Accepted once, first.
    Open {
        /// Digest of the compiled plan's bytes.
        plan: Digest,
        /// Digest of the inputs' bytes.
        inputs: Digest,
        /// Who starts it.
        actor: Actor,
        /// The group of runs it may not be under way beside.
        group: Option<String>,
    },
    /// A driver took the lease; everything under way from before is lost to it.
    LeaseTaken {
        /// One more than the last epoch of the journal.
        epoch: Epoch,
        /// Host and process, for people.
        holder: String,
    },
    /// Time has passed. Harmless at any moment.
    Wake,
    /// What a step comes to, now that it may start: the answer to
    /// [`Effect::Resolve`](crate::effect::Effect::Resolve).
    Resolved {
        /// The step.
        step: StepId,
        /// The attempt that is about to start.
        attempt: AttemptNo,
        /// What the expressions gave, or why they cannot be evaluated.
        resolution: Result<Resolution, String>,
    },
    /// How an attempt ended: the answer to [`Effect::Perform`](crate::effect::Effect::Perform).
    Outcome {
        /// The step.
        step: StepId,
        /// The attempt this answers.
        attempt: AttemptNo,
        /// How it ended.
        outcome: Outcome,
    },
    /// Locks are held: the answer to [`Effect::Lock`](crate::effect::Effect::Lock).
    Locked {
        /// The step that asked; `None` for the run's own group.
        step: Option<StepId>,
    },
    /// What the run leaves for others: the answer to
    /// [`Effect::Outputs`](crate::effect::Effect::Outputs).
    Outputs(BTreeMap<String, Value>),
    /// Whether evidence can be committed.
    Evidence(Result<(), String>),
    /// A person's verb.
    Person {
        /// Who asks.
        actor: Actor,
        /// What they ask.
        request: Request,
    },
}

/// What a step comes to once its expressions are evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Its condition is false.
    Skip,
    /// The command of a `run` step.
    Run(Command),
    /// The call of a `uses` step.
    Uses(Call),
    /// The run a `runbook` step opens.
    Child(ChildRun),
    /// A block or a parallel, which has nothing to evaluate.
    Enter,
    /// The items of a step with `for_each`.
    Items(Vec<ListedItem>),
    /// The names of the locks it needs, which come before all else.
    Locks(Vec<String>),
    /// The items of a checklist.
    Checklist(Vec<OpenedItem>),
    /// A request for approval, written and kept.
    Approval {
        /// Digest of the request file.
        digest: Digest,
        /// What it is bound to.
        binding: Binding,
    },
    /// A wait or a hard stop; the instant for one with `until:`.
    Delay {
        /// `None` for one that counts from a point.
        until: Option<Timestamp>,
    },
}

/// How an attempt ended, or goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was for.
    Succeeded {
        /// Small values for later steps.
        outputs: BTreeMap<String, Value>,
        /// What it left.
        artifacts: Vec<Artifact>,
    },
    /// It did not.
    Failed {
        /// Why.
        cause: Cause,
        /// What it left.
        artifacts: Vec<Artifact>,
    },
    /// What is asked again and again does not hold yet. The attempt goes on.
    NotYet {
        /// What the answer was.
        outputs: BTreeMap<String, Value>,
        /// Why there was none.
        cause: Option<Cause>,
        /// What it left. The first answer and each that differs from the one before are kept.
        artifacts: Vec<Artifact>,
    },
    /// The action that was called goes on by itself. So does the attempt.
    Pending {
        /// How it goes on.
        pending: Pending,
        /// What it has left so far.
        artifacts: Vec<Artifact>,
    },
    /// A call whose answer was lost never began.
    NotStarted {
        /// What looking for it left.
        artifacts: Vec<Artifact>,
    },
    /// Nobody can tell what became of a call whose answer was lost.
    CannotTell {
        /// Why.
        message: String,
        /// What looking for it left.
        artifacts: Vec<Artifact>,
    },
}

impl Outcome {
    /// What the attempt left.
    pub fn into_artifacts(self) -> Vec<Artifact> {
        match self {
            Self::Succeeded { artifacts, .. }
            | Self::Failed { artifacts, .. }
            | Self::NotYet { artifacts, .. }
            | Self::Pending { artifacts, .. }
            | Self::NotStarted { artifacts }
            | Self::CannotTell { artifacts, .. } => artifacts,
        }
    }

    /// What the attempt left, to be kept elsewhere.
    pub const fn artifacts_mut(&mut self) -> &mut Vec<Artifact> {
        match self {
            Self::Succeeded { artifacts, .. }
            | Self::Failed { artifacts, .. }
            | Self::NotYet { artifacts, .. }
            | Self::Pending { artifacts, .. }
            | Self::NotStarted { artifacts }
            | Self::CannotTell { artifacts, .. } => artifacts,
        }
    }
}

/// What a person asks of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Answer an item.
    Tick {
        /// The checklist.
        step: StepId,
        /// The item.
        item: ItemId,
        /// The answer; `true` for a tick.
        value: Value,
        /// The file that comes with it.
        artifact: Option<Artifact>,
    },
    /// Take the answer to an item back.
    Untick {
        /// The checklist.
        step: StepId,
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// Say yes to the request of this code.
    Approve {
        /// The first ten digits of the request's digest.
        code: String,
        /// Said with it.
        comment: Option<String>,
        /// It is to count from this instant on only.
        from: Option<Timestamp>,
        /// Their own signature over the request file, in the armour of OpenSSH, or why it does
        /// not count: the caller has checked it, and the actor's level says what it is worth.
        signature: Option<Result<String, String>>,
    },
    /// Take a yes back before it is used.
    Withdraw {
        /// The first ten digits of the request's digest.
        code: String,
        /// Why.
        reason: String,
    },
    /// Say no to the request of this code.
    Reject {
        /// The first ten digits of the request's digest.
        code: String,
        /// Why.
        reason: String,
    },
    /// Try a step again: one that failed, is unknown, or was rejected.
    Retry {
        /// The step.
        step: StepId,
        /// The attempt that did not succeed; a repeat of the same wish is then harmless.
        after: AttemptNo,
        /// Why it should go better now.
        reason: Option<String>,
    },
    /// Leave a step undone.
    Skip {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// Record that a step was done outside; said a second time by somebody else, it is confirmed.
    Attest {
        /// The step.
        step: StepId,
        /// What was done, and where.
        reason: String,
        /// The proof.
        artifacts: Vec<Artifact>,
    },
    /// Have a step done again, whatever it came to.
    Rerun {
        /// The step.
        step: StepId,
        /// How much besides it.
        scope: RerunScope,
        /// What they were shown that follows; it is refused if that is no longer so.
        previewed: Option<Impact>,
        /// Why.
        reason: String,
    },
    /// Send the run back from a checklist or an approval to an earlier step.
    SendBack {
        /// What lies before people.
        step: StepId,
        /// Where the run is to go on.
        to: StepId,
        /// Why.
        reason: String,
    },
    /// Take over the care of the run.
    Claim {
        /// What the next one should know.
        note: Option<String>,
    },
    /// Leave a note.
    Note {
        /// The step it is about, if it is about one.
        step: Option<StepId>,
        /// What is said.
        text: String,
    },
    /// End a hard stop early: asked by one, and joined by others.
    BreakGlass {
        /// The hard stop.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// Say what the review of a broken hard stop found.
    Review {
        /// The hard stop.
        step: StepId,
        /// What was found.
        finding: String,
    },
    /// Let the run close although something is still open.
    Waive {
        /// What.
        item: OpenItem,
        /// Why.
        reason: String,
    },
    /// Have the run go on at a newer commit.
    Rebase {
        /// The commit, and what the runbook is there.
        onto: Revision,
        /// Why.
        reason: String,
    },
    /// Start nothing new.
    Hold {
        /// Why.
        reason: String,
    },
    /// Go on.
    Lift {
        /// Why it is safe.
        reason: Option<String>,
    },
    /// End the run early.
    Abort {
        /// Why.
        reason: String,
    },
}

/// How much is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RerunScope {
    /// The step alone, with all its items.
    Step,
    /// The items of it that failed.
    FailedItems,
    /// The step and everything after it that has begun.
    From,
}

/// A runbook at a commit, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The commit.
    pub commit: String,
    /// Digest of its text.
    pub runbook: Digest,
    /// Digest of the plan's bytes.
    pub digest: Digest,
    /// The plan.
    pub plan: Arc<Plan>,
}
