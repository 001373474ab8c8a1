//! L4: nothing happened out of turn, and nobody did what they were not entitled to.
//!
//! The journal is folded with [`apply`], and each event is held against the state before it. The
//! rules are written here a second time on purpose: they are not those of the program that wrote
//! the journal.

use std::{collections::BTreeMap, fmt, sync::Arc};

use hardstop_core::{
    event::{Entry, Event, SkipReason},
    header::{Header, Inputs},
    ids::{Digest, StepId},
    model::{OnFailure, Plan, Step, StepKind},
    policy::{By, Policy, Verb},
    run::{RunState, StepState, apply},
};

use super::{Report, completeness, delays, folder::Folder, gates, ids, ids::Id, journal};
use crate::request::Request;

/// All that a journal is held against.
pub(super) struct Case<'a> {
    pub(super) folder: &'a Folder<'a>,
    pub(super) header: Arc<Header>,
    pub(super) plan: Arc<Plan>,
    pub(super) inputs: Arc<Inputs>,
    /// Every policy whose text is kept, by the digest of that text.
    pub(super) policies: BTreeMap<Digest, Policy>,
    /// Every request file, by its path in the run's folder.
    pub(super) requests: BTreeMap<String, (Digest, Request)>,
}

/// One event in its place.
pub(super) struct Scene<'a> {
    pub(super) case: &'a Case<'a>,
    /// The state before the event.
    pub(super) state: &'a RunState,
    /// The events before it.
    pub(super) past: &'a [Entry],
    pub(super) entry: &'a Entry,
}

/// Replays the journal and reports everything that should not have happened.
///
/// * Returns the state at its end.
pub(super) fn check(case: &Case<'_>, entries: &[Entry], report: &mut Report) -> RunState {
    let (header, plan) = (Arc::clone(&case.header), Arc::clone(&case.plan));
    let mut state = RunState::new(header, plan, Arc::clone(&case.inputs));
    for (at, entry) in entries.iter().enumerate() {
        Scene { case, state: &state, past: &entries[..at], entry }.check(report);
        apply(&mut state, &entry.event, &entry.at);
    }
    state
}

impl Scene<'_> {
    pub(super) fn find(&self, id: Id, message: impl fmt::Display, report: &mut Report) {
        report.find(id, Some(self.case.folder.run), journal::place(self.entry), message);
    }

    /// The policy in force; `None` if its text is not kept, which is reported where it is loaded.
    pub(super) fn policy(&self) -> Option<&Policy> {
        let digest = self.state.policy().map_or(self.case.header.policy.digest, |(_, it)| it);
        self.case.policies.get(&digest)
    }

    pub(super) fn planned(&self, id: &StepId) -> Option<&Step> {
        self.case.plan.step(id)
    }

    fn check(&self, report: &mut Report) {
        match &self.entry.event {
            Event::RunOpened { .. } => self.opened(report),
            Event::PolicyLoaded { version, digest } => {
                self.policy_loaded(*version, *digest, report);
            }
            Event::LeaseAcquired { epoch, .. } => {
                if *epoch != self.entry.epoch {
                    self.find(ids::EPOCH, "a lease with another number than its line", report);
                }
            }
            Event::AttemptStarted { step, .. } | Event::ChecklistOpened { step, .. } => {
                self.began(step, report);
            }
            Event::GateReached { step, .. } => {
                self.began(step, report);
                gates::reached(self, report);
            }
            Event::WaitStarted { step, since, due }
            | Event::HardStopStarted { step, since, due } => {
                self.began(step, report);
                delays::began(self, step, (*since, *due), report);
            }
            Event::WaitElapsed { step } | Event::HardStopElapsed { step } => {
                delays::elapsed(self, step, report);
            }
            Event::ApprovalAccepted { .. }
            | Event::GateSatisfied { .. }
            | Event::GateRejected { .. } => gates::answered(self, report),
            Event::StepSucceeded { step, .. } => completeness::succeeded(self, step, report),
            Event::StepSkipped { step, reason } => self.skipped(step, reason, report),
            Event::StepAttested { step, by, second, .. } => {
                self.attested(step, by, second.as_ref(), report);
            }
            Event::AttestationOffered { by, .. } => self.entitled(Verb::Attest, by, report),
            Event::StepRetried { by, .. } => self.entitled(Verb::Retry, by, report),
            Event::ItemTicked { by, .. } => {
                self.entitled(Verb::Tick, by, report);
                completeness::ticked(self, report);
            }
            Event::RunHeld { by, .. } | Event::RunLifted { by, .. } => {
                self.entitled(Verb::Hold, by, report);
            }
            Event::AbortRequested { by, .. } => self.entitled(Verb::Abort, by, report),
            Event::AttemptFailed { .. }
            | Event::AttemptLost { .. }
            | Event::BackoffElapsed { .. }
            | Event::StepFailed { .. }
            | Event::ApprovalRefused { .. }
            | Event::ApprovalVoided { .. }
            | Event::GateExpired { .. }
            | Event::ClockAnomaly { .. }
            | Event::EvidenceBlocked { .. }
            | Event::EvidenceUnblocked {}
            | Event::RunEnding { .. }
            | Event::RunClosed { .. } => {}
            _ => {}
        }
    }

    fn opened(&self, report: &mut Report) {
        let Event::RunOpened { runbook, plan, inputs, by, .. } = &self.entry.event else { return };
        let header = &self.case.header;
        if self.entry.seq != 0 {
            self.find(ids::ORDER, "a run is opened once, first", report);
        }
        if (runbook, plan, inputs) != (&header.runbook.id, &header.plan, &header.inputs) {
            self.find(ids::PINNED, "it opens something else than `run.json` says", report);
        }
        self.entitled(Verb::Start, by, report);
    }

    fn policy_loaded(&self, version: u64, digest: Digest, report: &mut Report) {
        let first = &self.case.header.policy;
        let (seen, text) = self.state.policy().unwrap_or((first.version, first.digest));
        if version < seen || version == seen && digest != text {
            let message = format!("policy version {version} after version {seen}");
            self.find(ids::POLICY_BACK, message, report);
        }
        match self.case.policies.get(&digest) {
            Some(policy) if policy.version == version => {}
            Some(_) => self.find(ids::PINNED, "the policy's text has another version", report),
            None => self.find(ids::PINNED, "the policy's text is not kept", report),
        }
    }

    /// Whether `by` may use `verb` under the policy in force.
    pub(super) fn entitled(&self, verb: Verb, by: &By, report: &mut Report) {
        let Some(policy) = self.policy() else { return };
        match policy.authorise(&self.case.plan, verb, &by.actor) {
            Ok(known) if known == *by => {}
            Ok(known) => {
                let message = format!("`{by}` is `{}` under the policy in force", known.person);
                self.find(ids::ENTITLED, message, report);
            }
            Err(reason) => self.find(ids::ENTITLED, reason, report),
        }
    }

    /// Whether the step's turn had come.
    fn began(&self, id: &StepId, report: &mut Report) {
        self.in_turn(id, report);
        if self.state.step(id).is_some_and(|state| *state != StepState::Pending) {
            self.find(ids::ORDER, format!("`{id}` began although it had begun before"), report);
        }
        for (gate, state) in self.before(id) {
            gates::used(self, gate, state, report);
        }
    }

    fn in_turn(&self, id: &StepId, report: &mut Report) {
        if self.planned(id).is_none() {
            self.find(ids::ORDER, format!("the plan has no step `{id}`"), report);
        }
        for (step, _) in self.before(id).filter(|(step, state)| !is_passed(step, state)) {
            if matches!(step.kind, StepKind::Approval(_)) {
                let message = format!("`{id}` went past `{}`, which was not approved", step.id);
                self.find(ids::GATE, message, report);
            } else {
                self.find(ids::ORDER, format!("`{id}` went before `{}` was over", step.id), report);
            }
        }
    }

    /// The steps that must be over before `id` may begin: those above it in its phase, and all of
    /// the phases its phase needs.
    fn before(&self, id: &StepId) -> impl Iterator<Item = (&Step, &StepState)> {
        let phases = &self.case.plan.phases;
        let own = phases.iter().position(|phase| phase.steps.iter().any(|step| step.id == *id));
        let needed = needed_by(&self.case.plan, own);
        let above = own
            .into_iter()
            .flat_map(move |at| phases[at].steps.iter().take_while(move |step| step.id != *id));
        let below = needed.into_iter().flat_map(move |at| phases[at].steps.iter());
        above.chain(below).filter_map(|step| Some((step, self.state.step(&step.id)?)))
    }

    fn skipped(&self, id: &StepId, reason: &SkipReason, report: &mut Report) {
        self.in_turn(id, report);
        let kind = self.planned(id).map(|step| &step.kind);
        match (reason, kind) {
            (SkipReason::Person { .. }, Some(StepKind::Approval(_))) => {
                self.find(ids::GATE, format!("approval `{id}` was skipped"), report);
            }
            (SkipReason::Person { .. }, Some(StepKind::HardStop(_))) => {
                self.find(ids::DELAY, format!("hard stop `{id}` was skipped"), report);
            }
            (SkipReason::Person { by, .. }, _) => self.entitled(Verb::Skip, by, report),
            (SkipReason::Condition { condition }, _) => {
                let planned = self.planned(id).and_then(|step| step.condition.as_ref());
                if planned != Some(condition) {
                    let message = format!("`{id}` was skipped by a condition it does not have");
                    self.find(ids::ORDER, message, report);
                }
            }
        }
    }

    fn attested(&self, id: &StepId, by: &By, second: Option<&By>, report: &mut Report) {
        self.in_turn(id, report);
        match self.planned(id).map(|step| &step.kind) {
            Some(StepKind::Approval(_)) => {
                self.find(ids::GATE, format!("approval `{id}` was attested"), report);
            }
            Some(StepKind::Wait(_) | StepKind::HardStop(_)) => {
                self.find(ids::DELAY, format!("delay `{id}` was attested"), report);
            }
            _ => {}
        }
        self.entitled(Verb::Attest, by, report);
        match second {
            Some(second) if second.person == by.person => {
                self.find(ids::DISTINCT, format!("`{by}` confirmed their own word"), report);
            }
            Some(second) => self.entitled(Verb::Attest, second, report),
            None if self.policy().is_some_and(|policy| !policy.is_solo()) => {
                self.find(ids::DISTINCT, "nobody confirmed it", report);
            }
            None => {}
        }
    }
}

/// Whether what comes after a step may go on. A gate that failed stays shut.
fn is_passed(step: &Step, state: &StepState) -> bool {
    let is_gate = matches!(step.kind, StepKind::Approval(_) | StepKind::HardStop(_));
    let tolerated = step.on_failure == OnFailure::Continue && !is_gate;
    state.is_settled() || tolerated && matches!(state, StepState::Failed { .. })
}

/// The phases that phase `own` needs, directly or through others.
fn needed_by(plan: &Plan, own: Option<usize>) -> Vec<usize> {
    let mut needed = Vec::new();
    let mut open: Vec<usize> = own.into_iter().collect();
    while let Some(at) = open.pop() {
        for (other, phase) in plan.phases.iter().enumerate() {
            if plan.phases[at].needs.contains(&phase.id) && !needed.contains(&other) {
                needed.push(other);
                open.push(other);
            }
        }
    }
    needed
}
