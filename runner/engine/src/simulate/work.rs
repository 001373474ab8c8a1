//! Work on the stage: what is answered to attempts, and runs of other runbooks within the run.

use hardstop_core::{
    effect::EffectId,
    event::{Cause, ChildRun, RunResult, Work},
    ids::{AttemptNo, StepId},
    input::{Input, Outcome},
    model::{Poll, Step},
    run::{Ending, RunState},
    time::Timestamp,
};
use hardstop_runbook::{
    run_outputs,
    scenario::{Answer, Answered, Found},
    settle_inputs, until_holds,
};

use super::{
    agenda::Next,
    answer::{answers_for_run, cause, done, failed, nth, scripted},
    pattern::full,
    played::{Beginning, Played},
    stage::Stage,
};

impl Stage<'_> {
    /// Puts an attempt under way.
    pub(super) fn perform(
        &mut self,
        run: usize,
        (step, attempt, work): (StepId, AttemptNo, Work),
        deadline: Option<Timestamp>,
    ) {
        let address = full(&self.runs[run].within, step.as_str());
        if let Work::Child(child) = &work
            && !answers_for_run(self.scenario, &address)
        {
            return self.play_child(run, step, attempt, child);
        }
        let Some(answer) = self.next_answer(run, &step) else { return };
        let is_asked_again = poll(self.runs[run].state(), &step).is_some();
        let is_looked_for = matches!(work, Work::Call(_)) && !is_asked_again;
        if !is_looked_for && !matches!(answer.found, Found::CannotTell) {
            let why = "`found` is for calls without `until`: nothing else is looked for";
            return self.wrong_answer(&address, why);
        }
        if is_asked_again {
            return self.ask_later(run, (step, attempt), self.now.wall, deadline, answer);
        }
        let at = self.now.wall.plus(answer.takes);
        if let Some(deadline) = deadline.filter(|deadline| *deadline < at) {
            return self.end(run, (step, attempt), deadline, failed(Cause::TimedOut));
        }
        match answer.end {
            Answered::Lost => self.die(run, (step, attempt), at),
            Answered::Failed(why) => self.end(run, (step, attempt), at, failed(cause(&why))),
            Answered::Done(outputs) => {
                let state = self.runs[run].state();
                let Some(planned) = planned(state, &step) else { return };
                match done(planned, &step, attempt, &outputs) {
                    Ok(outcome) => self.end(run, (step, attempt), at, outcome),
                    Err(why) => self.wrong_answer(&address, &why),
                }
            }
        }
    }

    /// What the scenario answers next to a step. Complains if it says nothing.
    fn next_answer(&mut self, run: usize, step: &StepId) -> Option<Answer> {
        let address = full(&self.runs[run].within, step.as_str());
        let scenario = self.scenario;
        let Some(scripted) = scripted(scenario, &address) else {
            let message = format!("`{address}` is begun, and this scenario does not answer for it");
            let help = format!(
                "add to `answers`: `\"{address}\": {{outputs: {{…}}, takes: 5m}}`, or `\"*\": {{}}` \
                 to have every other step succeed at once"
            );
            self.stuck("scenario::unanswered", &scenario.answers_place, message, Some(help));
            return None;
        };
        let number = self.runs[run].count(step);
        Some(nth(scripted, number).clone())
    }

    pub(super) fn wrong_answer(&mut self, address: &str, why: &str) {
        let scenario = self.scenario;
        let place = scripted(scenario, address).map_or(&scenario.answers_place, |it| &it.place);
        let message = format!("`{address}` cannot be answered like this: {why}");
        self.stuck("scenario::answer", place, message, None);
    }

    pub(super) fn end(
        &mut self,
        run: usize,
        (step, attempt): (StepId, AttemptNo),
        at: Timestamp,
        outcome: Outcome,
    ) {
        let id = EffectId::Perform(step.clone(), attempt);
        let ticket = self.agenda.put(at, Next::Ends { run, step, attempt, outcome });
        self.runs[run].tickets.insert(id, ticket);
    }

    fn die(&mut self, run: usize, (step, attempt): (StepId, AttemptNo), at: Timestamp) {
        let ticket = self.agenda.put(at, Next::Dies);
        self.runs[run].tickets.insert(EffectId::Perform(step, attempt), ticket);
    }

    /// Has an answer come to what is asked again and again, if it comes in time.
    fn ask_later(
        &mut self,
        run: usize,
        (step, attempt): (StepId, AttemptNo),
        from: Timestamp,
        deadline: Option<Timestamp>,
        answer: Answer,
    ) {
        let at = from.plus(answer.takes);
        if let Some(deadline) = deadline.filter(|deadline| *deadline < at) {
            return self.end(run, (step, attempt), deadline, failed(Cause::TimedOut));
        }
        let id = EffectId::Perform(step.clone(), attempt);
        let next = Next::Asks { run, step, attempt, answer: answer.end, deadline };
        let ticket = self.agenda.put(at, next);
        self.runs[run].tickets.insert(id, ticket);
    }

    /// An answer came to what is asked again and again.
    pub(super) fn asked(
        &mut self,
        run: usize,
        (step, attempt): (StepId, AttemptNo),
        answer: Answered,
        deadline: Option<Timestamp>,
    ) {
        let state = self.runs[run].state();
        let (Some(planned), Some(poll)) = (planned(state, &step), poll(state, &step)) else {
            return;
        };
        let interval = poll.interval;
        let not_yet = match answer {
            Answered::Lost => return self.restart(),
            Answered::Failed(why) => (std::collections::BTreeMap::new(), Some(cause(&why))),
            Answered::Done(outputs) => match until_holds(state, &step, &outputs, self.now.wall) {
                Ok(false) => (outputs, None),
                Ok(true) => {
                    let outcome = done(planned, &step, attempt, &outputs);
                    return match outcome {
                        Ok(outcome) => self.end(run, (step, attempt), self.now.wall, outcome),
                        Err(why) => {
                            let address = full(&self.runs[run].within, step.as_str());
                            self.wrong_answer(&address, &why);
                        }
                    };
                }
                Err(message) => {
                    let outcome = failed(Cause::Unresolved { message });
                    return self.end(run, (step, attempt), self.now.wall, outcome);
                }
            },
        };
        let (outputs, cause) = not_yet;
        let outcome = Outcome::NotYet { outputs, cause, artifacts: Vec::new() };
        self.turn(run, vec![Input::Outcome { step: step.clone(), attempt, outcome }]);
        if let Some(answer) = self.next_answer(run, &step) {
            let from = self.now.wall.plus(interval);
            self.ask_later(run, (step, attempt), from, deadline, answer);
        }
    }

    /// Puts a run of another runbook on the stage, or finds it there after a restart.
    fn play_child(&mut self, run: usize, step: StepId, attempt: AttemptNo, child: &ChildRun) {
        let parent = (run, step.clone(), attempt);
        if let Some(known) = self.runs.iter_mut().find(|played| played.id == child.run) {
            known.parent = Some(parent);
            known.is_told = false;
            let known = self.runs.iter().position(|played| played.id == child.run);
            return known.into_iter().for_each(|known| self.tell_parent(known));
        }
        let plan = self.runs[run].plan();
        let place = self.scenario.runbook_place.clone();
        let Some(pinned) = plan.children.get(&child.path) else {
            let message = format!("`{step}` runs `{}`, which the plan does not hold", child.path);
            return self.stuck("scenario::child", &place, message, None);
        };
        let source = format!("step {step}");
        let inputs = match settle_inputs(&pinned.plan, &child.inputs, &source) {
            Ok(inputs) => inputs,
            Err(problems) => {
                let message = format!("`{step}`: {}", problems.join("; "));
                return self.stuck("scenario::child", &place, message, None);
            }
        };
        let beginning = Beginning {
            id: child.run.clone(),
            path: &child.path,
            text: "",
            digest: pinned.runbook,
            plan: &pinned.plan,
            inputs,
            policy: &self.policy,
            starter: self.scenario.starter.clone(),
            created: self.now.wall,
        };
        let mut within = self.runs[run].within.clone();
        within.push(step);
        match Played::new(beginning, within, Some(parent)) {
            Ok(played) => {
                self.runs.push(played);
                let run = self.runs.len() - 1;
                self.agenda.put(self.now.wall, Next::Begins { run });
            }
            Err(error) => self.not_played(error, &place),
        }
    }

    /// An attempt is no longer wanted: it is ended, and says so.
    pub(super) fn stop_work(&mut self, run: usize, step: StepId, attempt: AttemptNo) {
        let parent = Some((run, step.clone(), attempt));
        match self.runs.iter().position(|played| played.parent == parent && !played.is_over()) {
            Some(child) => drop(self.agenda.put(self.now.wall, Next::Stops { run: child })),
            None => self.end(run, (step, attempt), self.now.wall, failed(Cause::Aborted)),
        }
    }

    /// Tells a run that the run of another runbook it waits for is over.
    pub(super) fn tell_parent(&mut self, run: usize) {
        let played = &mut self.runs[run];
        let (Ending::Closed(result), false) = (played.state().ending(), played.is_told) else {
            return;
        };
        let Some((parent, step, attempt)) = played.parent.clone() else { return };
        played.is_told = true;
        let outcome = match (result, run_outputs(played.state())) {
            (RunResult::Succeeded, Ok(outputs)) => {
                Outcome::Succeeded { outputs, artifacts: Vec::new() }
            }
            (RunResult::Succeeded, Err(message)) => failed(Cause::Unresolved { message }),
            (RunResult::Incomplete | RunResult::Failed | RunResult::Aborted, _) => {
                failed(Cause::Child { run: played.id.clone(), result })
            }
        };
        self.end(parent, (step, attempt), self.now.wall, outcome);
    }
}

/// The step as it is planned, whichever of its items is meant.
pub(super) fn planned<'r>(state: &'r RunState, step: &StepId) -> Option<&'r Step> {
    state.template(step)
}

/// What says how a step is asked again and again, if it is.
fn poll<'r>(state: &'r RunState, step: &StepId) -> Option<&'r Poll> {
    planned(state, step)?.kind.poll()
}
