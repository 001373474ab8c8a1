//! What looking for a call finds whose answer was lost, as the scenario says.

use hardstop_core::{
    event::{Cause, Pending},
    ids::{AttemptNo, StepId},
    input::Outcome,
    time::Timestamp,
};
use hardstop_runbook::scenario::{Answer, Answered, Found};

use super::{
    answer::{cause, done, failed, nth, scripted},
    pattern::full,
    stage::Stage,
    work::planned,
};

impl Stage<'_> {
    /// Looks for a call whose answer was lost.
    pub(super) fn look_for(&mut self, run: usize, (step, attempt): (StepId, AttemptNo)) {
        let now = self.now.wall;
        let artifacts = Vec::new();
        let outcome = match self.lost_answer(run, &step).map(|it| it.found) {
            None | Some(Found::CannotTell) => {
                let message = "the scenario does not say".to_owned();
                Outcome::CannotTell { message, artifacts }
            }
            Some(Found::NotStarted) => Outcome::NotStarted { artifacts },
            Some(Found::Ends { takes, .. }) if takes.0 > 0 => {
                let poll_at = now.plus(takes);
                let pending = Pending { state: "{}".to_owned(), poll_at, note: None, link: None };
                Outcome::Pending { pending, artifacts }
            }
            Some(Found::Ends { end, .. }) => {
                let Some(outcome) = self.found_end(run, &step, attempt, end) else { return };
                outcome
            }
        };
        self.end(run, (step, attempt), now, outcome);
    }

    /// What was found to go on comes to its end, if it does in time.
    pub(super) fn look_again(
        &mut self,
        run: usize,
        (step, attempt): (StepId, AttemptNo),
        at: Timestamp,
        deadline: Option<Timestamp>,
    ) {
        if let Some(deadline) = deadline.filter(|deadline| *deadline < at) {
            return self.end(run, (step, attempt), deadline, failed(Cause::TimedOut));
        }
        let Some(Found::Ends { end, .. }) = self.lost_answer(run, &step).map(|it| it.found) else {
            return;
        };
        if let Some(outcome) = self.found_end(run, &step, attempt, end) {
            self.end(run, (step, attempt), at.max(self.now.wall), outcome);
        }
    }

    /// The answer that was lost: the one given last.
    fn lost_answer(&self, run: usize, step: &StepId) -> Option<Answer> {
        let address = full(&self.runs[run].within, step.as_str());
        let given = self.runs[run].given(step);
        Some(nth(scripted(self.scenario, &address)?, given.checked_sub(1)?).clone())
    }

    /// The end that was found. Complains if the step could not come to it.
    fn found_end(
        &mut self,
        run: usize,
        step: &StepId,
        attempt: AttemptNo,
        end: Answered,
    ) -> Option<Outcome> {
        let outputs = match end {
            Answered::Failed(why) => return Some(failed(cause(&why))),
            Answered::Done(outputs) => outputs,
            Answered::Lost => return None,
        };
        let ended = done(planned(self.runs[run].state(), step)?, step, attempt, &outputs);
        let address = full(&self.runs[run].within, step.as_str());
        ended.map_err(|why| self.wrong_answer(&address, &why)).ok()
    }
}
