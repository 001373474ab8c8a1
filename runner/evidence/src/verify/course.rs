//! L4: what was decided follows from what had happened.
//!
//! An event tells what must have reached the run ([`causes`]). The core is asked what it would have
//! made of that, on the state before, at that instant and under that policy: the event must be its
//! answer. So one place holds the rules of the course (turns, attempts, blocks, items, locks,
//! windows, remedies, back-out, the end), and a journal is held to them however it was written.
//! What an answer of the core cannot show is judged elsewhere: whether people were entitled, gates
//! and delays by rules of their own ([`gates`](super::gates), [`delays`](super::delays)), what was
//! executed against the plan ([`work`](super::work)).

use std::collections::VecDeque;

use hardstop_core::{
    event::{Event, Found, RunResult},
    ids::StepId,
    run::{Context, Ending, decide},
};

use super::{Report, authority::Scene, causes, ids, ids::Id};

/// The rest of the answer whose first event was read last: it is written in one piece.
#[derive(Default)]
pub(super) struct Course {
    rest: VecDeque<Event>,
}

impl Course {
    /// Holds the next event against what the core says.
    ///
    /// * `sound`: whether the run is without a finding so far. What follows a lie follows from the
    ///   lie, so after the first one nothing is reported here.
    pub(super) fn follow(&mut self, scene: &Scene<'_>, sound: bool, report: &mut Report) {
        let event = &scene.entry.event;
        if let Some(step) = left_open(scene) {
            if sound {
                let message = format!("what was found of `{step}` is not what follows");
                scene.find(ids::FOUND, message, report);
            }
            return;
        }
        if self.rest.pop_front().as_ref() == Some(event) {
            return;
        }
        self.rest.clear();
        let Some(policy) = scene.policy() else { return };
        let context = Context { now: &scene.entry.at, policy };
        let mut meant = None;
        for input in causes::inputs(scene) {
            let answer = decide(scene.state, &input, &context).unwrap_or_default();
            let mut answer = VecDeque::from(answer);
            let first = answer.pop_front();
            if first.as_ref() == Some(event) {
                self.rest = answer;
                return;
            }
            meant = meant.or(first);
        }
        if sound {
            deviates(scene, meant.as_ref(), report);
        }
    }
}

/// The step whose call was looked for and found by the event before, if this one does not say what
/// it came to. What is asked again and again may answer as it did before, which is not written.
#[expect(clippy::wildcard_enum_match_arm, reason = "only these say what became of an attempt")]
fn left_open<'s>(scene: &'s Scene<'_>) -> Option<&'s StepId> {
    let Event::CallProbed { step, attempt, found, .. } = &scene.past.last()?.event else {
        return None;
    };
    let told = match &scene.entry.event {
        Event::StepSucceeded { step, attempt, .. }
        | Event::AttemptFailed { step, attempt, .. }
        | Event::AttemptProbed { step, attempt, .. } => Some((step, attempt, Found::Over)),
        Event::CallPending { step, attempt, .. } => Some((step, attempt, Found::UnderWay)),
        _ => None,
    };
    let follows = match found {
        Found::Over | Found::UnderWay => told == Some((step, attempt, found.clone())),
        Found::NotStarted | Found::CannotTell { .. } => true,
    };
    let is_asked_again = scene.planned(step).is_some_and(|planned| planned.kind.poll().is_some());
    (!follows && !is_asked_again).then_some(step)
}

fn deviates(scene: &Scene<'_>, meant: Option<&Event>, report: &mut Report) {
    let event = &scene.entry.event;
    let id = result(event).map_or_else(|| id(event), |said| end(scene, said, meant));
    let of = event.step().map_or_else(String::new, |step| format!(" for `{step}`"));
    let message = match meant {
        // The same kind of event with other content says no more by its name.
        Some(meant) if name(meant) != name(event) => {
            format!("{}{of} where {} was due", name(event), name(meant))
        }
        Some(_) => {
            format!("{}{of} says something else than what follows from the run", name(event))
        }
        None => format!("{}{of} does not follow from what had happened", name(event)),
    };
    scene.find(id, message, report);
}

/// How the run ended, or will have, if the event says so.
const fn result(event: &Event) -> Option<RunResult> {
    if let Event::BackoutStarted { result, .. }
    | Event::RunEnding { result }
    | Event::RunClosed { result, .. } = event
    {
        Some(*result)
    } else {
        None
    }
}

/// The steps that are taken and set back from here on, if the event says so.
fn backout(event: &Event) -> Option<&[StepId]> {
    if let Event::BackoutStarted { steps, .. } = event { Some(steps) } else { None }
}

/// What is wrong with an end that the core would not have come to.
fn end(scene: &Scene<'_>, said: RunResult, meant: Option<&Event>) -> Id {
    let event = &scene.entry.event;
    if meant.is_some_and(|meant| backout(meant) != backout(event)) {
        return ids::BACKOUT;
    }
    match (said, meant.and_then(result)) {
        (RunResult::Succeeded, Some(RunResult::Incomplete)) => {
            let done = scene.state.steps().any(|step| step.state.is_done());
            if done { ids::UNDONE } else { ids::EMPTY }
        }
        (_, Some(_)) => ids::RESULT,
        (_, None) if matches!(scene.state.ending(), Ending::BackingOut(_)) => ids::BACKOUT,
        (_, None) if !scene.state.open_items().is_empty() => ids::OPEN,
        (_, None) => ids::ORDER,
    }
}

/// What kind of finding it is that an event does not follow.
fn id(event: &Event) -> Id {
    match event {
        Event::LeaseAcquired { .. } => ids::EPOCH,
        Event::ClockAnomaly { .. } => ids::CLOCK,
        Event::PolicyLoaded { .. } => ids::POLICY_BACK,
        Event::GateSatisfied { .. } => ids::GATE,
        Event::ApprovalAccepted { .. }
        | Event::ApprovalRefused { .. }
        | Event::ApprovalVoided { .. }
        | Event::ApprovalWithdrawn { .. }
        | Event::ApprovalLate { .. }
        | Event::GateRejected { .. }
        | Event::GateExpired { .. }
        | Event::GateReminded { .. }
        | Event::GateEscalated { .. } => ids::ASKED,
        Event::WaitStarted { .. }
        | Event::HardStopStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopElapsed { .. }
        | Event::DelayMoved { .. } => ids::DELAY,
        Event::GlassAsked { .. } | Event::GlassBroken { .. } | Event::GlassReviewed { .. } => {
            ids::GLASS
        }
        Event::LocksRequested { .. }
        | Event::LocksAcquired { .. }
        | Event::LocksReleased { .. } => ids::LOCK,
        Event::WindowClosed { .. } | Event::WindowOpened { .. } | Event::WindowOverrun { .. } => {
            ids::WINDOW
        }
        Event::StepRerun { .. } | Event::StepSentBack { .. } | Event::RunRebased { .. } => {
            ids::AGAIN
        }
        Event::RemedyStarted { .. } | Event::BackoutStarted { .. } => ids::BACKOUT,
        Event::ItemsListed { .. } => ids::EXECUTED,
        Event::ItemWaived { .. } => ids::OPEN,
        Event::RunEnding { .. } | Event::RunClosed { .. } => ids::RESULT,
        Event::RunOpened { .. }
        | Event::AttemptStarted { .. }
        | Event::AttemptFailed { .. }
        | Event::AttemptLost { .. }
        | Event::AttemptProbed { .. }
        | Event::CallStarted { .. }
        | Event::CallPending { .. }
        | Event::CallProbed { .. }
        | Event::ChildStarted { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::StepRetried { .. }
        | Event::StepAttested { .. }
        | Event::AttestationOffered { .. }
        | Event::ChecklistOpened { .. }
        | Event::ItemTicked { .. }
        | Event::ItemReopened { .. }
        | Event::GateReached { .. }
        | Event::BlockEntered { .. }
        | Event::BlockTurned { .. }
        | Event::RunClaimed { .. }
        | Event::NoteWritten { .. }
        | Event::RunHeld { .. }
        | Event::RunLifted { .. }
        | Event::EvidenceBlocked { .. }
        | Event::EvidenceUnblocked {}
        | Event::AbortRequested { .. } => ids::ORDER,
    }
}

/// The event's name on the wire.
fn name(event: &Event) -> String {
    let value = serde_json::to_value(event).ok();
    let name = value.as_ref().and_then(|value| value.get("type")?.as_str());
    format!("`{}`", name.unwrap_or("event"))
}
