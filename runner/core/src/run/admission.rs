//! Whether a step may start: the one place that decides it.
//!
//! Every path that can start a step (opening, an earlier step's end, retry, re-run, a timer, a
//! lifted hold, a lock, recovery after a crash) ends in an
//! [`Input::Resolved`](crate::input::Input::Resolved), and that asks [`may_start`] at the moment
//! of dispatch. Peers that asked on some paths only let gated work through on the others.

use super::{
    Context, Ending, RunState, StepState,
    step_state::{Caller, Closed, Locks, Role},
};
use crate::{
    calendar::Opening,
    event::VoidReason,
    ids::StepId,
    model::{AfterRemedy, OnFailure, Part, StepKind},
    step::{approval, window},
    time::Timestamp,
};

/// Why a step may not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// It has begun, or is settled.
    NotPending,
    /// The run is not open, is ending, or is over.
    RunNotWorking,
    /// Nothing new starts: a hold, a moved clock, evidence that cannot be committed, a runbook that
    /// was revoked.
    Held,
    /// Another run of the same group goes first.
    Queued,
    /// Something before it is not over.
    NotItsTurn,
    /// Its locks, or those of what is around it, are not had yet.
    Locks,
    /// A window keeps it from starting.
    Window {
        /// When it may; `None` if no such instant is known.
        opens: Option<Timestamp>,
        /// Which window, in words.
        because: String,
    },
    /// An approval it depends on is no longer worth anything.
    Void {
        /// The approval step.
        approval: StepId,
        /// What happened to it.
        reason: VoidReason,
    },
}

/// Decides whether a step may start now.
///
/// Approval, policy, digests, expiry and windows are looked at again here, however long ago
/// people answered.
///
/// # Errors
///
/// [`Blocked`] with the first reason found. Nothing is lost by asking again later.
pub fn may_start(state: &RunState, id: &StepId, context: &Context<'_>) -> Result<(), Blocked> {
    let at = state.at(id).ok_or(Blocked::NotPending)?;
    is_ready(state, at)?;
    for approved in state.active.iter().copied().filter(|&gate| state.is_before(gate, at)) {
        if let Some(reason) = approval::void_reason(state, approved, context) {
            let approval = state.record(approved).id.clone();
            return Err(Blocked::Void { approval, reason });
        }
    }
    match window::opening(state, at, window::needed(state, at), context.now.wall) {
        Some(Opening::Closed { opens, because }) => {
            Err(Blocked::Window { opens, because: because.to_string() })
        }
        Some(Opening::Open { .. }) | None => Ok(()),
    }
}

/// The part of [`may_start`] that needs neither clock nor policy.
pub(crate) fn is_ready(state: &RunState, at: usize) -> Result<(), Blocked> {
    let record = state.record(at);
    if record.state != StepState::Pending {
        return Err(Blocked::NotPending);
    }
    if state.opened.is_none() || !state.is_stage_on(at) {
        return Err(Blocked::RunNotWorking);
    }
    if !state.is_its_turn(at) {
        return Err(Blocked::NotItsTurn);
    }
    if state.is_behind_again(at) {
        return Err(Blocked::NotItsTurn);
    }
    if state.lacking(at).is_some() {
        return Err(Blocked::Locks);
    }
    if let Some(Closed { opens, because }) = record.closed.clone() {
        return Err(Blocked::Window { opens, because });
    }
    // Taking back what a revoked runbook did is what its end is for.
    let is_revoked = state.revoked.is_some() && state.stage(at) == Stage::Forward;
    // Last, so that a step that is merely held is known to be next.
    if state.is_held() || is_revoked {
        Err(Blocked::Held)
    } else if state.group.as_ref().is_some_and(|(_, held)| !held) {
        Err(Blocked::Queued)
    } else {
        Ok(())
    }
}

/// The part of a run's life a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The work itself.
    Forward,
    /// Taking back, setting back, `on_abort`.
    Backout,
    /// `finally`.
    Finally,
}

/// Whether the step's failure is tolerated by its own word. A gate that failed stays shut,
/// whatever the runbook says: no timeout and no refusal ever turns into a yes.
pub(crate) fn is_tolerated(state: &RunState, at: usize) -> bool {
    let record = state.record(at);
    let step = state.planned(record);
    let is_gate = matches!(step.kind, StepKind::Approval(_) | StepKind::HardStop(_));
    let goes_on = match &step.on_failure {
        OnFailure::Continue => true,
        OnFailure::Run { then, .. } => *then == AfterRemedy::Continue && state.is_remedied(at),
        OnFailure::Pause | OnFailure::Abort | OnFailure::Rescue => false,
    };
    matches!(record.state, StepState::Failed { .. }) && goes_on && !is_gate
}

impl RunState {
    /// Whether nothing new may start, for whatever reason.
    pub fn is_held(&self) -> bool {
        self.hold.is_some() || self.clock_held || self.evidence_blocked.is_some()
    }

    /// Whether what comes after the step may go on: it is settled, or its failure is tolerated.
    pub(crate) fn is_passed(&self, at: usize) -> bool {
        let record = self.record(at);
        record.state.is_settled()
            || is_tolerated(self, at)
            || record.role == Role::Item && self.is_forgiven(at)
    }

    /// Whether something before the step is to be done again. Over once is not over for good: an
    /// approval may become void, a failure be tried again. Such a step is active, however many phases
    /// lie between.
    pub(crate) fn is_behind_again(&self, at: usize) -> bool {
        // A remedy runs because of a failure before it, not in spite of it.
        let in_line = self.stage(at) != Stage::Backout && self.caller(at).is_none();
        // Setting back comes last in its block, which is waited for itself.
        let sets_back = |other: usize| self.record(other).part == Part::Restore;
        let again = |&other: &usize| {
            self.is_before(other, at) && !sets_back(other) && !self.is_over(other, at)
        };
        in_line && self.active.iter().any(again)
    }

    /// Whether the step no longer keeps `later` from going on: it is passed itself, or something
    /// around it is or has left it behind, or it is part of a remedy, for which the failed step
    /// itself waits. An item that is forgiven keeps its own order.
    fn is_over(&self, at: usize, later: usize) -> bool {
        let is_shared = |above| self.tree.above(later).any(|other| other == above);
        self.is_passed(at)
            || self.caller(at).is_some()
            || self.is_left_behind(at)
            || self.tree.above(at).any(|above| self.is_passed(above) && !is_shared(above))
    }

    /// Whether nothing waits for the step any more, however it stands: it is passed, left behind, or
    /// failed in an item that is forgiven.
    pub(crate) fn is_let_be(&self, at: usize) -> bool {
        self.is_passed(at)
            || self.is_left_behind(at)
            || self.around(at).any(|above| self.is_passed(above))
    }

    /// Whether a block around the step has gone on to a later part, or to its end. What failed there,
    /// and what had not begun beside it, is left as it is. What was called runs whatever became of
    /// the blocks around it.
    pub(crate) fn is_left_behind(&self, at: usize) -> bool {
        let mut inside = at;
        for above in self.around(at) {
            let record = self.record(std::mem::replace(&mut inside, above));
            if record.called.is_some() {
                return false;
            }
            if self.record(above).state.is_past(record.part) {
                return true;
            }
        }
        false
    }

    /// The composites that wait for the step, the nearest first. A restore step is waited for by the
    /// block that sets back, and what was called on the way out by its list alone.
    pub(crate) fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        let is_on_the_way_out = self.stage(at) == Stage::Backout;
        let next = move |&at: &usize| {
            let record = self.record(at);
            match record.part {
                _ if is_on_the_way_out && record.called.is_some() => None,
                Part::Restore => record.parent.and_then(|owner| self.restoring_block(owner)),
                Part::Steps | Part::Rescue | Part::Always | Part::Undo => record.parent,
            }
        };
        std::iter::successors(Some(at), next).skip(1)
    }

    /// What keeps the step from starting because its locks are not had: itself, or the outermost of
    /// the composites around it.
    pub(crate) fn lacking(&self, at: usize) -> Option<usize> {
        let own = matches!(self.record(at).locks, Locks::Asked(_)).then_some(at);
        self.around(at).filter(|&above| self.is_without_locks(above)).last().or(own)
    }

    /// Whether the step is a composite under way that let its locks go, or waits for them.
    pub(crate) fn is_without_locks(&self, at: usize) -> bool {
        let record = self.record(at);
        let has_some = !record.lock_names.is_empty();
        let is_open = matches!(record.state, StepState::Open { .. });
        has_some && is_open && !matches!(record.locks, Locks::Held(_))
    }

    /// Who called the step, or what it is part of, if it does not run forward.
    fn caller(&self, at: usize) -> Option<Caller> {
        std::iter::once(at).chain(self.tree.above(at)).find_map(|at| self.record(at).called)
    }

    /// Which part of the run's life the step belongs to: a remedy to that of what failed.
    pub(crate) fn stage(&self, mut at: usize) -> Stage {
        // Two that name each other as their remedies would be a circle.
        for _ in &self.tree.records {
            match self.caller(at) {
                Some(Caller::Backout) => return Stage::Backout,
                Some(Caller::Failure(owner)) => at = owner,
                None => break,
            }
        }
        let phase = &self.plan.phases[self.record(at).at.0];
        if phase.finally { Stage::Finally } else { Stage::Forward }
    }

    /// Whether the run is in that part of its life.
    pub(crate) fn is_stage_on(&self, at: usize) -> bool {
        match self.stage(at) {
            Stage::Forward => self.ending == Ending::Working && !self.is_cut_short(),
            Stage::Backout => matches!(self.ending, Ending::BackingOut(_)),
            Stage::Finally => matches!(self.ending, Ending::Finishing(_)),
        }
    }

    /// Whether all that must be over before the step, where it stands, is.
    fn is_its_turn(&self, at: usize) -> bool {
        let record = self.record(at);
        if record.called.is_some() {
            return self.is_called_next(at);
        }
        let step = self.planned(record);
        match record.part {
            Part::Restore => return self.is_restored_next(at),
            Part::Undo => return false,
            Part::Steps | Part::Rescue | Part::Always => {}
        }
        let phase = &self.plan.phases[record.at.0];
        if step.backout || record.parent.is_none() && phase.on_abort {
            return false;
        }
        let in_order = self.tree.sequence(&self.plan, at).is_none_or(|mut siblings| {
            siblings.by_ref().take_while(|&other| other != at).all(|other| self.is_passed(other))
        });
        in_order
            && match record.parent {
                None => self.needs_over(record.at.0),
                Some(parent) => self.is_open_for(parent, at) && self.is_in_line(parent),
            }
    }

    /// Whether all that is around the composite at `at` is at the part it belongs to, up to what was
    /// called, and whose turn it is.
    fn is_in_line(&self, mut at: usize) -> bool {
        loop {
            let record = self.record(at);
            if record.called.is_some() {
                return self.is_called_next(at);
            }
            let Some(above) = self.around(at).next() else { return true };
            let StepState::Open { part, .. } = self.record(above).state else { return false };
            if part != record.part {
                return false;
            }
            at = above;
        }
    }

    /// Whether the composite `parent` lets the step at `at` start.
    fn is_open_for(&self, parent: usize, at: usize) -> bool {
        let above = self.record(parent);
        let StepState::Open { part, .. } = above.state else { return false };
        part == self.record(at).part && (above.role != Role::Fan || self.has_room_for(parent, at))
    }

    /// Whether the step is the next of the list in which it was called, and what it was called for
    /// still stands: a failure that is tried again needs no remedy.
    fn is_called_next(&self, at: usize) -> bool {
        let stands = match self.record(at).called {
            Some(Caller::Failure(owner)) => {
                matches!(self.record(owner).state, StepState::Failed { .. })
            }
            Some(Caller::Backout) | None => true,
        };
        let list = self.call_list(at).unwrap_or_default();
        let mut before = list.iter().take_while(|&&other| other != at);
        stands && before.all(|&other| self.is_passed(other))
    }

    /// The list a step was called in, if it was called.
    pub(crate) fn call_list(&self, at: usize) -> Option<&[usize]> {
        match self.record(at).called? {
            Caller::Backout => Some(&self.backout),
            Caller::Failure(owner) => Some(&self.record(owner).remedy),
        }
    }

    /// Whether the runbook's remedy for a failure is over.
    pub(crate) fn is_remedied(&self, at: usize) -> bool {
        let remedy = &self.record(at).remedy;
        !remedy.is_empty() && remedy.iter().all(|&step| self.is_passed(step))
    }

    /// Whether every phase that phase `index` needs is over.
    pub(crate) fn needs_over(&self, index: usize) -> bool {
        let needs = &self.plan.phases[index].needs;
        self.plan
            .phases
            .iter()
            .enumerate()
            .filter(|(_, phase)| needs.contains(&phase.id))
            .all(|(needed, _)| self.is_phase_over(needed))
    }

    /// Whether every step of phase `index` is passed.
    pub(crate) fn is_phase_over(&self, index: usize) -> bool {
        let stands = |&&at: &&usize| !self.planned(self.record(at)).backout;
        self.tree.roots[index].iter().filter(stands).all(|&at| self.is_passed(at))
    }
}
