//! The other side of plugins: actions that go on although the process that began them is gone.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Call, Cause, Pending},
    ids::{AttemptNo, StepId},
    input::Outcome,
    model::Uses,
    time::Millis,
};
use hardstop_engine::exec::{Attempt, Leg, Performed};
use tokio::time::Instant;

use crate::{
    place::{Ended, Place},
    ports::{Fate, SimWorker, performed},
};

/// An action that was begun and goes on by itself.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    performance: usize,
    ends: Instant,
    result: Result<(), Cause>,
}

/// All of a run, by step and attempt.
pub(crate) type Actions = BTreeMap<(StepId, AttemptNo), Action>;

impl SimWorker {
    /// One leg of a call; `None` if it was interrupted.
    pub(crate) async fn leg(&self, attempt: Attempt<'_, Uses, Call>) -> Option<Performed> {
        self.world.point("before a leg");
        let performed = match attempt.leg {
            Leg::Begin { .. } => self.begin(attempt).await,
            Leg::Poll(_) => Some(self.poll(&attempt)),
            Leg::Probe => Some(self.probe(&attempt)),
            Leg::End { cause, .. } => {
                self.end(&attempt, cause.clone());
                Some(Performed::failure(cause.clone()))
            }
        };
        self.world.point("after a leg");
        performed
    }

    async fn begin(&self, attempt: Attempt<'_, Uses, Call>) -> Option<Performed> {
        let goes_on = self.world.facts().rng.bool();
        if !goes_on {
            let performed = self.attempt(attempt, None).await;
            let interrupted =
                matches!(&performed.outcome, Outcome::Failed { cause: Cause::Interrupted, .. });
            return (!interrupted).then_some(performed);
        }
        let Fate { takes, result, answer_lost, .. } = self.fate();
        let performance = self.place.begin(attempt.step, attempt.attempt);
        let action = Action { performance, ends: Instant::now() + takes, result };
        let id = (attempt.step.clone(), attempt.attempt);
        self.place.kept().actions.insert(id, action);
        if answer_lost {
            self.world.crash_next();
        }
        Some(self.goes_on(Millis(0)))
    }

    fn poll(&self, attempt: &Attempt<'_, Uses, Call>) -> Performed {
        match self.action(attempt) {
            Some(action) if action.ends > Instant::now() => self.goes_on(attempt.since),
            Some(action) => self.over(attempt, action),
            None => Performed::failure(Cause::action("was never begun".to_owned())),
        }
    }

    fn probe(&self, attempt: &Attempt<'_, Uses, Call>) -> Performed {
        let hidden = {
            let mut facts = self.world.facts();
            facts.troubled && facts.rng.u32(0..4) == 0
        };
        let last = self.last(attempt);
        if hidden {
            // From here on it is none of the run's business.
            if let Some(performance) = last {
                self.place.end(performance, Ended::Gone);
            }
            return Performed::cannot_tell("the other side does not answer".to_owned());
        }
        match (self.action(attempt), last.and_then(|last| self.place.ended(last))) {
            (Some(_), _) => self.poll(attempt),
            (None, Some(Ended::Done)) => self.done(attempt),
            (None, Some(Ended::NotDone)) => {
                Performed::failure(Cause::action("was not done".to_owned()))
            }
            (None, Some(Ended::Gone) | None) => {
                let outcome = Outcome::NotStarted { artifacts: Vec::new() };
                Performed { outcome, files: Vec::new() }
            }
        }
    }

    fn end(&self, attempt: &Attempt<'_, Uses, Call>, cause: Cause) {
        let Some(action) = self.action(attempt) else { return };
        self.place.end(action.performance, Ended::NotDone);
        let id = (attempt.step.clone(), attempt.attempt);
        if let Some(action) = self.place.kept().actions.get_mut(&id) {
            (action.ends, action.result) = (Instant::now(), Err(cause));
        }
    }

    fn over(&self, attempt: &Attempt<'_, Uses, Call>, action: Action) -> Performed {
        let Action { performance, result, .. } = action;
        match result {
            Ok(()) => {
                self.place.found(performance, Ended::Done);
                self.done(attempt)
            }
            Err(cause) => {
                self.place.found(performance, Ended::NotDone);
                Performed::failure(cause)
            }
        }
    }

    fn done(&self, attempt: &Attempt<'_, Uses, Call>) -> Performed {
        let outputs = self.outputs(attempt.step, None, attempt.evidence);
        performed((attempt.step, attempt.attempt), attempt.evidence, Ok(outputs))
    }

    /// * `since`: for how long already. What takes long is asked less often.
    fn goes_on(&self, since: Millis) -> Performed {
        let rest = {
            let rng = &mut self.world.facts().rng;
            let rest = [0, rng.u64(1..2_000), rng.u64(1..90_000)][rng.usize(0..3)];
            Millis(rest.max(since.0 / 10))
        };
        let poll_at = self.world.read_clocks().wall.plus(rest);
        let state = format!("{}", rest.0);
        let pending = Pending { state, poll_at, note: None, link: None };
        let outcome = Outcome::Pending { pending, artifacts: Vec::new() };
        Performed { outcome, files: Vec::new() }
    }

    /// The action of the attempt, if it went on by itself.
    fn action(&self, attempt: &Attempt<'_, Uses, Call>) -> Option<Action> {
        let id = (attempt.step.clone(), attempt.attempt);
        let action = self.place.kept().actions.get(&id).cloned()?;
        // One that was asked again since is another.
        (self.last(attempt) == Some(action.performance)).then_some(action)
    }

    fn last(&self, attempt: &Attempt<'_, Uses, Call>) -> Option<usize> {
        let kept = self.place.kept();
        let is_ours = |it: &crate::place::Performance| {
            it.step == *attempt.step && it.attempt == attempt.attempt
        };
        kept.performances.iter().rposition(is_ours)
    }
}

impl Place {
    /// How a side effect ended, if it has.
    fn ended(&self, performance: usize) -> Option<Ended> {
        self.kept().performances[performance].ended
    }
}
