//! What the passing of time means for a request: deferred yeses, reminders, escalation, its end.
//!
//! Every instant is computed from the request's beginning, so a crash or an outage neither loses
//! nor repeats any of them. What fell into an outage is told once, with the last number.

use super::{quorum::enough, void::void_reason};
use crate::{
    event::{Cause, Event},
    ids::{AttemptNo, StepId},
    model::{Approval, OnTimeout, StepKind},
    run::{Context, RunState, StepState, Vote},
    time::{Millis, Timestamp},
};

/// What the passing of time means for a request or an unused approval.
pub(crate) fn wake(state: &RunState, at: usize, context: &Context<'_>) -> Vec<Event> {
    let record = state.record(at);
    let StepKind::Approval(approval) = &state.planned(record).kind else { return Vec::new() };
    let (StepState::Asking { request, .. } | StepState::Approved { request, .. }) = record.state
    else {
        return Vec::new();
    };
    let (step, now) = (record.id.clone(), context.now.wall);
    if let Some(reason) = void_reason(state, at, context) {
        return vec![Event::ApprovalVoided { step, request, reason }];
    }
    let StepState::Asking { votes, expires, reminded, escalated, .. } = &record.state else {
        return Vec::new();
    };
    if enough(approval, votes, now) {
        let valid_until = now.plus(approval.valid_for);
        return vec![Event::GateSatisfied { step, request, valid_until }];
    }
    if now >= *expires {
        return vec![Event::GateExpired { step, request }];
    }
    let reach = Reach { state, at, approval };
    reach.due((&step, request), (*reminded, *escalated), now)
}

/// When time alone changes something about the request at `at`.
pub(crate) fn next_instant(state: &RunState, at: usize) -> Option<Timestamp> {
    let record = state.record(at);
    let (
        StepKind::Approval(approval),
        StepState::Asking { expires, reminded, escalated, votes, .. },
    ) = (&state.planned(record).kind, &record.state)
    else {
        return None;
    };
    let reach = Reach { state, at, approval };
    let next = |spans: Vec<Millis>, done: u32| {
        let span = spans.get(usize::try_from(done).unwrap_or(usize::MAX))?;
        reach.instant(*span)
    };
    let remind = next(approval.remind.clone(), *reminded);
    let escalate = next(escalations(approval), *escalated);
    [Some(*expires), remind, escalate, deferred(approval, votes)].into_iter().flatten().min()
}

/// Why a gate whose time ran out failed. No value of `on_timeout` is a yes.
pub(crate) fn expiry_cause(approval: &Approval) -> Cause {
    match approval.on_timeout {
        OnTimeout::Pause | OnTimeout::Abort => Cause::TimedOut,
        OnTimeout::Reject => Cause::Rejected,
    }
}

/// The instant at which deferred yeses make the gate open. Others change nothing by themselves,
/// and nobody is woken for them.
fn deferred(approval: &Approval, votes: &[Vote]) -> Option<Timestamp> {
    let mut instants: Vec<Timestamp> = votes.iter().filter_map(|vote| vote.from).collect();
    instants.sort_unstable();
    instants.into_iter().find(|&at| enough(approval, votes, at))
}

impl RunState {
    /// When people are reminded of the request that the step asks, and when more of them are asked,
    /// if nobody answers before; none if it does not ask.
    pub fn reminders(&self, id: &StepId) -> (Vec<Timestamp>, Vec<Timestamp>) {
        let asking =
            self.at(id).filter(|&at| matches!(self.record(at).state, StepState::Asking { .. }));
        let Some(at) = asking else { return Default::default() };
        let StepKind::Approval(approval) = &self.planned(self.record(at)).kind else {
            return Default::default();
        };
        let reach = Reach { state: self, at, approval };
        let instants =
            |spans: &[Millis]| spans.iter().filter_map(|it| reach.instant(*it)).collect();
        (instants(&approval.remind), instants(&escalations(approval)))
    }
}

fn escalations(approval: &Approval) -> Vec<Millis> {
    approval.escalate.iter().map(|escalation| escalation.after).collect()
}

/// A request under way, with the time in which its reminders count.
struct Reach<'a> {
    state: &'a RunState,
    at: usize,
    approval: &'a Approval,
}

impl Reach<'_> {
    /// What of reminders and escalations is due and was not told yet.
    fn due(
        &self,
        (step, request): (&StepId, AttemptNo),
        (reminded, escalated): (u32, u32),
        now: Timestamp,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        let nth = self.count(&escalations(self.approval), now);
        if nth > escalated {
            events.push(Event::GateEscalated { step: step.clone(), request, nth });
        }
        let nth = self.count(&self.approval.remind, now);
        if nth > reminded {
            events.push(Event::GateReminded { step: step.clone(), request, nth });
        }
        events
    }

    /// How many of these spans are over.
    fn count(&self, spans: &[Millis], now: Timestamp) -> u32 {
        let over = |span: &&Millis| self.instant(**span).is_some_and(|at| at <= now);
        u32::try_from(spans.iter().take_while(over).count()).unwrap_or(u32::MAX)
    }

    /// The instant at which `span` has passed since the request, in working time if the gate names
    /// a calendar; `None` if that never comes.
    fn instant(&self, span: Millis) -> Option<Timestamp> {
        let asked = self.state.record(self.at).started.as_ref()?.at.wall;
        match &self.approval.calendar {
            None => Some(asked.plus(span)),
            Some(name) => self.state.plan().calendars.get(name)?.add_working(asked, span),
        }
    }
}
