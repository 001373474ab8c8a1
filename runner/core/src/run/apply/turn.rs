//! Whose turn it is after a fact.

use super::again;
use crate::{
    event::{Event, OpenItem},
    ids::Epoch,
    model::{Part, Step, StepKind, Until},
    run::{
        Ending, RunState, StepState,
        admission::is_tolerated,
        step_state::{Caller, Locks, Point, Role, StepRecord},
        tree,
    },
    step::verbs::must_leave_evidence,
    time::{Reading, Timestamp},
};

/// When an event was written, under which lease, and as which line.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) now: &'a Point,
    pub(super) epoch: Epoch,
    pub(super) seq: u64,
}

/// How one kind of step takes a fact.
pub(super) type Fold = fn(&mut StepRecord, &Step, &Event, Moment<'_>);

fn is_delay_start(event: &Event) -> bool {
    matches!(
        event,
        Event::WaitStarted { .. } | Event::HardStopStarted { .. } | Event::DelayMoved { .. }
    )
}

/// Whether this begins work, which is what an approval is for. A delay or another approval leaves
/// the approvals before it unused, so that they are looked at again when the work really starts.
fn is_work(event: &Event) -> bool {
    matches!(
        event,
        Event::AttemptStarted { .. }
            | Event::CallStarted { .. }
            | Event::ChildStarted { .. }
            | Event::ChecklistOpened { .. }
    )
}

/// Whether this ends an attempt that must not be repeated, so that its record should not wait.
fn ends_unrepeatable(step: &Step, event: &Event) -> bool {
    let ends = matches!(event, Event::AttemptFailed { .. } | Event::StepSucceeded { .. });
    ends && step.kind.is_work() && !step.kind.tries().is_some_and(|tries| tries.idempotent)
}

/// Whether a step that must leave evidence ends with this: what follows it waits for its record.
fn ends_with_evidence(step: &Step, event: &Event) -> bool {
    let ends = matches!(event, Event::StepSucceeded { .. } | Event::StepAttested { .. });
    ends && must_leave_evidence(step)
}

impl RunState {
    /// Lets `fold` change one step, and brings everything that depends on it up to date.
    pub(super) fn change(&mut self, event: &Event, reading: &Reading, fold: Fold) {
        let Some(at) = event.step().and_then(|id| self.at(id)) else { return };
        let now = Point { at: reading.clone(), moved_ms: self.moved_ms };
        let moment = Moment { now: &now, epoch: self.epoch, seq: self.next_seq };
        let plan = std::sync::Arc::clone(&self.plan);
        let step = tree::planned(&plan, self.record(at));
        fold(&mut self.tree.records[at], step, event, moment);
        if is_delay_start(event) {
            let counts_from = crate::step::delay::counts_from(self, at).cloned();
            self.tree.records[at].counts_from = counts_from;
        }
        if let Event::ItemsListed { items, .. } = event {
            self.tree.list(&plan, &std::sync::Arc::clone(&self.layout), at, items);
        }
        if let Some(goes_on) = self.goes_on(event, at) {
            again::reopen(self, goes_on);
            // What was forgiven may have left the table.
            let is_open =
                |&above: &usize| matches!(self.record(above).state, StepState::Open { .. });
            let around: Vec<usize> = self.around(at).filter(is_open).collect();
            self.active.extend(around);
        }
        if let Event::RemedyStarted { steps, .. } = event {
            self.remedy(at, steps);
        }
        self.ask_again(event);
        if is_work(event) {
            self.use_approvals_before(at);
        }
        if ends_unrepeatable(step, event) {
            self.checkpoint = Some(self.next_seq);
        }
        if ends_with_evidence(step, event) {
            self.evidence_due = Some(self.next_seq);
        }
        self.refresh(at);
    }

    /// What goes on although what is around it may be over: a step that is tried again, an approval
    /// that is to be asked for anew, the rest of an item whose failure was forgiven and is settled
    /// now.
    fn goes_on(&self, event: &Event, at: usize) -> Option<usize> {
        let is_open_item = |&above: &usize| {
            let record = self.record(above);
            record.role == Role::Item && matches!(record.state, StepState::Open { .. })
        };
        if matches!(event, Event::StepRetried { .. } | Event::ApprovalVoided { .. }) {
            return Some(at);
        }
        matches!(event, Event::StepSkipped { .. } | Event::StepAttested { .. })
            .then(|| self.around(at).find(is_open_item))
            .flatten()
    }

    /// What was waived is what was open then: what comes anew is open anew.
    fn ask_again(&mut self, event: &Event) {
        if let Event::StepRetried { step, .. } = event {
            self.waived.remove(&OpenItem::Failed { step: step.clone() });
        }
        if let Event::GlassBroken { step, .. } = event {
            self.waived.remove(&OpenItem::Review { step: step.clone() });
        }
    }

    /// Calls the steps that run because the one at `owner` failed, each from its beginning, however
    /// often they ran before.
    fn remedy(&mut self, owner: usize, steps: &[crate::ids::StepId]) {
        let called: Vec<usize> = steps.iter().filter_map(|id| self.at(id)).collect();
        for &at in &called {
            self.tree.records[at].called = Some(Caller::Failure(owner));
            for at in self.tree.below(at) {
                let record = &mut self.tree.records[at];
                record.state = StepState::Pending;
                record.attempts_since_asked = 0;
            }
        }
        self.tree.records[owner].remedy = called;
        self.call_next(Caller::Failure(owner));
    }

    /// Puts the next step of a list on the table.
    pub(super) fn call_next(&mut self, caller: Caller) {
        let list = match caller {
            Caller::Backout => &self.backout,
            Caller::Failure(owner) => &self.tree.records[owner].remedy,
        };
        if let Some(next) = list.iter().copied().find(|&at| !self.is_passed(at)) {
            self.resume(next);
        }
    }

    /// Puts a step on the table, and whatever is not over in it: a block whose `always` was under
    /// way when the run was cut short goes on where it stood.
    fn resume(&mut self, at: usize) {
        self.active.insert(at);
        for at in self.tree.below(at) {
            let state = &self.record(at).state;
            if *state != StepState::Pending && !self.is_passed(at) {
                self.active.insert(at);
            }
            if let StepState::Open { part, .. } = self.record(at).state {
                self.open_part(at, part);
            }
        }
    }

    /// Puts the first steps of a phase on the table if its turn has come.
    pub(super) fn enter(&mut self, phase: usize) {
        let planned = &self.plan.phases[phase];
        if planned.finally || planned.on_abort || !self.needs_over(phase) {
            return;
        }
        let stands = |at: &&usize| !self.planned(self.record(**at)).backout;
        if let Some(&first) = self.tree.roots[phase].iter().find(stands)
            && self.record(first).state == StepState::Pending
        {
            self.active.insert(first);
        }
    }

    /// Puts the next step of `finally` on the table.
    pub(super) fn finish(&mut self) {
        if let Some(finally) = self.plan.phases.iter().position(|phase| phase.finally)
            && let Some(&first) = self.tree.roots[finally].first()
        {
            self.next_in_line(first);
        }
    }

    /// Brings `active` up to date after the step at `at` changed.
    pub(super) fn refresh(&mut self, at: usize) {
        let passed = self.is_passed(at);
        let record = &self.tree.records[at];
        let unused = matches!(record.state, StepState::Approved { .. });
        let locked = record.locks != Locks::None;
        let open = if let StepState::Open { part, .. } = record.state { Some(part) } else { None };
        // What was forgiven may be tried again, and then its composite has to go on.
        if !passed || unused || locked || open.is_some() {
            self.active.insert(at);
        } else {
            self.active.remove(&at);
        }
        if let Some(part) = open {
            self.open_part(at, part);
        }
        let above: Vec<usize> = self.tree.above(at).collect();
        if let Some(&fan) = above.iter().find(|&&above| self.record(above).role == Role::Fan) {
            self.open_part(fan, Part::Steps);
        }
        if passed {
            self.go_on_after(at);
        }
        // What failed within what its fan-out allows lets others go on.
        for above in above {
            if self.record(above).role != Role::Item {
                continue;
            }
            if self.is_passed(above) {
                self.go_on_after(above);
            }
        }
    }

    /// Puts what may start in a part of an open composite on the table.
    fn open_part(&mut self, at: usize, part: Part) {
        let record = self.record(at);
        if !matches!(record.state, StepState::Open { .. }) {
            return;
        }
        let stands = |&&child: &&usize| {
            let child = self.record(child);
            child.part == part && child.state == StepState::Pending && !self.planned(child).backout
        };
        let pending = record.children.iter().filter(stands).copied();
        let next: Vec<usize> = if part == Part::Restore {
            self.restores(Some(at)).take(1).collect()
        } else if record.role == Role::Fan {
            let room = if self.is_exceeded(at) { 0 } else { self.room(at) };
            pending.take(room).collect()
        } else if self.is_block(at) {
            let first = record.children.iter().copied().find(|&child| {
                let record = self.record(child);
                record.part == part && !self.planned(record).backout && !self.is_passed(child)
            });
            first.into_iter().filter(|&at| self.record(at).state == StepState::Pending).collect()
        } else {
            pending.collect()
        };
        self.active.extend(next);
    }

    /// Puts what comes after a passed step on the table.
    fn go_on_after(&mut self, at: usize) {
        if let Some(caller) = self.record(at).called {
            self.call_next(caller);
            self.go_on_after_remedied(at);
        }
        self.next_in_line(at);
        let around = if self.record(at).part == Part::Restore {
            self.record(at).parent.and_then(|owner| self.restoring_block(owner))
        } else {
            self.record(at).parent
        };
        if let Some(around) = around
            && let StepState::Open { part, .. } = self.record(around).state
        {
            self.open_part(around, part);
        }
        let phase = self.record(at).at.0;
        // Not only after the last step: an earlier one whose failure was tolerated may be tried
        // again after it.
        if self.record(at).parent.is_none()
            && self.ending == Ending::Working
            && self.is_phase_over(phase)
        {
            for next in 0..self.plan.phases.len() {
                self.enter(next);
            }
        }
    }

    /// Those for whose failure the step at `at` is the remedy may be tolerated from now on.
    fn go_on_after_remedied(&mut self, at: usize) {
        let remedied = |owner: &usize| {
            let is_remedy = self.record(*owner).remedy.contains(&at);
            is_remedy && is_tolerated(self, *owner)
        };
        for owner in (0..self.tree.records.len()).filter(remedied).collect::<Vec<_>>() {
            self.refresh(owner);
        }
    }

    /// Puts the first step that is not passed, of those that go one after the other with the one
    /// at `at`, on the table. What comes right after it may have been passed before.
    fn next_in_line(&mut self, at: usize) {
        let next = self
            .tree
            .sequence(&self.plan, at)
            .and_then(|mut siblings| siblings.find(|&other| !self.is_passed(other)));
        if let Some(next) = next
            && self.record(next).state == StepState::Pending
        {
            self.active.insert(next);
        }
    }

    /// Puts a step that is to be done again on the table, or what comes before it.
    pub(super) fn put_back(&mut self, at: usize) {
        if let Some(caller) = self.record(at).called {
            return self.call_next(caller);
        }
        match self.record(at).parent {
            None => self.next_in_line(at),
            Some(parent) => {
                if let StepState::Open { part, .. } = self.record(parent).state {
                    self.active.insert(parent);
                    self.open_part(parent, part);
                }
            }
        }
    }

    /// An approval is used once something it opens has started; from then on it stays used.
    fn use_approvals_before(&mut self, at: usize) {
        let used: Vec<usize> =
            self.active.iter().copied().filter(|&gate| self.is_before(gate, at)).collect();
        for gate in used {
            if let StepState::Approved { request, .. } = self.record(gate).state {
                self.tree.records[gate].state = StepState::Succeeded { attempt: request };
                if self.record(gate).locks == Locks::None {
                    self.active.remove(&gate);
                }
            }
        }
    }

    /// Moves running delays with a clock that was moved, so that the time that really passes
    /// stays what the runbook asks for. A delay until an instant follows the wall clock.
    pub(super) fn shift_delays(&mut self, jump_ms: i64) {
        for &at in &self.active {
            let (phase, place) = self.tree.records[at].at;
            let (StepKind::Wait(delay) | StepKind::HardStop(delay)) =
                &self.plan.phases[phase].steps[place].kind
            else {
                continue;
            };
            if let (StepState::Delaying { due, .. }, Until::After { .. }) =
                (&mut self.tree.records[at].state, &delay.until)
            {
                *due = Timestamp::from_millis(due.as_millis().saturating_add(jump_ms));
            }
        }
    }
}
