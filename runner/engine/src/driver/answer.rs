//! What an attempt that ended means: a poll that holds or is asked again, evidence that the runner
//! writes itself, a run of another runbook that is over or waits.

use std::collections::BTreeMap;

use hardstop_core::{
    effect::EffectId,
    event::{Artifact, Cause},
    ids::{AttemptNo, StepId},
    input::{Input, Outcome},
    model::Poll,
    run::{RunState, StepState, outstanding},
    time::Timestamp,
    value::Value,
};
use hardstop_evidence::{
    digest, layout,
    redact::{Finding, Secrets, scan},
};
use hardstop_ports::{clock::Clock, journal::RunFiles};
use hardstop_runbook::{evidence_content, until_holds};

use super::{
    ChildEnd, DriveError, Driver, Worker,
    rounds::{LOOK, Rest, rest_until},
    under_way::{End, Finished},
};
use crate::{
    commits::Commits,
    exec::{Kept, Performed},
};

impl<F, W, C, E> Driver<F, W, C, E>
where
    F: RunFiles,
    W: Worker + 'static,
    C: Clock,
    E: Commits,
{
    /// Makes what an attempt left durable, and turns it into an input; none if it goes on.
    pub(super) async fn finished(
        &mut self,
        finished: Finished,
    ) -> Result<Option<Input>, DriveError> {
        let Finished { step, attempt, end } = finished;
        let now = self.setup.clock.read().wall;
        let performed = match end {
            End::Child(ChildEnd::Waiting { next }) => {
                let rest = Rest::Child { next, look: now.plus(LOOK) };
                self.rounds.rest(EffectId::Perform(step, attempt), rest);
                return Ok(None);
            }
            End::Child(ChildEnd::Over(over)) => over.performed(&step, attempt),
            End::Child(ChildEnd::Failed(cause)) => Performed::failure(cause),
            End::Left => return Ok(None),
            End::Attempt(performed) => match self.judged(&step, attempt, performed, now).await {
                Some(performed) => performed,
                None => return Ok(None),
            },
        };
        self.keep_performed(step, attempt, performed).map(Some)
    }

    /// Makes what an attempt left durable, and turns it into an input.
    pub(super) fn keep_performed(
        &mut self,
        step: StepId,
        attempt: AttemptNo,
        performed: Performed,
    ) -> Result<Input, DriveError> {
        let count = performed.files.len();
        let performed = if self.session.has_room_for(count) {
            performed
        } else {
            let message = format!("its {count} files: the run has as many as a run may have");
            Performed::failure(Cause::Storage { message })
        };
        for kept in &performed.files {
            self.session.write(&kept.path, &kept.bytes).map_err(DriveError::Files)?;
        }
        let goes_on = matches!(performed.outcome, Outcome::NotYet { .. } | Outcome::Pending { .. });
        if !goes_on {
            self.session.answered(&EffectId::Perform(step.clone(), attempt));
        }
        Ok(Input::Outcome { step, attempt, outcome: performed.outcome })
    }

    /// What an attempt comes to in its run; `None` if the next driver goes on with it.
    async fn judged(
        &mut self,
        step: &StepId,
        attempt: AttemptNo,
        performed: Performed,
        now: Timestamp,
    ) -> Option<Performed> {
        let Some(state) = self.session.state() else { return Some(performed) };
        let Some(planned) = state.template(step) else { return Some(performed) };
        let poll = planned.kind.poll();
        let full = self.session.nearly_full();
        match (&performed.outcome, poll) {
            (Outcome::Succeeded { outputs, .. }, poll) => {
                let holds = poll.map_or(Ok(true), |_| until_holds(state, step, outputs, now));
                match (holds, poll) {
                    (Err(message), _) => Some(performed.failed(Cause::Unresolved { message })),
                    (Ok(false), Some(poll)) => {
                        let answer = (outputs.clone(), None);
                        let (rest, told) =
                            not_yet(state, (step, attempt), poll, answer, performed, now, full);
                        self.rest(step, attempt, rest);
                        Some(told)
                    }
                    (Ok(_), _) if planned.evidence.iter().all(|file| file.content.is_none()) => {
                        Some(performed)
                    }
                    (Ok(_), _) => {
                        let (header, plan) = (state.shared_header(), state.shared_plan());
                        let worker = &self.setup.worker;
                        let masks = worker.known(&header.run, &plan.secrets, None).await;
                        Some(with_contents(state, (step, attempt), performed, &masks, now))
                    }
                }
            }
            (Outcome::Failed { cause: Cause::Interrupted, .. }, Some(_)) => None,
            (Outcome::Failed { cause, .. }, Some(poll)) if is_answer(cause) => {
                let answer = (BTreeMap::new(), Some(cause.clone()));
                let (rest, told) =
                    not_yet(state, (step, attempt), poll, answer, performed, now, full);
                self.rest(step, attempt, rest);
                Some(told)
            }
            (Outcome::Pending { pending, .. }, _) => {
                let at = rest_until(pending, deadline(state, step));
                let told = performed.aside(step, attempt, state.next_seq());
                self.rest(step, attempt, Some(Rest::Action { at }));
                Some(told)
            }
            (Outcome::NotStarted { .. } | Outcome::CannotTell { .. }, _) => {
                Some(performed.aside(step, attempt, state.next_seq()))
            }
            (Outcome::Failed { .. } | Outcome::NotYet { .. }, _) => Some(performed),
        }
    }

    fn rest(&mut self, step: &StepId, attempt: AttemptNo, rest: Option<Rest>) {
        if let Some(rest) = rest {
            self.rounds.rest(EffectId::Perform(step.clone(), attempt), rest);
        }
    }
}

/// Whether a try that failed so is an answer of what is asked: not yet. Anything else will not be
/// better next time.
const fn is_answer(cause: &Cause) -> bool {
    match cause {
        Cause::Exit { .. }
        | Cause::Signal { .. }
        | Cause::TimedOut
        | Cause::Capture { .. }
        | Cause::Action { .. } => true,
        Cause::Aborted
        | Cause::Interrupted
        | Cause::NotStarted { .. }
        | Cause::NotGranted { .. }
        | Cause::Unresolved { .. }
        | Cause::Evidence { .. }
        | Cause::Storage { .. }
        | Cause::Child { .. }
        | Cause::Rejected => false,
    }
}

/// When the attempt under way is given up.
fn deadline(state: &RunState, step: &StepId) -> Option<Timestamp> {
    match state.step(step) {
        Some(StepState::Running { deadline, .. }) => *deadline,
        _ => None,
    }
}

/// What is told of a try that does not hold yet, and until when the poll rests, if somebody still
/// wants its end. What the first try printed is kept, and that of each whose answer differs from the
/// one before.
///
/// * `full`: why nothing may be asked again, if the run has as much as it may have.
fn not_yet(
    state: &RunState,
    (step, attempt): (&StepId, AttemptNo),
    poll: &Poll,
    (outputs, cause): (BTreeMap<String, Value>, Option<Cause>),
    performed: Performed,
    now: Timestamp,
    full: Option<String>,
) -> (Option<Rest>, Performed) {
    let deadline = deadline(state, step);
    if deadline.is_some_and(|deadline| deadline <= now) {
        return (None, performed.failed(Cause::TimedOut));
    }
    let id = EffectId::Perform(step.clone(), attempt);
    if !outstanding(state).any(|effect| effect.id() == id) {
        return (None, performed.failed(Cause::Aborted));
    }
    if let Some(message) = full {
        return (None, performed.failed(Cause::Storage { message }));
    }
    let next = now.plus(poll.interval);
    let at = deadline.map_or(next, |deadline| next.min(deadline));
    let rest = Rest::Poll { at, last: performed.clone() };
    let known = state.probe(step);
    let same = known.is_some_and(|last| last.outputs == outputs && last.cause == cause);
    let Performed { outcome, mut files } = performed.aside(step, attempt, state.next_seq());
    let mut artifacts = outcome.into_artifacts();
    if same {
        (artifacts, files) = (Vec::new(), Vec::new());
    }
    let outcome = Outcome::NotYet { outputs, cause, artifacts };
    (Some(rest), Performed { outcome, files })
}

/// The text of each file that an attempt left: what it printed by the name of the stream, an
/// artifact by its own, declared evidence by its id.
fn texts(step: &StepId, attempt: AttemptNo, files: &[Kept]) -> BTreeMap<String, String> {
    let folder = layout::attempt_file(step, attempt, "");
    let named = |Kept { path, bytes }: &Kept| {
        let name = path.strip_prefix(&folder)?;
        let name = ["files/", "artifacts/"]
            .iter()
            .find_map(|kind| name.strip_prefix(kind))
            .unwrap_or(name);
        Some((name.to_owned(), String::from_utf8_lossy(bytes).into_owned()))
    };
    files.iter().filter_map(named).collect()
}

/// Adds the evidence files that the runner writes from what the step gave.
fn with_contents(
    state: &RunState,
    (step, attempt): (&StepId, AttemptNo),
    mut performed: Performed,
    masks: &Secrets,
    now: Timestamp,
) -> Performed {
    let declared = state.template(step).map(|planned| planned.evidence.as_slice());
    let declared = declared.unwrap_or_default();
    let Outcome::Succeeded { outputs, artifacts } = &mut performed.outcome else {
        return performed;
    };
    let texts = texts(step, attempt, &performed.files);
    let written = match evidence_content(state, step, outputs, &texts, now) {
        Ok(written) => written,
        Err(message) => {
            let needed = declared.iter().any(|file| file.content.is_some() && file.required);
            return if needed { performed.failed(Cause::Evidence { message }) } else { performed };
        }
    };
    for (place, text) in written {
        let Some(file) = declared.get(place) else { continue };
        let mut redactor = masks.redactor();
        let mut bytes = redactor.feed(text.as_bytes());
        let (rest, masked) = redactor.finish();
        bytes.extend(rest);
        if let Some(Finding { shape, .. }) = scan(&bytes).first() {
            let message = format!("evidence `{}` looks as if it held a secret ({shape})", file.id);
            return performed.failed(Cause::Evidence { message });
        }
        let path = layout::attempt_file(step, attempt, &format!("files/{}", file.id));
        artifacts.push(Artifact {
            path: path.clone(),
            digest: digest(&bytes),
            size_bytes: bytes.len() as u64,
            original_bytes: text.len() as u64,
            redactions: masked.total(),
            evidence: Some(file.id.clone()),
        });
        performed.files.push(Kept { path, bytes });
    }
    performed
}

#[cfg(test)]
mod tests {
    use hardstop_tests_kit::{bench::Bench, people::name};

    use super::*;

    /// What is told of the first try of a poll, once it was not yet so.
    fn told(bench: &Bench) -> (bool, Outcome) {
        let (state, step) = (&bench.state, name("ask"));
        let poll = state.template(&step).and_then(|step| step.kind.poll()).unwrap();
        let performed = Performed::failure(Cause::Exit { code: 1 });
        let answer = (BTreeMap::new(), Some(Cause::Exit { code: 1 }));
        let attempt = (&step, AttemptNo::FIRST);
        let now = bench.now.wall;
        let (rest, told) = not_yet(state, attempt, poll, answer, performed, now, None);
        (rest.is_some(), told.outcome)
    }

    #[test]
    fn a_poll_that_nobody_wants_any_more_ends_with_its_last_try() {
        let mut bench = Bench::team("run ask poll=5000 poll_timeout=60000");
        bench.play("start ask | ask started#1 by=@60s");
        assert!(matches!(told(&bench), (true, Outcome::NotYet { .. })));
        bench.play("bob: abort | abort by=bob");
        assert!(matches!(told(&bench), (false, Outcome::Failed { cause: Cause::Aborted, .. })));
    }
}
