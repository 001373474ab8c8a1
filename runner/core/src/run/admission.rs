//! Whether a step may start: the one place that decides it.
//!
//! Every path that can start a step (opening, an earlier step's end, retry, a timer, a lifted
//! hold, recovery after a crash) ends in an [`Input::Resolved`](crate::input::Input::Resolved),
//! and that asks [`may_start`] at the moment of dispatch. Peers that asked on some paths only let
//! gated work through on the others.

use super::{Context, Ending, RunState, StepState};
use crate::{
    event::VoidReason,
    ids::StepId,
    model::{OnFailure, OnRejected, OnTimeout, Step, StepKind},
    step::approval,
};

/// Why a step may not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// It has begun, or is settled.
    NotPending,
    /// The run is not open, is ending, or is over.
    RunNotWorking,
    /// Nothing new starts: a hold, a moved clock, evidence that cannot be committed.
    Held,
    /// Something before it is not over.
    NotItsTurn,
    /// An approval it depends on is no longer worth anything.
    Void {
        /// The approval step.
        approval: StepId,
        /// What happened to it.
        reason: VoidReason,
    },
}

/// Decides whether the step at `at` may start now.
///
/// Approval, policy, digests and expiry are looked at again here, however long ago people
/// answered.
///
/// # Errors
///
/// [`Blocked`] with the first reason found. Nothing is lost by asking again later.
pub fn may_start(state: &RunState, id: &StepId, context: &Context<'_>) -> Result<(), Blocked> {
    let at = state.at(id).ok_or(Blocked::NotPending)?;
    is_ready(state, at)?;
    for approved in state.active.iter().copied().filter(|&gate| state.is_before(gate, at)) {
        if let Some(reason) = approval::void_reason(state, approved, context) {
            let approval = state.planned(&state.steps[approved]).id.clone();
            return Err(Blocked::Void { approval, reason });
        }
    }
    Ok(())
}

/// The part of [`may_start`] that needs neither clock nor policy.
pub(super) fn is_ready(state: &RunState, at: usize) -> Result<(), Blocked> {
    let record = &state.steps[at];
    if record.state != StepState::Pending {
        return Err(Blocked::NotPending);
    }
    let (phase_index, step_index) = record.at;
    let phase = &state.plan.phases[phase_index];
    let working = if phase.finally {
        matches!(state.ending, Ending::Finishing(_))
    } else {
        state.ending == Ending::Working && state.abort.is_none() && state.fatal().is_none()
    };
    if state.opened.is_none() || !working {
        return Err(Blocked::RunNotWorking);
    }
    let earlier_passed = state.steps[at - step_index..at]
        .iter()
        .zip(&phase.steps)
        .all(|(earlier, step)| is_passed(&earlier.state, step));
    // Over once is not over for good: an approval may become void, a failure be tried again. Such
    // a step is active, however many phases lie between.
    let reopened = state.active.iter().any(|&other| {
        let record = &state.steps[other];
        state.is_before(other, at) && !is_passed(&record.state, state.planned(record))
    });
    if !earlier_passed || !state.needs_over(phase_index) || reopened {
        return Err(Blocked::NotItsTurn);
    }
    // Last, so that a step that is merely held is known to be next.
    if state.is_held() { Err(Blocked::Held) } else { Ok(()) }
}

/// Whether what comes after a step may go on: it is settled, or its failure is tolerated.
pub(super) fn is_passed(state: &StepState, step: &Step) -> bool {
    state.is_settled() || is_tolerated(state, step)
}

/// Whether a step failed and the runbook goes on without it. A gate that failed stays shut,
/// whatever the runbook says: no timeout and no refusal ever turns into a yes.
pub(super) fn is_tolerated(state: &StepState, step: &Step) -> bool {
    let is_gate = matches!(step.kind, StepKind::Approval(_) | StepKind::HardStop(_));
    matches!(state, StepState::Failed { .. }) && step.on_failure == OnFailure::Continue && !is_gate
}

impl RunState {
    /// Whether nothing new may start, for whatever reason.
    pub fn is_held(&self) -> bool {
        self.hold.is_some() || self.clock_held || self.evidence_blocked.is_some()
    }

    /// A step whose failure ends the run, if there is one: as failed, or as aborted.
    pub(super) fn fatal(&self) -> Option<crate::event::RunResult> {
        use crate::event::{Cause, RunResult};
        self.active().find_map(|(step, state)| {
            let StepState::Failed { cause, .. } = state else { return None };
            let by_people = match &step.kind {
                StepKind::Approval(approval) => {
                    *cause == Cause::Rejected && approval.on_rejected == OnRejected::Abort
                        || *cause == Cause::TimedOut && approval.on_timeout == OnTimeout::Abort
                }
                StepKind::Checklist(list) => {
                    *cause == Cause::TimedOut && list.on_timeout == OnTimeout::Abort
                }
                _ => false,
            };
            if by_people {
                Some(RunResult::Aborted)
            } else {
                (step.on_failure == OnFailure::Abort).then_some(RunResult::Failed)
            }
        })
    }

    /// Whether every phase that phase `index` needs is over.
    pub(super) fn needs_over(&self, index: usize) -> bool {
        let needs = &self.plan.phases[index].needs;
        self.plan
            .phases
            .iter()
            .enumerate()
            .filter(|(_, phase)| needs.contains(&phase.id))
            .all(|(needed, _)| self.is_phase_over(needed))
    }

    /// Whether every step of phase `index` is passed.
    pub(super) fn is_phase_over(&self, index: usize) -> bool {
        let phase = &self.plan.phases[index];
        let first = self.first_of(index);
        self.steps[first..first + phase.steps.len()]
            .iter()
            .zip(&phase.steps)
            .all(|(record, step)| is_passed(&record.state, step))
    }

    /// The index of the first step of phase `index`.
    pub(super) fn first_of(&self, index: usize) -> usize {
        self.plan.phases[..index].iter().map(|phase| phase.steps.len()).sum()
    }

    /// Whether the step at `earlier` must be over before the one at `later` may start.
    pub(super) fn is_before(&self, earlier: usize, later: usize) -> bool {
        let (phase, place) = self.steps[earlier].at;
        let (later_phase, later_place) = self.steps[later].at;
        if phase == later_phase { place < later_place } else { self.needs(later_phase, phase) }
    }

    /// Whether phase `from` needs phase `to`, directly or through others, in whatever order they
    /// stand.
    fn needs(&self, from: usize, to: usize) -> bool {
        let phases = &self.plan.phases;
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(&phase) = seen.get(next) {
            let needed = |other: &usize| phases[phase].needs.contains(&phases[*other].id);
            let new: Vec<usize> =
                (0..phases.len()).filter(needed).filter(|other| !seen.contains(other)).collect();
            seen.extend(new);
            next += 1;
        }
        seen[1..].contains(&to)
    }
}
