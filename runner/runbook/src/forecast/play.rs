//! The good day, played.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hardstop_core::{
    effect::Effect,
    event::{ChildRun, Event, SkipReason, Work},
    header::{Header, Inputs},
    ids::{AttemptNo, Digest, Epoch, StepId},
    input::{Input, Outcome, Request, Resolution},
    limits::JOURNAL_EVENTS_MAX,
    model::{Plan, StepKind},
    policy::{Actor, Channel, Policy},
    run::{Context, Ending, RunState, StepState, advance, apply, binding, outstanding},
    time::{Millis, Reading, Timestamp},
};

use super::{
    model::{Forecast, ForecastStep},
    simplified::simplified,
};
use crate::{
    inputs::settle_inputs,
    resolve::{Foreseen, Resolved, Unknown, good_day},
};

/// Plays a run ahead.
///
/// * `run`: of which nothing has happened yet; its header, plan and inputs count.
/// * `start`: when it would be opened.
///
/// Ends after as many answers as a run may have events, those in the runs it opens included.
pub fn forecast(run: &RunState, start: Timestamp) -> Forecast {
    let mut answers_left = JOURNAL_EVENTS_MAX;
    let inputs = Arc::new(run.inputs().clone());
    Play::new(run.header(), run.plan(), inputs, start).all(&mut answers_left)
}

/// A run while it is played.
struct Play {
    state: RunState,
    now: Reading,
    policy: Policy,
    actor: Actor,
    /// The steps of which nobody knows whether they are done.
    doubtful: BTreeSet<StepId>,
    /// When runs of other runbooks end; none for one that never does.
    children: BTreeMap<(StepId, AttemptNo), Option<Timestamp>>,
    requests: u64,
    forecast: Forecast,
}

impl Play {
    fn new(header: &Header, plan: &Plan, inputs: Arc<Inputs>, start: Timestamp) -> Self {
        let header = Header { created: start, ..header.clone() };
        let actor = Actor { level: 0, via: Channel::Cli, ..header.initiator.actor.clone() };
        Self {
            state: RunState::new(Arc::new(header), Arc::new(simplified(plan)), inputs),
            now: Reading { wall: start, boot: "forecast".to_owned(), mono: Millis(0) },
            policy: Policy::solo(Digest::from_bytes([0; 32])),
            actor,
            doubtful: BTreeSet::new(),
            children: BTreeMap::new(),
            requests: 0,
            forecast: Forecast::new(start),
        }
    }

    fn all(mut self, answers_left: &mut u64) -> Forecast {
        let (plan, inputs) = (self.state.header().plan, self.state.header().inputs);
        let actor = self.actor.clone();
        self.give(&Input::Open { plan, inputs, actor, group: None });
        self.give(&Input::LeaseTaken { epoch: Epoch(1), holder: "forecast".to_owned() });
        self.give(&Input::Wake);
        loop {
            while self.answer_one(answers_left) {
                if *answers_left == 0 {
                    return self.forecast;
                }
                *answers_left -= 1;
            }
            let Some(next) = self.next() else { return self.forecast };
            self.now.mono.0 += next.since(self.now.wall).0;
            self.now.wall = next;
            self.give(&Input::Wake);
            *answers_left = answers_left.saturating_sub(1);
        }
    }

    /// The next instant at which time alone changes something; `None` if the run is over, or waits
    /// for nothing that ever comes. That an approval lapses which nothing uses is no such thing.
    fn next(&self) -> Option<Timestamp> {
        if let Ending::Closed(_) = self.state.ending() {
            return None;
        }
        let mut is_awaited = false;
        let mut next: Option<Timestamp> = None;
        for effect in outstanding(&self.state) {
            let at = match effect {
                Effect::Wake { step, at } => {
                    let lapses = matches!(self.state.step(&step), Some(StepState::Approved { .. }));
                    is_awaited |= !lapses;
                    Some(at)
                }
                Effect::Perform { step, attempt, .. } => {
                    let end = self.children.get(&(step, attempt)).copied().flatten();
                    is_awaited |= end.is_some();
                    end
                }
                Effect::Resolve { .. } | Effect::Lock { .. } | Effect::Outputs => None,
            };
            next = at.into_iter().filter(|at| *at > self.now.wall).chain(next).min();
        }
        next.filter(|_| is_awaited)
    }

    /// Answers the first question that has an answer now. `false` if none has.
    fn answer_one(&mut self, answers_left: &mut u64) -> bool {
        let open: Vec<Effect> = outstanding(&self.state).collect();
        for effect in open {
            let answered = match effect {
                Effect::Resolve { step, attempt } => self.resolve(&step, attempt),
                Effect::Perform { step, attempt, work, .. } => {
                    self.perform(step, attempt, &work, answers_left)
                }
                Effect::Outputs => self.give(&Input::Outputs(BTreeMap::new())),
                Effect::Lock { step, .. } => self.give(&Input::Locked { step }),
                Effect::Wake { .. } => false,
            };
            if answered {
                return true;
            }
        }
        let asked = self.state.active().find_map(|placed| {
            let StepState::Asking { digest, .. } = placed.state else { return None };
            Some(digest.code())
        });
        let Some(code) = asked else { return false };
        let request = Request::Approve { code, comment: None, from: None, signature: None };
        self.give(&Input::Person { actor: self.actor.clone(), request })
    }

    /// Gives the run an input. Whether anything came of it.
    fn give(&mut self, input: &Input) -> bool {
        let mut events = Vec::new();
        let context = Context { now: &self.now, policy: &self.policy };
        // Nobody is refused on a good day; if somebody is, nothing came of it.
        drop(advance(&mut self.state, input, &context, &mut events));
        for event in &events {
            self.forecast.note(self.now.wall, event);
            if let Event::GateReached { step, .. } = event {
                let (reminders, escalations) = self.state.reminders(step);
                let at = self.at(step);
                if at.asked.len() == 1 {
                    (at.reminders, at.escalations) = (reminders, escalations);
                }
            }
        }
        for event in &events {
            if let Event::StepFailed { step, .. } = event {
                self.let_be(step);
            }
        }
        !events.is_empty()
    }

    /// The run goes on as if a step that cannot be done had been left out.
    fn let_be(&mut self, step: &StepId) {
        let reason = SkipReason::Condition { condition: String::new() };
        let event = Event::StepSkipped { step: step.clone(), reason };
        apply(&mut self.state, &event, &self.now);
        let now = self.now.wall;
        let step = self.at(step);
        step.unknown = step.unknown.or(Some(Unknown::Anchor));
        step.ends = Some(now);
        self.give(&Input::Wake);
    }

    fn at(&mut self, step: &StepId) -> &mut ForecastStep {
        let now = self.now.wall;
        self.forecast.at(step, now)
    }

    fn resolve(&mut self, step: &StepId, attempt: AttemptNo) -> bool {
        let found = good_day(&self.state, step, self.now.wall, &self.doubtful);
        let resolution = match found {
            Ok(Foreseen { resolved, unknown, clocks }) => {
                if unknown == Some(Unknown::Condition) {
                    self.doubtful.insert(step.base());
                }
                let at = self.at(step);
                at.unknown = unknown;
                at.clocks = clocks;
                self.resolution(step, resolved)
            }
            Err(why) => Err(why),
        };
        self.give(&Input::Resolved { step: step.clone(), attempt, resolution })
    }

    fn resolution(&mut self, step: &StepId, resolved: Resolved) -> Result<Resolution, String> {
        Ok(match resolved {
            Resolved::Skip => Resolution::Skip,
            Resolved::Run(command) => Resolution::Run(command),
            Resolved::Uses(call) => Resolution::Uses(call),
            Resolved::Child { path, inputs } => {
                let run = self.state.header().run.clone();
                Resolution::Child(ChildRun { run, path, inputs })
            }
            Resolved::Enter => Resolution::Enter,
            Resolved::Items(items) => Resolution::Items(items),
            Resolved::Locks(names) => Resolution::Locks(names),
            Resolved::Checklist(items) => Resolution::Checklist(items),
            Resolved::Delay { until } => Resolution::Delay { until },
            Resolved::Approval { .. } => {
                let binding = binding(&self.state, &self.policy, step);
                let binding = binding.ok_or_else(|| format!("`{step}` is not an approval"))?;
                // Each request has a digest of its own; there is no file to be digested.
                self.requests += 1;
                let mut bytes = [0; 32];
                // The code people type is its beginning.
                bytes[..5].copy_from_slice(&self.requests.to_be_bytes()[3..]);
                Resolution::Approval { digest: Digest::from_bytes(bytes), binding }
            }
        })
    }

    fn perform(
        &mut self,
        step: StepId,
        attempt: AttemptNo,
        work: &Work,
        answers_left: &mut u64,
    ) -> bool {
        if let Work::Child(child) = work {
            let id = (step.clone(), attempt);
            if !self.children.contains_key(&id) {
                let forecast = self.child(&step, child, answers_left);
                self.children
                    .insert(id.clone(), forecast.as_ref().map_or(Some(self.now.wall), |it| it.end));
                self.at(&step).child = forecast;
            }
            let end = self.children.get(&id).copied().flatten();
            if end.is_none_or(|end| end > self.now.wall) {
                return false;
            }
        }
        let outcome = Outcome::Succeeded { outputs: BTreeMap::new(), artifacts: Vec::new() };
        self.give(&Input::Outcome { step, attempt, outcome })
    }

    /// The run of another runbook, opened now. Inputs that depend on the run are left unknown.
    fn child(&self, step: &StepId, child: &ChildRun, answers_left: &mut u64) -> Option<Forecast> {
        let pinned = &self.state.plan().children.get(&child.path)?.plan;
        let StepKind::Runbook(written) = &self.state.template(step)?.kind else { return None };
        let mut known = pinned.clone();
        known.inputs.retain(|input| {
            !written.inputs.contains_key(&input.name) || child.inputs.contains_key(&input.name)
        });
        let inputs = settle_inputs(&known, &child.inputs, "parent").ok()?;
        let header = self.state.header();
        Some(Self::new(header, pinned, Arc::new(inputs), self.now.wall).all(answers_left))
    }
}
