//! Which part of the state a fact changes.

use super::{again, gate, people, rebased, steps, turn::Fold};
use crate::{
    event::Event,
    run::{
        Ending, Pinned, RunState,
        step_state::{Caller, Locks},
    },
    time::Reading,
};

/// Folds `event`, written when the clocks showed `at`, into `state`.
///
/// An event that speaks of a step the run does not have changes nothing but the count: whether a
/// journal fits its plan is for `verify` to say.
pub fn apply(state: &mut RunState, event: &Event, at: &Reading) {
    if matches!(
        event,
        Event::ItemTicked { .. } | Event::StepAttested { .. } | Event::AttestationOffered { .. }
    ) {
        people::lend_a_hand(state, event);
    }
    match fold_of(event) {
        Some(fold) => state.change(event, at, fold),
        None => of_run(state, event, at),
    }
    state.next_seq += 1;
    state.last = Some(at.clone());
}

/// How a single step takes the fact; `None` if it changes more than one.
fn fold_of(event: &Event) -> Option<Fold> {
    match event {
        Event::ChecklistOpened { .. } | Event::ItemTicked { .. } | Event::ItemReopened { .. } => {
            Some(people::checklist)
        }
        Event::GateReached { .. }
        | Event::ApprovalAccepted { .. }
        | Event::ApprovalRefused { .. }
        | Event::ApprovalVoided { .. }
        | Event::ApprovalWithdrawn { .. }
        | Event::ApprovalLate { .. }
        | Event::GateReminded { .. }
        | Event::GateEscalated { .. }
        | Event::GateSatisfied { .. }
        | Event::GateRejected { .. }
        | Event::GateExpired { .. } => Some(gate::apply),
        Event::ItemsListed { .. }
        | Event::BlockEntered { .. }
        | Event::BlockTurned { .. }
        | Event::RemedyStarted { .. }
        | Event::WindowClosed { .. }
        | Event::WindowOpened { .. }
        | Event::WindowOverrun { .. } => Some(steps::start),
        Event::WaitStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopStarted { .. }
        | Event::HardStopElapsed { .. }
        | Event::DelayMoved { .. }
        | Event::GlassAsked { .. }
        | Event::GlassBroken { .. }
        | Event::GlassReviewed { .. } => Some(steps::delay),
        Event::AttemptStarted { .. }
        | Event::CallStarted { .. }
        | Event::ChildStarted { .. }
        | Event::AttemptProbed { .. }
        | Event::CallPending { .. }
        | Event::CallProbed { .. }
        | Event::AttemptFailed { .. }
        | Event::AttemptLost { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::StepRetried { .. }
        | Event::StepAttested { .. }
        | Event::AttestationOffered { .. } => Some(steps::work),
        Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { .. }
        | Event::RunHeld { .. }
        | Event::RunLifted { .. }
        | Event::ClockAnomaly { .. }
        | Event::EvidenceBlocked { .. }
        | Event::EvidenceUnblocked {}
        | Event::AbortRequested { .. }
        | Event::BackoutStarted { .. }
        | Event::RunEnding { .. }
        | Event::RunClosed { .. }
        | Event::LocksRequested { .. }
        | Event::LocksAcquired { .. }
        | Event::LocksReleased { .. }
        | Event::StepRerun { .. }
        | Event::StepSentBack { .. }
        | Event::RunRebased { .. }
        | Event::RunClaimed { .. }
        | Event::NoteWritten { .. }
        | Event::ItemWaived { .. } => None,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`fold_of` names every event that is not here")]
fn of_run(state: &mut RunState, event: &Event, at: &Reading) {
    match event {
        Event::RunOpened { group, .. } => {
            state.opened = Some(at.clone());
            state.group = group.clone().map(|name| (name, false));
            state.checkpoint = Some(state.next_seq);
            for phase in 0..state.plan.phases.len() {
                state.enter(phase);
            }
        }
        Event::LeaseAcquired { epoch, .. } => state.epoch = *epoch,
        Event::PolicyLoaded { version, digest, revoked } => {
            state.policy = Some((*version, *digest));
            state.revoked.clone_from(revoked);
        }
        Event::RunHeld { by, reason } => state.hold = Some((by.clone(), reason.clone())),
        Event::RunLifted { .. } => {
            state.hold = None;
            state.clock_held = false;
        }
        Event::ClockAnomaly { jump_ms, held } => {
            state.clock_held |= held;
            state.moved_ms = state.moved_ms.saturating_add(*jump_ms);
            state.shift_delays(*jump_ms);
        }
        Event::EvidenceBlocked { reason } => state.evidence_blocked = Some(reason.clone()),
        Event::EvidenceUnblocked {} => state.evidence_blocked = None,
        Event::AbortRequested { by, reason } => state.abort = Some((by.clone(), reason.clone())),
        Event::BackoutStarted { .. } | Event::RunEnding { .. } | Event::RunClosed { .. } => {
            end(state, event);
        }
        Event::LocksRequested { .. }
        | Event::LocksAcquired { .. }
        | Event::LocksReleased { .. } => {
            lock(state, event);
        }
        Event::StepRerun { impact, .. } | Event::StepSentBack { impact, .. } => {
            again::apply(state, impact);
        }
        Event::RunRebased { commit, runbook, plan, .. } => {
            let (runbook, plan) = (*runbook, *plan);
            rebased::apply(state, Pinned { commit: commit.clone(), runbook, plan });
        }
        Event::RunClaimed { .. } | Event::NoteWritten { .. } | Event::ItemWaived { .. } => {
            people::apply(state, event);
        }
        _ => {}
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`of_run` routes only the events named here")]
fn end(state: &mut RunState, event: &Event) {
    state.active.clear();
    match event {
        Event::BackoutStarted { result, steps } => {
            state.ending = Ending::BackingOut(*result);
            state.backout = steps.iter().filter_map(|id| state.at(id)).collect();
            for at in state.backout.clone() {
                state.tree.records[at].called = Some(Caller::Backout);
            }
            state.call_next(Caller::Backout);
        }
        Event::RunEnding { result } => {
            state.ending = Ending::Finishing(*result);
            state.finish();
        }
        Event::RunClosed { result, outputs, .. } => {
            state.ending = Ending::Closed(*result);
            state.outputs.clone_from(outputs);
            state.locked.clear();
            state.checkpoint = Some(state.next_seq);
        }
        _ => {}
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`of_run` routes only the events named here")]
fn lock(state: &mut RunState, event: &Event) {
    match event {
        Event::LocksRequested { step: Some(step), names } => {
            if let Some(at) = state.at(step) {
                state.tree.records[at].locks = Locks::Asked(names.clone());
                state.tree.records[at].lock_names.clone_from(names);
                state.locked.insert(at);
            }
        }
        Event::LocksAcquired { step: Some(step) } => {
            if let Some(at) = state.at(step)
                && let Locks::Asked(names) = &state.tree.records[at].locks
            {
                state.tree.records[at].locks = Locks::Held(names.clone());
            }
        }
        Event::LocksAcquired { step: None } => {
            if let Some((_, held)) = &mut state.group {
                *held = true;
            }
        }
        Event::LocksReleased { step } => {
            if let Some(at) = state.at(step) {
                state.tree.records[at].locks = Locks::None;
                state.locked.remove(&at);
            }
        }
        _ => {}
    }
}
