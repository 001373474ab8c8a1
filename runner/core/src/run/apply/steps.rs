//! What a fact changes in a single step: attempts, delays, composites.

use std::mem;

use super::turn::Moment;
use crate::{
    event::{Cause, Event, Found, Work},
    ids::{AttemptNo, Epoch},
    model::{Part, Step},
    run::{
        Attestation, StepState,
        call_stage::CallStage,
        step_state::{Closed, Point, Probe, StepRecord},
    },
};

/// What a fact changes in a step that does something.
#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` routes only the events named here")]
pub(super) fn work(record: &mut StepRecord, _: &Step, event: &Event, moment: Moment<'_>) {
    let now = moment.now;
    match event {
        Event::AttemptStarted { attempt, command, deadline, .. } => {
            let work = Work::Command(command.clone());
            record.work(*attempt, work, Some(*deadline), moment);
        }
        Event::CallStarted { attempt, call, deadline, .. } => {
            record.work(*attempt, Work::Call(call.clone()), Some(*deadline), moment);
        }
        Event::ChildStarted { attempt, child, .. } => {
            record.work(*attempt, Work::Child(child.clone()), None, moment);
        }
        Event::AttemptProbed { outputs, cause, artifacts, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            record.call = CallStage::Begun { recovering: false };
            record.probe = Some(Probe { outputs: outputs.clone(), cause: cause.clone() });
        }
        Event::CallPending { pending, artifacts, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            record.call = CallStage::Pending(pending.clone());
        }
        Event::CallProbed { attempt, found, artifacts, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            record.found(*attempt, found, moment.epoch);
        }
        Event::AttemptFailed { attempt, cause, artifacts, retry_at, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            match *retry_at {
                Some(retry_at) => record.state = StepState::Backoff { retry_at },
                None => record.fail(*attempt, cause.clone()),
            }
        }
        Event::AttemptLost { attempt, again, .. } => {
            // Nobody's fault: it does not use up one of the step's own attempts.
            record.attempts_since_asked = record.attempts_since_asked.saturating_sub(1);
            record.lose(*attempt, *again);
        }
        Event::BackoffElapsed { .. } => record.state = StepState::Pending,
        Event::StepSucceeded { attempt, outputs, artifacts, .. } => {
            record.outputs.clone_from(outputs);
            record.artifacts.extend(artifacts.iter().cloned());
            record.end(StepState::Succeeded { attempt: *attempt }, now);
        }
        Event::StepFailed { attempt, cause, .. } => record.fail(*attempt, cause.clone()),
        Event::StepSkipped { reason, .. } => {
            record.end(StepState::Skipped { reason: reason.clone() }, now);
        }
        Event::StepRetried { .. } => {
            record.attempts_since_asked = 0;
            record.attestation = None;
            record.remedy.clear();
            record.state = StepState::Pending;
        }
        Event::StepAttested { by, second, reason, artifacts, .. } => {
            record.artifacts.extend(artifacts.iter().cloned());
            record.attestation = None;
            let (by, second, reason) = (by.clone(), second.clone(), reason.clone());
            record.end(StepState::Attested { by, second, reason }, now);
        }
        Event::AttestationOffered { by, reason, artifacts, .. } => {
            let (by, reason, artifacts) = (by.clone(), reason.clone(), artifacts.clone());
            record.attestation = Some(Attestation { by, reason, artifacts });
        }
        _ => {}
    }
}

/// What a fact changes in how a step begins: as a composite, as a fan-out, in a window.
#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` routes only the events named here")]
pub(super) fn start(record: &mut StepRecord, _: &Step, event: &Event, moment: Moment<'_>) {
    match event {
        Event::ItemsListed { attempt, allowed, .. } => {
            record.begin(*attempt, moment);
            record.allowed = usize::try_from(*allowed).unwrap_or(usize::MAX);
            record.state = StepState::Open { attempt: *attempt, part: Part::Steps };
        }
        Event::BlockEntered { attempt, .. } => {
            record.begin(*attempt, moment);
            record.state = StepState::Open { attempt: *attempt, part: Part::Steps };
        }
        Event::BlockTurned { part: turned, .. } => {
            if let StepState::Open { part, .. } = &mut record.state {
                *part = *turned;
            }
        }
        Event::WindowClosed { opens, because, .. } => {
            record.closed = Some(Closed { opens: *opens, because: because.clone() });
        }
        Event::WindowOpened { .. } => record.closed = None,
        Event::WindowOverrun { .. } => record.overrun = true,
        _ => {}
    }
}

/// What a fact changes in a wait or a hard stop.
#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` routes only the events named here")]
pub(super) fn delay(record: &mut StepRecord, _: &Step, event: &Event, moment: Moment<'_>) {
    match event {
        Event::WaitStarted { since, due, .. } | Event::HardStopStarted { since, due, .. } => {
            record.begin(record.next_attempt, moment);
            record.glass.asked.clear();
            record.state = StepState::Delaying { since: *since, due: *due };
        }
        Event::DelayMoved { since, due, .. } => {
            record.state = StepState::Delaying { since: *since, due: *due };
        }
        Event::WaitElapsed { .. } | Event::HardStopElapsed { .. } => {
            record.end(StepState::Succeeded { attempt: record.last_attempt() }, moment.now);
        }
        Event::GlassAsked { by, .. } => record.glass.asked.push(by.clone()),
        Event::GlassBroken { review_by, .. } => {
            let asked = mem::take(&mut record.glass.asked);
            record.glass.broken_by.extend(asked);
            record.glass.review_by = Some(*review_by);
            record.glass.reviewed = false;
            record.end(StepState::Succeeded { attempt: record.last_attempt() }, moment.now);
        }
        Event::GlassReviewed { .. } => record.glass.reviewed = true,
        _ => {}
    }
}

impl StepRecord {
    fn work(
        &mut self,
        attempt: AttemptNo,
        work: Work,
        deadline: Option<crate::time::Timestamp>,
        moment: Moment<'_>,
    ) {
        self.begin(attempt, moment);
        self.attempts_since_asked += 1;
        self.probe = None;
        self.call = CallStage::Begun { recovering: false };
        self.state = StepState::Running { attempt, epoch: moment.epoch, work, deadline };
    }

    /// Nobody can answer for the attempt. A call is still under way as far as anybody knows, until
    /// it was looked for.
    fn lose(&mut self, attempt: AttemptNo, again: bool) {
        if again {
            self.state = StepState::Pending;
        } else if let StepState::Running { work: Work::Call(call), deadline, .. } = &self.state {
            let (call, deadline) = (call.clone(), *deadline);
            self.call = CallStage::Lost { call, deadline, sought: None };
        } else {
            self.state = StepState::Unknown { attempt };
        }
    }

    /// What became of a lost call is known, or cannot be.
    fn found(&mut self, attempt: AttemptNo, found: &Found, epoch: Epoch) {
        let CallStage::Lost { call, deadline, sought } = &mut self.call else { return };
        let recovering = match found {
            Found::NotStarted => true,
            Found::UnderWay | Found::Over => false,
            Found::CannotTell { again: true, .. } => {
                self.state = StepState::Pending;
                return;
            }
            Found::CannotTell { message, again: false } => {
                *sought = Some((epoch, message.clone()));
                self.state = StepState::Unknown { attempt };
                return;
            }
        };
        let (work, deadline) = (Work::Call(call.clone()), *deadline);
        self.attempts_since_asked += 1;
        self.state = StepState::Running { attempt, epoch, work, deadline };
        self.call = CallStage::Begun { recovering };
    }

    pub(super) fn begin(&mut self, attempt: AttemptNo, moment: Moment<'_>) {
        self.started = Some(moment.now.clone());
        self.first_started.get_or_insert_with(|| moment.now.clone());
        self.began = Some(moment.seq);
        self.next_attempt = attempt.next();
        self.attestation = None;
        self.stale = false;
    }

    pub(super) fn end(&mut self, state: StepState, now: &Point) {
        self.ended = Some(now.clone());
        self.state = state;
    }

    pub(super) fn fail(&mut self, attempt: AttemptNo, cause: Cause) {
        self.next_attempt = self.next_attempt.max(attempt.next());
        self.state = StepState::Failed { attempt, cause };
    }

    pub(crate) fn last_attempt(&self) -> AttemptNo {
        AttemptNo(self.next_attempt.0.saturating_sub(1))
    }
}
