//! Every kind of event, in the order a run meets them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Artifact, Binding, Cause, Lost};
use crate::{
    ids::{AttemptNo, Digest, Epoch, ItemId, RunbookId, StepId},
    policy::By,
    time::{Millis, Timestamp},
    value::Value,
};

/// A fact about one run, in the past tense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Event {
    /// The run exists. Always the first event; the details stand in `run.json`.
    #[serde(rename = "run.opened")]
    RunOpened {
        /// The runbook it executes.
        runbook: RunbookId,
        /// Digest of `plan.json`.
        plan: Digest,
        /// Digest of `inputs.json`.
        inputs: Digest,
        /// Who started it.
        by: By,
    },
    /// A process took the right to move the run. Whatever an earlier holder had under way is no
    /// longer its.
    #[serde(rename = "lease.acquired")]
    LeaseAcquired {
        /// One more than the last.
        epoch: Epoch,
        /// Host and process, for people.
        holder: String,
    },
    /// A policy came into force for this run. Its version never falls.
    #[serde(rename = "policy.loaded")]
    PolicyLoaded {
        /// 0 for the embedded `solo` policy.
        version: u64,
        /// Digest of its text, which is kept in the run's folder.
        digest: Digest,
    },

    /// An attempt at a `run` step is under way.
    #[serde(rename = "attempt.started")]
    AttemptStarted {
        /// The step being tried.
        step: StepId,
        /// Which try this is.
        attempt: AttemptNo,
        /// What is executed, all expressions evaluated.
        command: Command,
        /// The attempt is given up at this instant.
        deadline: Timestamp,
    },
    /// An attempt ended, and not well.
    #[serde(rename = "attempt.failed")]
    AttemptFailed {
        /// The step that was tried.
        step: StepId,
        /// Which try it was.
        attempt: AttemptNo,
        /// Why.
        cause: Cause,
        /// What it left.
        artifacts: Vec<Artifact>,
        /// When the next try is due; `None` if there is none by itself.
        retry_at: Option<Timestamp>,
    },
    /// Nobody can tell how an attempt ended.
    #[serde(rename = "attempt.lost")]
    AttemptLost {
        /// The step that was tried.
        step: StepId,
        /// Which try it was.
        attempt: AttemptNo,
        /// How it came to that.
        cause: Lost,
        /// Whether it is tried again without asking, because the step is idempotent.
        again: bool,
    },
    /// The delay before the next attempt is over.
    #[serde(rename = "backoff.elapsed")]
    BackoffElapsed {
        /// The step to be tried again.
        step: StepId,
    },
    /// A step did what it was for.
    #[serde(rename = "step.succeeded")]
    StepSucceeded {
        /// The step.
        step: StepId,
        /// The attempt that counts.
        attempt: AttemptNo,
        /// Small values for later steps.
        outputs: BTreeMap<String, Value>,
        /// What it left.
        artifacts: Vec<Artifact>,
    },
    /// A step failed for good: no attempt is left, or its people did not answer.
    #[serde(rename = "step.failed")]
    StepFailed {
        /// The step.
        step: StepId,
        /// The attempt that counts.
        attempt: AttemptNo,
        /// Why.
        cause: Cause,
    },
    /// A step was left undone. This is not success.
    #[serde(rename = "step.skipped")]
    StepSkipped {
        /// The step.
        step: StepId,
        /// By its own condition, or by a person.
        reason: SkipReason,
    },
    /// A person asked for one more attempt.
    #[serde(rename = "step.retried")]
    StepRetried {
        /// The step.
        step: StepId,
        /// The attempt that did not succeed.
        after: AttemptNo,
        /// Who asked.
        by: By,
        /// Why it should go better now.
        reason: Option<String>,
    },
    /// A person declared that the step was done outside.
    #[serde(rename = "step.attested")]
    StepAttested {
        /// The step.
        step: StepId,
        /// Who says so.
        by: By,
        /// Who confirms it; `None` only under the `solo` policy.
        second: Option<By>,
        /// What was done, and where.
        reason: String,
        /// The proof.
        artifacts: Vec<Artifact>,
    },

    /// A person declared that a step was done outside; a second person has yet to confirm it.
    #[serde(rename = "attestation.offered")]
    AttestationOffered {
        /// The step.
        step: StepId,
        /// Who says so.
        by: By,
        /// What was done, and where.
        reason: String,
        /// The proof.
        artifacts: Vec<Artifact>,
    },

    /// A checklist was put before people.
    #[serde(rename = "checklist.opened")]
    ChecklistOpened {
        /// The step.
        step: StepId,
        /// Which time it is asked.
        attempt: AttemptNo,
        /// The items, all expressions evaluated.
        items: Vec<OpenedItem>,
        /// People's time ends here.
        deadline: Timestamp,
    },
    /// A person answered an item. The runner never un-ticks.
    #[serde(rename = "item.ticked")]
    ItemTicked {
        /// The checklist.
        step: StepId,
        /// The item.
        item: ItemId,
        /// The answer; `true` for a tick.
        value: Value,
        /// The file that came with it.
        artifact: Option<Artifact>,
        /// Who answered.
        by: By,
    },

    /// A request for approval was written.
    #[serde(rename = "gate.reached")]
    GateReached {
        /// The approval step.
        step: StepId,
        /// Which request of this step it is, from 1; a request is never re-opened.
        request: AttemptNo,
        /// Digest of the request file. Its first ten digits are the code.
        digest: Digest,
        /// All that the request is bound to.
        binding: Binding,
        /// It can be answered until here.
        expires: Timestamp,
    },
    /// A person's yes, and it counts.
    #[serde(rename = "approval.accepted")]
    ApprovalAccepted {
        /// The approval step.
        step: StepId,
        /// The request that was answered.
        request: AttemptNo,
        /// Who said yes.
        by: By,
        /// What they said with it.
        comment: Option<String>,
    },
    /// A yes that does not count, or a no from someone not entitled to it.
    #[serde(rename = "approval.refused")]
    ApprovalRefused {
        /// The approval step.
        step: StepId,
        /// The request that was answered.
        request: AttemptNo,
        /// The account that answered.
        actor: crate::policy::Actor,
        /// Why it does not count.
        reason: String,
    },
    /// Votes given so far no longer count, and a new request is due.
    #[serde(rename = "approval.voided")]
    ApprovalVoided {
        /// The approval step.
        step: StepId,
        /// The request they answered.
        request: AttemptNo,
        /// What changed since.
        reason: VoidReason,
    },
    /// Enough people said yes.
    #[serde(rename = "gate.satisfied")]
    GateSatisfied {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
        /// The approval must be used before this instant.
        valid_until: Timestamp,
    },
    /// A person's no. One ends the request.
    #[serde(rename = "gate.rejected")]
    GateRejected {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
        /// Who said no.
        by: By,
        /// Why.
        reason: String,
    },
    /// Nobody answered in time. That is not a yes.
    #[serde(rename = "gate.expired")]
    GateExpired {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
    },

    /// A wait began.
    #[serde(rename = "wait.started")]
    WaitStarted {
        /// The step.
        step: StepId,
        /// What it counts from.
        since: Timestamp,
        /// When it is over.
        due: Timestamp,
    },
    /// A wait is over.
    #[serde(rename = "wait.elapsed")]
    WaitElapsed {
        /// The step.
        step: StepId,
    },
    /// A hard stop began.
    #[serde(rename = "hard_stop.started")]
    HardStopStarted {
        /// The step.
        step: StepId,
        /// What it counts from.
        since: Timestamp,
        /// When it is over.
        due: Timestamp,
    },
    /// A hard stop is over: both the wall clock and the machine's uptime say so.
    #[serde(rename = "hard_stop.elapsed")]
    HardStopElapsed {
        /// The step.
        step: StepId,
    },

    /// Nothing new starts from here on.
    #[serde(rename = "run.held")]
    RunHeld {
        /// Who holds it.
        by: By,
        /// Why.
        reason: String,
    },
    /// The run may go on.
    #[serde(rename = "run.lifted")]
    RunLifted {
        /// Who lifted the hold.
        by: By,
        /// Why it is safe.
        reason: Option<String>,
    },
    /// The clock was moved. If it went back, nothing starts until a person lifts the hold.
    #[serde(rename = "clock.anomaly")]
    ClockAnomaly {
        /// By how many milliseconds it jumped ahead; negative if it went back.
        jump_ms: i64,
        /// Whether the run is held because of it.
        held: bool,
    },
    /// Evidence could not be committed. Nothing starts until it can.
    #[serde(rename = "evidence.blocked")]
    EvidenceBlocked {
        /// Why, and what to do.
        reason: String,
    },
    /// Evidence can be committed again.
    #[serde(rename = "evidence.unblocked")]
    EvidenceUnblocked {},
    /// A person asked for an early end. Nothing new starts; what is under way is stopped.
    #[serde(rename = "run.abort_requested")]
    AbortRequested {
        /// Who asked.
        by: By,
        /// Why.
        reason: String,
    },
    /// All but `finally` is over; the result is decided.
    #[serde(rename = "run.ending")]
    RunEnding {
        /// How the run will have ended, unless a person leaves a step of `finally` undone.
        result: RunResult,
    },
    /// The run is over. Always the last event.
    #[serde(rename = "run.closed")]
    RunClosed {
        /// How it ended.
        result: RunResult,
        /// From opening to closing.
        took: Millis,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// All that was to be done was done.
    Succeeded,
    /// It ended, but a person left work undone, or nothing at all was done.
    Incomplete,
    /// A step failed and the runbook says that ends the run.
    Failed,
    /// It was ended early.
    Aborted,
}

/// A command with all expressions evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Program and arguments. Empty for a script: its text is constant and stands in the plan.
    pub argv: Vec<String>,
    /// Added to the environment.
    pub env: BTreeMap<String, EnvValue>,
    /// Where it runs, relative to the repository.
    pub directory: String,
    /// Where each declared evidence file is expected, in the order of their declaration.
    pub evidence: Vec<String>,
}

/// The value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EnvValue {
    /// The text itself.
    Text(String),
    /// A secret, by the name the runbook gives it. Its value is fetched when the command starts.
    Secret(String),
}

/// A checklist item as it was put before people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedItem {
    /// The item.
    pub id: ItemId,
    /// What it says, all expressions evaluated.
    pub text: String,
}

/// Why a step was left undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SkipReason {
    /// Its `if` was false.
    Condition {
        /// The expression as written.
        condition: String,
    },
    /// A person decided so.
    Person {
        /// Who.
        by: By,
        /// Why.
        reason: String,
    },
}

/// Why votes no longer count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum VoidReason {
    /// Something the request is bound to is no longer what was shown.
    Changed {
        /// What, in words.
        what: Vec<String>,
    },
    /// The approval was not used in time.
    Expired,
    /// A person who said yes is no longer entitled to it.
    Entitlement {
        /// Who, and why not.
        message: String,
    },
}
