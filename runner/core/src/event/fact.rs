//! Every kind of event, in the order a run meets them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Artifact, Binding, Call, Cause, ChildRun, Command, Found, Impact, ListedItem, Lost, OpenItem,
    OpenedItem, Pending, RunResult, SkipReason, VoidReason,
};
use crate::{
    ids::{AttemptNo, Digest, Epoch, ItemId, RunbookId, StepId},
    model::Part,
    policy::{By, Revocation},
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
        /// The group of runs it may not be under way beside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
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
        /// What it says against the runbook of this run: nothing new starts while it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revoked: Option<Revocation>,
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
    /// A person answered an item.
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

    /// A person took the answer to an item back, theirs or another's, while the checklist was
    /// before people. The runner never does.
    #[serde(rename = "item.reopened")]
    ItemReopened {
        /// The checklist.
        step: StepId,
        /// The item.
        item: ItemId,
        /// Who.
        by: By,
        /// Why.
        reason: String,
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
        /// It counts from this instant on, if it was deferred.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// The person's own signature over the request file, in the armour of OpenSSH.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// The groups the person may count for, as the policy had it then; none where the gate
        /// has none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<String>,
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

    /// A call of a plugin's action is under way.
    #[serde(rename = "call.started")]
    CallStarted {
        /// The step being tried.
        step: StepId,
        /// Which try this is.
        attempt: AttemptNo,
        /// What is called.
        call: Call,
        /// The attempt is given up at this instant.
        deadline: Timestamp,
    },
    /// The action that was called goes on by itself.
    #[serde(rename = "call.pending")]
    CallPending {
        /// The step being tried.
        step: StepId,
        /// Which try it is.
        attempt: AttemptNo,
        /// How it goes on.
        pending: Pending,
        /// What it has left so far.
        artifacts: Vec<Artifact>,
    },
    /// A call whose answer was lost was looked for.
    #[serde(rename = "call.probed")]
    CallProbed {
        /// The step that was tried.
        step: StepId,
        /// Which try it was.
        attempt: AttemptNo,
        /// What was found.
        found: Found,
        /// What looking for it left; what it came to is left by the next event.
        artifacts: Vec<Artifact>,
    },
    /// A run of another runbook is under way.
    #[serde(rename = "child.started")]
    ChildStarted {
        /// The step.
        step: StepId,
        /// Which try this is.
        attempt: AttemptNo,
        /// The run.
        child: ChildRun,
    },
    /// What is asked again and again does not hold yet, and the answer differs from the last one.
    /// Answers that are the same are not recorded.
    #[serde(rename = "attempt.probed")]
    AttemptProbed {
        /// The step being tried.
        step: StepId,
        /// Which try it is.
        attempt: AttemptNo,
        /// What the answer was.
        outputs: BTreeMap<String, Value>,
        /// Why there was none.
        cause: Option<Cause>,
        /// What it printed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        artifacts: Vec<Artifact>,
    },
    /// The items a step is done for are known.
    #[serde(rename = "items.listed")]
    ItemsListed {
        /// The step.
        step: StepId,
        /// Which time they are listed.
        attempt: AttemptNo,
        /// The items, in order.
        items: Vec<ListedItem>,
        /// How many of them may fail.
        allowed: u32,
    },
    /// The steps of a block or a parallel may start.
    #[serde(rename = "block.entered")]
    BlockEntered {
        /// The composite.
        step: StepId,
        /// Which time it is entered.
        attempt: AttemptNo,
    },
    /// A block went on to another part of it.
    #[serde(rename = "block.turned")]
    BlockTurned {
        /// The block.
        step: StepId,
        /// What is under way in it from here on.
        part: Part,
    },
    /// What the runbook does about a failure is under way.
    #[serde(rename = "remedy.started")]
    RemedyStarted {
        /// The step that failed.
        step: StepId,
        /// The steps that run because of it, in order.
        steps: Vec<StepId>,
    },
    /// All forward work is over, and what has to be taken or set back is under way.
    #[serde(rename = "backout.started")]
    BackoutStarted {
        /// How the run will have ended.
        result: RunResult,
        /// The steps that run, one after the other.
        steps: Vec<StepId>,
    },

    /// Locks were asked for. They are given all at once, first come first served.
    #[serde(rename = "locks.requested")]
    LocksRequested {
        /// The step that needs them; `None` for the run's own group.
        step: Option<StepId>,
        /// Their names, sorted.
        names: Vec<String>,
    },
    /// The locks are held.
    #[serde(rename = "locks.acquired")]
    LocksAcquired {
        /// The step that needs them; `None` for the run's own group.
        step: Option<StepId>,
    },
    /// The locks are no longer needed.
    #[serde(rename = "locks.released")]
    LocksReleased {
        /// The step that needed them.
        step: StepId,
    },
    /// A step may not start now because of a window or a freeze.
    #[serde(rename = "window.closed")]
    WindowClosed {
        /// The step.
        step: StepId,
        /// When it may; `None` if no such instant is known.
        opens: Option<Timestamp>,
        /// Which window, in words.
        because: String,
    },
    /// The time at which the step may start has come.
    #[serde(rename = "window.opened")]
    WindowOpened {
        /// The step.
        step: StepId,
    },
    /// A step that had started is still under way after its window closed.
    #[serde(rename = "window.overrun")]
    WindowOverrun {
        /// The step.
        step: StepId,
    },

    /// A person had steps done again.
    #[serde(rename = "step.rerun")]
    StepRerun {
        /// The step that was named.
        step: StepId,
        /// Who asked.
        by: By,
        /// Why.
        reason: String,
        /// All that follows from it.
        impact: Impact,
    },
    /// A person who was asked sent the run back to an earlier step.
    #[serde(rename = "step.sent_back")]
    StepSentBack {
        /// The checklist or approval that was before people.
        step: StepId,
        /// Where the run goes on.
        to: StepId,
        /// Who sent it back.
        by: By,
        /// Why.
        reason: String,
        /// All that follows from it.
        impact: Impact,
    },
    /// The run goes on at a newer commit of its runbook.
    #[serde(rename = "run.rebased")]
    RunRebased {
        /// Who asked.
        by: By,
        /// Why.
        reason: String,
        /// The commit.
        commit: String,
        /// Digest of the runbook's text there.
        runbook: Digest,
        /// Digest of the plan, which is kept in the run's folder.
        plan: Digest,
    },
    /// A person took over the care of the run.
    #[serde(rename = "run.claimed")]
    RunClaimed {
        /// Who.
        by: By,
        /// What the next one should know.
        note: Option<String>,
    },
    /// A person left a note.
    #[serde(rename = "note.written")]
    NoteWritten {
        /// The step it is about, if it is about one.
        step: Option<StepId>,
        /// Who.
        by: By,
        /// What they said.
        text: String,
    },
    /// A yes was taken back before it was used.
    #[serde(rename = "approval.withdrawn")]
    ApprovalWithdrawn {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
        /// Whose yes.
        by: By,
        /// Why.
        reason: String,
    },
    /// An answer that came after the request was decided. It changes nothing.
    #[serde(rename = "approval.late")]
    ApprovalLate {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
        /// Who answered.
        actor: crate::policy::Actor,
        /// Whether it was a yes.
        yes: bool,
    },
    /// The people asked were reminded.
    #[serde(rename = "gate.reminded")]
    GateReminded {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
        /// Which reminder, from 1.
        nth: u32,
    },
    /// More people may answer.
    #[serde(rename = "gate.escalated")]
    GateEscalated {
        /// The approval step.
        step: StepId,
        /// The request.
        request: AttemptNo,
        /// Which escalation, from 1.
        nth: u32,
    },
    /// A delay under way counts from another instant, because the step it counts from began again.
    #[serde(rename = "delay.moved")]
    DelayMoved {
        /// The delay.
        step: StepId,
        /// What it counts from.
        since: Timestamp,
        /// When it is over.
        due: Timestamp,
    },
    /// A person asked for a hard stop to be ended early, or joined those who do.
    #[serde(rename = "glass.asked")]
    GlassAsked {
        /// The hard stop.
        step: StepId,
        /// Who.
        by: By,
        /// Why.
        reason: String,
    },
    /// Enough people asked: the hard stop is over. Its review is an open item.
    #[serde(rename = "glass.broken")]
    GlassBroken {
        /// The hard stop.
        step: StepId,
        /// The review is due by then.
        review_by: Timestamp,
    },
    /// A hard stop that was ended early was reviewed.
    #[serde(rename = "glass.reviewed")]
    GlassReviewed {
        /// The hard stop.
        step: StepId,
        /// Who reviewed it; none of those who broke it.
        by: By,
        /// What they found.
        finding: String,
    },
    /// A person let the run close although this is still open.
    #[serde(rename = "item.waived")]
    ItemWaived {
        /// What.
        item: OpenItem,
        /// Who.
        by: By,
        /// Why.
        reason: String,
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
        /// What it leaves for others.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        outputs: BTreeMap<String, Value>,
    },
}
