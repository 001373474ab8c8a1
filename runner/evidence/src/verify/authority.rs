//! L4: nothing happened out of turn, and nobody did what they were not entitled to.
//!
//! The journal is folded with [`apply`], and each event is held against the state before it: by the
//! rules here and in [`gates`] and [`delays`], which are written a second time on purpose, and by
//! what the core itself says of the course of the run ([`Course`]).

use std::{collections::BTreeMap, fmt, sync::Arc};

use hardstop_core::{
    calendar::zones_version,
    event::{Entry, Event, SkipReason, VoidReason},
    header::{Header, Inputs},
    ids::{Digest, StepId},
    model::{Plan, Step, StepKind},
    policy::{By, Policy, Verb},
    run::{Blocked, Context, Placed, RunState, apply, may_start},
};

use super::{
    Finding, Report, completeness, course::Course, delays, folder::Folder, gates, ids, ids::Id,
    journal, work,
};
use crate::request::Request;

/// All that a journal is held against.
pub(super) struct Case<'a> {
    pub(super) folder: &'a Folder<'a>,
    pub(super) header: Arc<Header>,
    pub(super) plan: Arc<Plan>,
    pub(super) inputs: Arc<Inputs>,
    /// Every policy whose text is kept, by the digest of that text.
    pub(super) policies: BTreeMap<Digest, Policy>,
    /// The plans of later commits, by their digest.
    pub(super) plans: BTreeMap<Digest, Arc<Plan>>,
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
    /// Whether the run is without a finding so far, and all of it could be checked. What follows
    /// from a lie is not another one.
    sound: bool,
}

/// Replays the journal and reports everything that should not have happened.
///
/// * Returns the state at its end.
pub(super) fn check(case: &Case<'_>, entries: &[Entry], report: &mut Report) -> RunState {
    let (header, plan) = (Arc::clone(&case.header), Arc::clone(&case.plan));
    let mut state =
        RunState::new(header, plan, Arc::clone(&case.inputs)).with_revisions(case.plans.clone());
    let mut course = Course::default();
    let run = Some(case.folder.run);
    let is_lie = |finding: &Finding| finding.run.as_ref() == run && finding.id >= ids::CHAIN;
    let mut sound = !report.findings.iter().any(is_lie);
    for (at, entry) in entries.iter().enumerate() {
        let told = |report: &Report| report.findings.len() + report.not_checked.len();
        let before = told(report);
        let scene = Scene { case, state: &state, past: &entries[..at], entry, sound };
        scene.check(report);
        course.follow(&scene, sound && told(report) == before, report);
        sound &= told(report) == before;
        apply(&mut state, &entry.event, &entry.at);
    }
    state
}

impl Scene<'_> {
    /// Says what is wrong, unless that cannot be known: laws change the rules of zones, so another
    /// release of them may come to other windows and working hours.
    pub(super) fn find(&self, id: Id, message: impl fmt::Display, report: &mut Report) {
        let by_calendar = id == ids::WINDOW
            || matches!(self.entry.event, Event::GateReminded { .. } | Event::GateEscalated { .. });
        if let Some(zones) = self.case.header.other_zones().filter(|_| by_calendar) {
            let (run, place) = (self.case.folder.run.short(), journal::place(self.entry));
            report.not_checked.push(format!(
                "run {run} {place}: {message}; it was opened with the time zones of {zones} and \
                 these are of {}: verify it with a release that has those of {zones}",
                zones_version()
            ));
            return;
        }
        report.find(id, Some(self.case.folder.run), journal::place(self.entry), message);
    }

    /// The policy in force, that of a policy that comes into force with this event included;
    /// `None` if its text is not kept, which is reported where it is loaded.
    pub(super) fn policy(&self) -> Option<&Policy> {
        let now = self.state.policy().map_or(self.case.header.policy.digest, |(_, it)| it);
        let loaded = if let Event::PolicyLoaded { digest, .. } = self.entry.event {
            Some(digest)
        } else {
            None
        };
        let digest = loaded.unwrap_or(now);
        self.case.policies.get(&digest)
    }

    /// The plan in force.
    pub(super) fn plan(&self) -> &Plan {
        self.state.plan()
    }

    /// What the plan says of a step of the run. A step of a fan-out's items is one only once they
    /// are listed.
    pub(super) fn planned(&self, id: &StepId) -> Option<&Step> {
        self.state.template(id)
    }

    fn check(&self, report: &mut Report) {
        self.check_course(report);
        self.check_people(report);
        work::check(self, report);
    }

    /// What began, ended and came into force.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is for `Course`, by name")]
    fn check_course(&self, report: &mut Report) {
        match &self.entry.event {
            Event::RunOpened { .. } => self.opened(report),
            Event::PolicyLoaded { version, digest, .. } => {
                self.policy_loaded(*version, *digest, report);
            }
            Event::LeaseAcquired { epoch, .. } if *epoch != self.entry.epoch => {
                self.find(ids::EPOCH, "a lease with another number than its line", report);
            }
            Event::AttemptStarted { step, .. }
            | Event::CallStarted { step, .. }
            | Event::ChildStarted { step, .. }
            | Event::BlockEntered { step, .. }
            | Event::ItemsListed { step, .. }
            | Event::ChecklistOpened { step, .. } => self.began(step, report),
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
            Event::GlassBroken { step, .. } => delays::broken(self, step, report),
            Event::StepSucceeded { step, .. } => completeness::succeeded(self, step, report),
            Event::RunRebased { plan, .. } => self.rebased(*plan, report),
            Event::RunClosed { .. } => work::outputs(self, report),
            _ => {}
        }
    }

    /// What people did, and whether they might.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nobody did the rest")]
    fn check_people(&self, report: &mut Report) {
        match &self.entry.event {
            Event::ApprovalAccepted { .. }
            | Event::ApprovalWithdrawn { .. }
            | Event::GateSatisfied { .. }
            | Event::GateRejected { .. } => gates::answered(self, report),
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
            Event::ItemReopened { by, .. } => self.entitled(Verb::Tick, by, report),
            Event::RunHeld { by, .. } | Event::RunLifted { by, .. } => {
                self.entitled(Verb::Hold, by, report);
            }
            Event::AbortRequested { by, .. } => self.entitled(Verb::Abort, by, report),
            Event::StepRerun { by, .. } => self.entitled(Verb::Rerun, by, report),
            Event::RunRebased { by, .. } => self.entitled(Verb::Rebase, by, report),
            Event::GlassAsked { step, by, .. } => {
                self.entitled(Verb::BreakGlass, by, report);
                delays::glass_asked(self, step, by, report);
            }
            Event::GlassReviewed { step, by, .. } => {
                self.entitled(Verb::Approve, by, report);
                delays::reviewed(self, step, by, report);
            }
            Event::ItemWaived { by, .. } => self.entitled(Verb::Waive, by, report),
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
        let revocation =
            self.policy().and_then(|it| it.revocation(self.plan(), self.state.pinned()));
        if let Some(revocation) = revocation {
            self.find(ids::HELD, revocation, report);
        }
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
        match policy.authorise(self.plan(), verb, &by.actor) {
            Ok(known) if known == *by => {}
            Ok(known) => {
                let message = format!("`{by}` is `{}` under the policy in force", known.person);
                self.find(ids::ENTITLED, message, report);
            }
            Err(reason) => self.find(ids::ENTITLED, reason, report),
        }
    }

    /// A newer commit: its plan is kept, and is the one that was recorded.
    fn rebased(&self, plan: Digest, report: &mut Report) {
        if !self.case.plans.contains_key(&plan) {
            self.find(ids::PINNED, "the plan it goes on with is not kept", report);
        }
    }

    /// Whether the step's turn had come, and all that it needs to begin was there.
    fn began(&self, id: &StepId, report: &mut Report) {
        let Some(step) = self.planned(id) else {
            return self.find(ids::ORDER, format!("the run has no step `{id}`"), report);
        };
        let approvals = |gate: &Placed<'_>| matches!(gate.step.kind, StepKind::Approval(_));
        for gate in self.state.active().filter(|gate| self.state.precedes(gate.id, id)) {
            gates::used(self, &gate, report);
        }
        if !work::is_locked(self, id, step) {
            self.find(ids::LOCK, format!("`{id}` began without its locks"), report);
        }
        let Some(policy) = self.policy() else { return };
        let Err(blocked) = may_start(self.state, id, &Context { now: &self.entry.at, policy })
        else {
            return;
        };
        let (kind, why) = match blocked {
            Blocked::NotPending => {
                (ids::ORDER, format!("`{id}` began although it had begun before"))
            }
            Blocked::RunNotWorking => {
                (ids::ORDER, format!("`{id}` began when the run was not at it"))
            }
            Blocked::NotItsTurn => {
                let open = |gate: &Placed<'_>| !gate.state.is_settled();
                let mut shut = self.state.steps().filter(approvals).filter(open);
                match shut.find(|gate| self.state.precedes(gate.id, id)) {
                    Some(gate) => (
                        ids::GATE,
                        format!("`{id}` went past `{}`, which was not approved", gate.id),
                    ),
                    None => (ids::ORDER, format!("`{id}` began before its turn")),
                }
            }
            Blocked::Held => (ids::HELD, format!("`{id}` began while the run was held")),
            Blocked::Queued => {
                (ids::LOCK, format!("`{id}` began before the run's turn in its group"))
            }
            Blocked::Locks => (ids::LOCK, format!("`{id}` began without its locks")),
            Blocked::Window { because, .. } => {
                (ids::WINDOW, format!("`{id}` began although {because}"))
            }
            // `gates` has said what it makes of it; this is what follows.
            Blocked::Void { .. } if !self.sound => return,
            Blocked::Void { approval, reason } => {
                let kind = match reason {
                    VoidReason::Changed { .. } => ids::BINDING,
                    VoidReason::Expired => ids::EXPIRED,
                    VoidReason::Entitlement { .. } => ids::ENTITLED,
                };
                (kind, format!("`{id}` began although `{approval}` was void: {reason:?}"))
            }
        };
        self.find(kind, why, report);
    }

    fn skipped(&self, id: &StepId, reason: &SkipReason, report: &mut Report) {
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
                // A composite has no condition of its own where all in it was skipped by theirs.
                let planned = self.planned(id).and_then(|step| step.condition.as_ref());
                if planned != Some(condition) && !self.state.is_fan(id) {
                    let message = format!("`{id}` was skipped by a condition it does not have");
                    self.find(ids::ORDER, message, report);
                }
            }
        }
    }

    fn attested(&self, id: &StepId, by: &By, second: Option<&By>, report: &mut Report) {
        match self.planned(id).map(|step| &step.kind) {
            Some(StepKind::Approval(_)) => {
                self.find(ids::GATE, format!("approval `{id}` was attested"), report);
            }
            Some(StepKind::Wait(_) | StepKind::HardStop(_)) => {
                self.find(ids::DELAY, format!("delay `{id}` was attested"), report);
            }
            Some(
                StepKind::Run(_)
                | StepKind::Uses(_)
                | StepKind::Runbook(_)
                | StepKind::Checklist(_)
                | StepKind::Block
                | StepKind::Parallel,
            )
            | None => {}
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
