//! What is looked at from time to time rather than worked on: locks that others hold, polls
//! between two tries, runs of other runbooks that wait.
//!
//! None of it is remembered anywhere but in the state: a driver that takes over looks at all of it
//! at once. The place in a queue is kept by the store of locks.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hardstop_core::{
    effect::{Effect, EffectId},
    event::{Cause, Pending, Work},
    ids::{AttemptNo, StepId},
    input::{Input, Outcome},
    limits::CALL_END_TIME,
    run::{Placed, RunState, StepState, outstanding},
    time::{Millis, Timestamp},
};
use hardstop_ports::{clock::Clock, journal::RunFiles, locks::Asker};

use super::{ChildOrder, DriveError, Driver, Worker, under_way::Place};
use crate::{
    commits::Commits,
    exec::{Leg, Performed},
};

/// How often locks that others hold, and runs that others may move, are looked at.
pub(super) const LOOK: Millis = Millis::from_secs(1);

/// What is looked at from time to time.
#[derive(Default)]
pub(super) struct Rounds {
    locks: BTreeMap<Option<StepId>, Wanted>,
    rests: BTreeMap<EffectId, Rest>,
    /// Whether the store was asked what it still has of this run.
    is_tidy: bool,
}

/// Locks that are not had yet.
struct Wanted {
    names: Vec<String>,
    look: Timestamp,
}

/// Work that rests.
pub(super) enum Rest {
    /// Between two tries of a poll.
    Poll {
        /// When the next is due, or the time of the step is up.
        at: Timestamp,
        /// What the last try came to.
        last: Performed,
    },
    /// An action goes on by itself.
    Action {
        /// When it is asked again, or the time of the step is up.
        at: Timestamp,
    },
    /// A run of another runbook waits.
    Child {
        /// When time alone will move it.
        next: Option<Timestamp>,
        /// When it is looked at, since people may have moved it.
        look: Timestamp,
    },
}

impl Rounds {
    /// Whether an effect rests.
    pub(super) fn holds(&self, id: &EffectId) -> bool {
        self.rests.contains_key(id)
    }

    pub(super) fn rest(&mut self, id: EffectId, rest: Rest) {
        self.rests.insert(id, rest);
    }

    /// An effect is no longer wanted.
    pub(super) fn revoke(&mut self, id: &EffectId) {
        if let EffectId::Lock(step) = id {
            self.locks.remove(step);
            self.is_tidy = false;
        }
    }

    /// Whether something is waited for that others may give at any moment.
    pub(super) fn is_waiting(&self) -> bool {
        let child = |rest: &Rest| matches!(rest, Rest::Child { .. });
        !self.locks.is_empty() || self.rests.values().any(child)
    }

    /// When time alone moves any of it.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let wakes = self.rests.values().filter_map(|rest| match rest {
            Rest::Poll { at, .. } | Rest::Action { at } => Some(*at),
            Rest::Child { next, .. } => *next,
        });
        wakes.min()
    }

    /// When the next look is due.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        let children = self.rests.values().filter_map(|rest| match rest {
            Rest::Child { look, .. } => Some(*look),
            Rest::Poll { .. } | Rest::Action { .. } => None,
        });
        self.locks.values().map(|wanted| wanted.look).chain(children).min()
    }
}

/// Part of an attempt, to be put under way.
struct Order {
    step: StepId,
    attempt: AttemptNo,
    work: Work,
    leg: Leg,
    deadline: Option<Timestamp>,
}

/// Until when an action that goes on by itself is left alone.
pub(super) fn rest_until(pending: &Pending, deadline: Option<Timestamp>) -> Timestamp {
    deadline.map_or(pending.poll_at, |deadline| pending.poll_at.min(deadline))
}

/// Work that is under way as the journal has it, but not in this process.
struct Absent {
    step: StepId,
    attempt: AttemptNo,
    work: Work,
    /// How it goes on without this process, if it does.
    pending: Option<Pending>,
    deadline: Option<Timestamp>,
    is_wanted: bool,
}

impl<F, W, C, E> Driver<F, W, C, E>
where
    F: RunFiles,
    W: Worker + 'static,
    C: Clock,
    E: Commits,
{
    /// Puts an effect under way.
    pub(super) fn start(&mut self, effect: Effect) {
        match effect {
            Effect::Perform { step, attempt, work, leg, deadline } => {
                self.perform(Order { step, attempt, work, leg: leg.into(), deadline });
            }
            Effect::Lock { step, names } => {
                let look = self.setup.clock.read().wall;
                self.rounds.locks.insert(step, Wanted { names, look });
            }
            // Answered inside the transition, or left open on purpose: asked again next time.
            Effect::Resolve { .. } | Effect::Outputs => self.session.answered(&effect.id()),
            // The loop asks for the earliest of them itself.
            Effect::Wake { .. } => {}
        }
    }

    fn perform(&mut self, order: Order) {
        let Order { step, attempt, work, leg, deadline } = order;
        if matches!(work, Work::Child(_)) {
            return self.child(step, attempt, work, false);
        }
        let Some(state) = self.session.state() else { return };
        let now = self.setup.clock.read().wall;
        if let Leg::Poll(pending) = &leg
            && pending.poll_at > now
        {
            let at = rest_until(pending, deadline);
            return self.rounds.rest(EffectId::Perform(step, attempt), Rest::Action { at });
        }
        let mut remaining = deadline.map_or(Millis(0), |deadline| deadline.since(now));
        // What is asked again and again has a time of its own; a single try has less.
        if let Some(tries) = state.template(&step).and_then(|planned| planned.kind.tries()) {
            remaining = remaining.min(tries.timeout);
        }
        if matches!(leg, Leg::Probe | Leg::End { .. }) {
            remaining = CALL_END_TIME;
        }
        let place = Place {
            header: state.shared_header(),
            plan: state.shared_plan(),
            remaining: Duration::from_millis(remaining.0),
            since: state.times(&step).0.map_or(Millis(0), |since| now.since(since)),
            live: self.setup.live.clone(),
            leg,
        };
        self.under_way.attempt(Arc::clone(&self.setup.worker), place, (step, attempt, work));
    }

    /// Looks after a run of another runbook.
    ///
    /// * `ends`: whether it is to be ended.
    fn child(&mut self, step: StepId, attempt: AttemptNo, work: Work, ends: bool) {
        let (Some(state), Work::Child(child)) = (self.session.state(), work) else { return };
        // Somebody ends it in whose name the run around it ends: whoever aborted that, or else
        // whoever started it.
        let abort = ends.then(|| {
            if let Some((by, reason)) = state.abort() {
                return (by.actor.clone(), reason.clone());
            }
            let reason = format!("run {} ends", state.header().run.short());
            (state.header().initiator.actor.clone(), reason)
        });
        let (header, plan) = (state.shared_header(), state.shared_plan());
        let order = ChildOrder { header, plan, step, attempt, child, abort };
        self.under_way.child(&*self.setup.children, order);
    }

    /// Looks at everything whose time has come, and gives what there is to say about it.
    pub(super) fn look_around(&mut self) -> Result<Vec<Input>, DriveError> {
        let now = self.setup.clock.read().wall;
        self.tidy();
        let mut inputs = self.ask_for_locks(now);
        let absent = self.session.state().map(|state| self.absent(state)).unwrap_or_default();
        let full = self.session.nearly_full().map(|message| Cause::Storage { message });
        for Absent { step, attempt, work, pending, deadline, is_wanted } in absent {
            let id = EffectId::Perform(step.clone(), attempt);
            let over = deadline.is_some_and(|deadline| deadline <= now);
            if let Some(pending) = pending {
                let ends = match (is_wanted, over) {
                    (true, false) => full.clone(),
                    (true, true) => Some(Cause::TimedOut),
                    (false, _) => Some(Cause::Aborted),
                };
                let leg = match ends {
                    None => Leg::Poll(pending),
                    Some(cause) => Leg::End { pending: Some(pending), cause },
                };
                self.rounds.rests.remove(&id);
                self.perform(Order { step, attempt, work, leg, deadline });
                continue;
            }
            match self.rounds.rests.remove(&id) {
                Some(Rest::Poll { at, last }) if is_wanted && at > now => {
                    self.rounds.rest(id, Rest::Poll { at, last });
                }
                Some(Rest::Poll { last, .. }) if is_wanted && over => {
                    let ended = last.failed(Cause::TimedOut);
                    inputs.push(self.keep_performed(step, attempt, ended)?);
                }
                Some(Rest::Poll { .. }) if is_wanted => {
                    let leg = Leg::Begin { recovering: false };
                    self.perform(Order { step, attempt, work, leg, deadline });
                }
                Some(Rest::Child { next, look })
                    if look > now && next.is_none_or(|next| next > now) =>
                {
                    self.rounds.rest(id, Rest::Child { next, look });
                }
                Some(Rest::Child { .. }) | None if matches!(work, Work::Child(_)) => {
                    self.child(step, attempt, work, !is_wanted);
                }
                Some(Rest::Poll { .. } | Rest::Action { .. } | Rest::Child { .. }) | None => {
                    let outcome = Outcome::Failed { cause: Cause::Aborted, artifacts: Vec::new() };
                    inputs.push(Input::Outcome { step, attempt, outcome });
                }
            }
        }
        Ok(inputs)
    }

    /// Attempts that go on whoever holds the lease, and that this process does nothing about now.
    fn absent(&self, state: &RunState) -> Vec<Absent> {
        let wanted: Vec<EffectId> = outstanding(state).map(|effect| effect.id()).collect();
        let absent = |Placed { id, step: planned, state: stands }: Placed<'_>| {
            let StepState::Running { attempt, work, deadline, .. } = stands else { return None };
            let pending = state.pending(id).cloned();
            let outlives = matches!(work, Work::Child(_))
                || planned.kind.poll().is_some()
                || pending.is_some();
            let effect = EffectId::Perform(id.clone(), *attempt);
            (outlives && !self.under_way.holds(&effect)).then(|| Absent {
                step: id.clone(),
                attempt: *attempt,
                work: work.clone(),
                pending,
                deadline: *deadline,
                is_wanted: wanted.contains(&effect),
            })
        };
        state.active().filter_map(absent).collect()
    }

    fn ask_for_locks(&mut self, now: Timestamp) -> Vec<Input> {
        let Some(state) = self.session.state() else { return Vec::new() };
        let mut inputs = Vec::new();
        for (step, wanted) in &mut self.rounds.locks {
            if wanted.look > now {
                continue;
            }
            wanted.look = now.plus(LOOK);
            // A store that cannot be asked gives nothing: the run waits, and `why` says for what.
            let first = self.setup.locks.ask(&Asker::of(state, step.as_ref()), &wanted.names, now);
            if first.is_ok_and(|first| first.is_empty()) {
                inputs.push(Input::Locked { step: step.clone() });
            }
        }
        for input in &inputs {
            if let Input::Locked { step } = input {
                self.rounds.locks.remove(step);
            }
        }
        inputs
    }

    /// Gives back what the run needs no more: after each release, and once for whatever a crash
    /// kept from being given back. Tried again with the next look if the store cannot be changed.
    pub(super) fn tidy(&mut self) {
        let Some(state) = self.session.state().filter(|_| !self.rounds.is_tidy) else { return };
        let run = &state.header().run;
        let needed = |step: &Option<StepId>| {
            let id = EffectId::Lock(step.clone());
            outstanding(state).any(|effect| effect.id() == id)
        };
        let locks = &self.setup.locks;
        let tidied = locks.list().and_then(|tickets| {
            let ours = tickets.into_iter().filter(|ticket| ticket.asker.run == *run);
            for ticket in ours.filter(|ticket| !needed(&ticket.asker.step)) {
                locks.release(&ticket.asker)?;
            }
            Ok(())
        });
        self.rounds.is_tidy = tidied.is_ok();
    }
}
