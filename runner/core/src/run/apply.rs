//! Folds one fact into the state of a run.
//!
//! Total, because an event is a fact; and frozen, because a released journal must fold to the
//! same state for ever (`tests/histories` holds us to it). Nothing here decides anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Attestation, Ending, RunState, StepState, Ticked, Vote,
    step_state::{Point, StepRecord},
};
use crate::{
    event::{Cause, Event, Work},
    ids::{AttemptNo, Epoch},
    model::{Step, StepKind, Until},
    step::approval::expiry_cause,
    time::{Reading, Timestamp},
};

/// Folds `event`, written when the clocks showed `at`, into `state`.
///
/// An event that speaks of a step the plan does not have changes nothing but the count: whether a
/// journal fits its plan is for `verify` to say.
pub fn apply(state: &mut RunState, event: &Event, at: &Reading) {
    match event {
        Event::RunOpened { .. } => {
            state.opened = Some(at.clone());
            state.checkpoint = Some(state.next_seq);
            for phase in 0..state.plan.phases.len() {
                state.enter(phase);
            }
        }
        Event::LeaseAcquired { epoch, .. } => state.epoch = *epoch,
        Event::PolicyLoaded { version, digest } => state.policy = Some((*version, *digest)),
        Event::RunHeld { by, reason } => state.hold = Some((by.clone(), reason.clone())),
        Event::RunLifted { .. } => {
            state.hold = None;
            state.clock_held = false;
        }
        Event::ClockAnomaly { jump_ms, held } => {
            state.clock_held |= held;
            state.moved_ms = state.moved_ms.saturating_add(*jump_ms);
            state.shift_delays(*jump_ms);
        }
        Event::EvidenceBlocked { reason } => state.evidence_blocked = Some(reason.clone()),
        Event::EvidenceUnblocked {} => state.evidence_blocked = None,
        Event::AbortRequested { by, reason } => state.abort = Some((by.clone(), reason.clone())),
        Event::RunEnding { result } => {
            state.ending = Ending::Finishing(*result);
            state.active.clear();
            if let Some(finally) = state.plan.phases.iter().position(|phase| phase.finally) {
                state.active.insert(state.first_of(finally));
            }
        }
        Event::RunClosed { result, .. } => {
            state.ending = Ending::Closed(*result);
            state.active.clear();
            state.checkpoint = Some(state.next_seq);
        }
        Event::ChecklistOpened { .. } | Event::ItemTicked { .. } => {
            state.change(event, at, apply_to_checklist);
        }
        Event::GateReached { .. }
        | Event::ApprovalAccepted { .. }
        | Event::ApprovalRefused { .. }
        | Event::ApprovalVoided { .. }
        | Event::GateSatisfied { .. }
        | Event::GateRejected { .. }
        | Event::GateExpired { .. } => state.change(event, at, apply_to_gate),
        Event::AttemptStarted { .. }
        | Event::AttemptFailed { .. }
        | Event::AttemptLost { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::StepRetried { .. }
        | Event::StepAttested { .. }
        | Event::AttestationOffered { .. }
        | Event::WaitStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopStarted { .. }
        | Event::HardStopElapsed { .. } => state.change(event, at, apply_to_step),
        _ => {}
    }
    state.next_seq += 1;
    state.last = Some(at.clone());
}

/// When an event was written, and under which lease.
type Moment<'a> = (&'a Point, Epoch);

/// How one kind of step takes a fact.
type Fold = fn(&mut StepRecord, &Step, &Event, Moment<'_>);

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` routes only the events named here")]
fn apply_to_step(record: &mut StepRecord, _: &Step, event: &Event, (now, epoch): Moment<'_>) {
    match event {
        Event::AttemptStarted { attempt, command, deadline, .. } => {
            record.begin(*attempt, now);
            record.attempts_since_asked += 1;
            let (attempt, work, deadline) =
                (*attempt, Work::Command(command.clone()), Some(*deadline));
            record.state = StepState::Running { attempt, epoch, work, deadline };
        }
        Event::AttemptFailed { attempt, cause, artifacts, retry_at, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            match *retry_at {
                Some(retry_at) => record.state = StepState::Backoff { retry_at },
                None => record.fail(*attempt, cause.clone()),
            }
        }
        Event::AttemptLost { attempt, again, .. } => {
            // Nobody's fault: it does not use up one of the step's own attempts.
            record.attempts_since_asked = record.attempts_since_asked.saturating_sub(1);
            record.state =
                if *again { StepState::Pending } else { StepState::Unknown { attempt: *attempt } };
        }
        Event::BackoffElapsed { .. } => record.state = StepState::Pending,
        Event::StepSucceeded { attempt, outputs, artifacts, .. } => {
            record.outputs.clone_from(outputs);
            record.artifacts.extend(artifacts.iter().cloned());
            record.end(StepState::Succeeded { attempt: *attempt }, now);
        }
        Event::StepFailed { attempt, cause, .. } => record.fail(*attempt, cause.clone()),
        Event::StepSkipped { reason, .. } => {
            record.end(StepState::Skipped { reason: reason.clone() }, now);
        }
        Event::StepRetried { .. } => {
            record.attempts_since_asked = 0;
            record.attestation = None;
            record.state = StepState::Pending;
        }
        Event::StepAttested { by, second, reason, artifacts, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            record.attestation = None;
            let (by, second, reason) = (by.clone(), second.clone(), reason.clone());
            record.end(StepState::Attested { by, second, reason }, now);
        }
        Event::AttestationOffered { by, reason, artifacts, .. } => {
            let (by, reason, artifacts) = (by.clone(), reason.clone(), artifacts.clone());
            record.attestation = Some(Attestation { by, reason, artifacts });
        }
        Event::WaitStarted { since, due, .. } | Event::HardStopStarted { since, due, .. } => {
            record.begin(record.next_attempt, now);
            record.state = StepState::Delaying { since: *since, due: *due };
        }
        Event::WaitElapsed { .. } | Event::HardStopElapsed { .. } => {
            record.end(StepState::Succeeded { attempt: record.last_attempt() }, now);
        }
        _ => {}
    }
}

fn apply_to_checklist(record: &mut StepRecord, _: &Step, event: &Event, (now, _): Moment<'_>) {
    match (event, &mut record.state) {
        (Event::ChecklistOpened { attempt, items, deadline, .. }, _) => {
            record.begin(*attempt, now);
            record.state = StepState::Ticking {
                attempt: *attempt,
                items: items.clone(),
                answers: BTreeMap::new(),
                deadline: *deadline,
            };
        }
        (
            Event::ItemTicked { item, value, artifact, by, .. },
            StepState::Ticking { answers, .. },
        ) => {
            let answer = Ticked { value: value.clone(), by: by.clone(), at: now.at.wall };
            answers.insert(item.clone(), answer);
            record.artifacts.extend(artifact.iter().cloned());
        }
        _ => {}
    }
}

fn apply_to_gate(record: &mut StepRecord, step: &Step, event: &Event, (now, _): Moment<'_>) {
    match (event, &mut record.state) {
        (Event::GateReached { request, digest, binding, expires, .. }, _) => {
            record.begin(*request, now);
            record.state = StepState::Asking {
                request: *request,
                digest: *digest,
                binding: binding.clone(),
                votes: Vec::new(),
                refused: BTreeSet::new(),
                expires: *expires,
            };
        }
        (Event::ApprovalAccepted { by, .. }, StepState::Asking { votes, .. }) => {
            votes.push(Vote { by: by.clone(), at: now.at.wall });
        }
        (Event::ApprovalRefused { actor, reason, .. }, StepState::Asking { refused, .. }) => {
            refused.insert((actor.email.clone(), reason.clone()));
        }
        (Event::ApprovalVoided { .. }, _) => {
            record.ended = None;
            record.state = StepState::Pending;
        }
        (
            Event::GateSatisfied { request, valid_until, .. },
            StepState::Asking { binding, votes, .. },
        ) => {
            let (binding, votes) = (binding.clone(), std::mem::take(votes));
            let (request, valid_until) = (*request, *valid_until);
            record.end(StepState::Approved { request, binding, votes, valid_until }, now);
        }
        (Event::GateRejected { request, .. }, _) => record.fail(*request, Cause::Rejected),
        (Event::GateExpired { request, .. }, _) => {
            if let StepKind::Approval(approval) = &step.kind {
                record.fail(*request, expiry_cause(approval));
            }
        }
        _ => {}
    }
}

fn is_start(event: &Event) -> bool {
    matches!(
        event,
        Event::AttemptStarted { .. }
            | Event::ChecklistOpened { .. }
            | Event::GateReached { .. }
            | Event::WaitStarted { .. }
            | Event::HardStopStarted { .. }
    )
}

/// Whether this begins work, which is what an approval is for. A delay or another approval leaves
/// the approvals before it unused, so that they are looked at again when the work really starts.
fn is_work(event: &Event) -> bool {
    matches!(event, Event::AttemptStarted { .. } | Event::ChecklistOpened { .. })
}

/// Whether this ends an attempt that must not be repeated, so that its record should not wait.
fn ends_unrepeatable(step: &Step, event: &Event) -> bool {
    let ends = matches!(event, Event::AttemptFailed { .. } | Event::StepSucceeded { .. });
    ends && matches!(&step.kind, StepKind::Run(run) if !run.idempotent)
}

impl StepRecord {
    fn begin(&mut self, attempt: AttemptNo, now: &Point) {
        self.started = Some(now.clone());
        self.next_attempt = attempt.next();
        self.attestation = None;
    }

    fn end(&mut self, state: StepState, now: &Point) {
        self.ended = Some(now.clone());
        self.state = state;
    }

    fn fail(&mut self, attempt: AttemptNo, cause: Cause) {
        self.next_attempt = self.next_attempt.max(attempt.next());
        self.state = StepState::Failed { attempt, cause };
    }

    fn last_attempt(&self) -> AttemptNo {
        AttemptNo(self.next_attempt.0.saturating_sub(1))
    }
}

impl RunState {
    /// Lets `fold` change one step, and brings everything that depends on it up to date.
    fn change(&mut self, event: &Event, reading: &Reading, fold: Fold) {
        let Some(at) = event.step().and_then(|id| self.at(id)) else { return };
        let now = Point { at: reading.clone(), moved_ms: self.moved_ms };
        let plan = std::sync::Arc::clone(&self.plan);
        let (phase, place) = self.steps[at].at;
        let step = &plan.phases[phase].steps[place];
        fold(&mut self.steps[at], step, event, (&now, self.epoch));
        if let StepKind::Wait(delay) | StepKind::HardStop(delay) = &step.kind
            && is_start(event)
        {
            let anchor = if let Until::After { since, .. } = &delay.until { since } else { &None };
            self.steps[at].counts_from =
                anchor.as_ref().and_then(|anchor| self.point(anchor)).cloned();
        }
        if is_work(event) {
            self.use_approvals_before(at);
        }
        if ends_unrepeatable(step, event) {
            self.checkpoint = Some(self.next_seq);
        }
        self.refresh(at);
    }

    /// Puts the first step of a phase on the table if its turn has come.
    fn enter(&mut self, phase: usize) {
        let planned = &self.plan.phases[phase];
        if !planned.finally && !planned.steps.is_empty() && self.needs_over(phase) {
            let first = self.first_of(phase);
            if self.steps[first].state == StepState::Pending {
                self.active.insert(first);
            }
        }
    }

    /// Brings `active` up to date after the step at `at` changed.
    fn refresh(&mut self, at: usize) {
        let record = &self.steps[at];
        let (phase, place) = record.at;
        let step = self.planned(record);
        let passed = super::admission::is_passed(&record.state, step);
        let unused = matches!(record.state, StepState::Approved { .. });
        if !passed || unused {
            self.active.insert(at);
        } else {
            self.active.remove(&at);
        }
        if !passed {
            return;
        }
        let in_phase = self.plan.phases[phase].steps.len();
        if place + 1 < in_phase && self.steps[at + 1].state == StepState::Pending {
            self.active.insert(at + 1);
        }
        // Not only after the last step: an earlier one whose failure was tolerated may be tried
        // again after it.
        if self.ending == Ending::Working && self.is_phase_over(phase) {
            for next in 0..self.plan.phases.len() {
                self.enter(next);
            }
        }
    }

    /// An approval is used once something it opens has started; from then on it stays used.
    fn use_approvals_before(&mut self, at: usize) {
        let used: Vec<usize> =
            self.active.iter().copied().filter(|&gate| self.is_before(gate, at)).collect();
        for gate in used {
            if let StepState::Approved { request, .. } = self.steps[gate].state {
                self.steps[gate].state = StepState::Succeeded { attempt: request };
                self.active.remove(&gate);
            }
        }
    }

    /// Moves running delays with a clock that was moved, so that the time that really passes
    /// stays what the runbook asks for. A delay until an instant follows the wall clock.
    fn shift_delays(&mut self, jump_ms: i64) {
        for &at in &self.active {
            let (phase, place) = self.steps[at].at;
            let (StepKind::Wait(delay) | StepKind::HardStop(delay)) =
                &self.plan.phases[phase].steps[place].kind
            else {
                continue;
            };
            if let (StepState::Delaying { due, .. }, Until::After { .. }) =
                (&mut self.steps[at].state, &delay.until)
            {
                *due = Timestamp::from_millis(due.as_millis().saturating_add(jump_ms));
            }
        }
    }
}
