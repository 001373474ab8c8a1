//! Blocks, parallels and fan-outs: what follows when something in them changed.
//!
//! ```text
//!                    ┌── all over ───────────────────────────┐
//! Open(steps) ───────┤                                       v
//!                    └── one failed, rescue ──> Open(rescue) ──> Open(always) ──> Open(restore) ──> Succeeded
//! ```
//!
//! A composite never fails: what failed in it waits for people where it stands, or is rescued.

use std::collections::BTreeMap;

use super::{
    RunState, StepState,
    step_state::{Role, StepRecord},
    tree,
};
use crate::{
    event::{Event, SkipReason},
    model::{OnFailure, Part, StepKind},
};

/// What the composite at `at` comes to now, if anything.
pub(crate) fn wake(state: &RunState, at: usize) -> Option<Event> {
    let record = state.record(at);
    let StepState::Open { part, .. } = record.state else { return None };
    let step = record.id.clone();
    if part == Part::Steps && is_to_be_rescued(state, at) {
        return Some(Event::BlockTurned { step, part: Part::Rescue });
    }
    let over = if part == Part::Restore {
        state.restores(Some(at)).next().is_none()
    } else {
        children(state, record, part).all(|child| state.is_passed(child))
    };
    if !over {
        return None;
    }
    match next_part(state, at, part) {
        Some(part) => Some(Event::BlockTurned { step, part }),
        None => Some(end(state, record)),
    }
}

/// The part that follows, if one has anything to do.
fn next_part(state: &RunState, at: usize, part: Part) -> Option<Part> {
    let record = state.record(at);
    let always = || children(state, record, Part::Always).next().map(|_| Part::Always);
    let restore = || {
        let is_block = record.role != Role::Fan && state.is_block(at);
        (is_block && state.restores(Some(at)).next().is_some()).then_some(Part::Restore)
    };
    match part {
        Part::Steps | Part::Rescue => always().or_else(restore),
        Part::Always => restore(),
        Part::Restore | Part::Undo => None,
    }
}

/// The end of a composite. Skipped and empty are never success: a fan-out whose items were all
/// skipped by their condition was skipped by it.
fn end(state: &RunState, record: &StepRecord) -> Event {
    let step = record.id.clone();
    let mut reasons = record.children.iter().map(|&item| {
        let StepState::Skipped { reason: reason @ SkipReason::Condition { .. } } =
            &state.record(item).state
        else {
            return None;
        };
        Some(reason)
    });
    if record.role == Role::Fan
        && let Some(Some(reason)) = reasons.next()
        && reasons.all(|reason| reason.is_some())
    {
        return Event::StepSkipped { step, reason: reason.clone() };
    }
    let attempt = record.last_attempt();
    Event::StepSucceeded { step, attempt, outputs: BTreeMap::new(), artifacts: Vec::new() }
}

/// Whether something in the block's steps failed for good and its rescue is to take over. What is
/// under way beside it ends first.
fn is_to_be_rescued(state: &RunState, block: usize) -> bool {
    let record = state.record(block);
    let steps = || children(state, record, Part::Steps);
    let failed = |child: usize| {
        state.tree.below(child).into_iter().any(|at| {
            matches!(state.record(at).state, StepState::Failed { .. })
                && state.rescuer(at) == Some(block)
        })
    };
    children(state, record, Part::Rescue).next().is_some()
        && steps().any(failed)
        && !steps().any(|child| state.is_moving(child))
}

fn children(state: &RunState, record: &StepRecord, part: Part) -> impl Iterator<Item = usize> {
    let stands = move |&&child: &&usize| {
        let child = state.record(child);
        child.part == part && !state.planned(child).backout
    };
    record.children.iter().filter(stands).copied()
}

impl RunState {
    /// The block whose rescue takes over when the step at `at` fails for good.
    fn rescuer(&self, at: usize) -> Option<usize> {
        let step = self.planned(self.record(at));
        // A no is an answer, not a failure: `on_rejected` says what it does.
        let is_answer = matches!(step.kind, StepKind::Approval(_));
        if step.on_failure != OnFailure::Rescue || is_answer {
            return None;
        }
        let mut below = at;
        self.around(at).find(|&above| {
            let inside = std::mem::replace(&mut below, above);
            let is_part = self.record(inside).part == Part::Steps;
            let record = self.record(above);
            is_part && children(self, record, Part::Rescue).next().is_some()
        })
    }

    /// Whether the step's failure was handed to a rescue.
    pub(crate) fn is_rescued(&self, at: usize) -> bool {
        self.rescued_by(at).is_some()
    }

    /// The block whose rescue took over when the step at `at` failed.
    pub(crate) fn rescued_by(&self, at: usize) -> Option<usize> {
        let failed = matches!(self.record(at).state, StepState::Failed { .. });
        self.rescuer(at).filter(|&it| failed && self.record(it).state.is_past(Part::Steps))
    }

    pub(crate) fn is_block(&self, at: usize) -> bool {
        matches!(tree::planned(&self.plan, self.record(at)).kind, StepKind::Block)
    }

    /// The block that sets back what the step at `at` set; `None` for the run as a whole.
    pub(crate) fn restoring_block(&self, at: usize) -> Option<usize> {
        let is_block =
            |&above: &usize| self.record(above).role != Role::Fan && self.is_block(above);
        self.tree.above(at).find(is_block)
    }

    /// The `restore` steps that are still due in that scope (a block, or the run), in the order in
    /// which they run: what was set last is set back first.
    pub(crate) fn restores(&self, scope: Option<usize>) -> impl Iterator<Item = usize> {
        let records = self.tree.records.iter().enumerate();
        let mut due: Vec<(u64, usize)> = records
            .filter(|(at, record)| record.part == Part::Restore && !self.is_passed(*at))
            .filter_map(|(at, record)| {
                let owner = record.parent?;
                let began = self.record(owner).began?;
                (self.restoring_block(owner) == scope).then_some((began, at))
            })
            .collect();
        due.sort_unstable_by(|a, b| b.cmp(a));
        due.into_iter().map(|(_, at)| at)
    }

    /// Whether the `restore` step at `at` is the next of its block.
    pub(crate) fn is_restored_next(&self, at: usize) -> bool {
        let Some(owner) = self.record(at).parent else { return false };
        let Some(block) = self.restoring_block(owner) else { return false };
        matches!(self.record(block).state, StepState::Open { part: Part::Restore, .. })
            && self.restores(Some(block)).next() == Some(at)
    }
}
