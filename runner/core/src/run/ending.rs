//! How a run comes to its end.
//!
//! ```text
//! Working ── all over, or cut short ──> BackingOut ──> Finishing (finally) ──> Closed
//!     └────── nothing to take or set back ─────────────────^    │
//!                                           ^── something set there ──┘
//! ```

use std::collections::BTreeMap;

use super::{
    Ending, RunState, StepState,
    admission::{Stage, is_tolerated},
    step_state::Role,
};
use crate::{
    event::{Cause, Event, OpenItem, RunResult, SkipReason},
    model::{AfterRemedy, OnFailure, OnRejected, OnTimeout, Part, StepKind},
    step::attempt::is_sought,
    time::Reading,
    value::Value,
};

/// The event that brings the run nearer to its end, if one is due.
pub(super) fn next(state: &RunState, now: &Reading) -> Option<Event> {
    if is_under_way(state) {
        return None;
    }
    match state.ending {
        Ending::Working => {
            let result = result(state)?;
            let steps = backout(state);
            let ids = steps.iter().map(|&at| state.record(at).id.clone()).collect();
            Some(if steps.is_empty() {
                Event::RunEnding { result }
            } else {
                Event::BackoutStarted { result, steps: ids }
            })
        }
        Ending::BackingOut(result) => {
            let over = state.backout.iter().all(|&at| state.is_passed(at));
            over.then(|| set_back_late(state, result).unwrap_or(Event::RunEnding { result }))
        }
        Ending::Finishing(result) if is_finally_over(state) && !late(state).is_empty() => {
            set_back_late(state, result)
        }
        Ending::Finishing(_) if is_leaving(state) => None,
        Ending::Finishing(_) => close(state, &BTreeMap::new(), now),
        Ending::Closed(_) => None,
    }
}

/// Whether nothing keeps the run from closing but that it says what it leaves for others.
pub(super) fn is_leaving(state: &RunState) -> bool {
    !state.plan.outputs.is_empty() && is_over(state)
}

/// The last event, once nothing keeps the run from closing.
///
/// * `outputs`: what it leaves for others.
pub(super) fn close(
    state: &RunState,
    outputs: &BTreeMap<String, Value>,
    now: &Reading,
) -> Option<Event> {
    let Ending::Finishing(result) = state.ending else { return None };
    let took = now.wall.since(state.opened()?);
    // What a person left undone in the end is work left undone as well.
    let result = if result == RunResult::Succeeded { success(state) } else { result };
    is_over(state).then(|| Event::RunClosed { result, took, outputs: outputs.clone() })
}

/// What was set on the way out, by `always`, `on_abort` or `finally`, and not set back in a block of
/// theirs: what began last comes first.
fn late(state: &RunState) -> Vec<usize> {
    let records = state.tree.records.iter().enumerate();
    let mut due: Vec<(u64, usize)> = records
        .filter(|(at, record)| record.part == Part::Restore && !state.is_passed(*at))
        .filter_map(|(at, record)| Some((state.record(record.parent?).began?, at)))
        .collect();
    due.sort_unstable_by(|a, b| b.cmp(a));
    due.into_iter().map(|(_, at)| at).collect()
}

fn set_back_late(state: &RunState, result: RunResult) -> Option<Event> {
    let steps: Vec<_> = late(state).iter().map(|&at| state.record(at).id.clone()).collect();
    (!steps.is_empty()).then_some(Event::BackoutStarted { result, steps })
}

fn is_finally_over(state: &RunState) -> bool {
    let finally = state.plan.phases.iter().position(|phase| phase.finally);
    finally.is_none_or(|index| state.is_phase_over(index))
}

/// Whether anything still runs, or is looked for. A remedy may, although its failure was settled
/// meanwhile; nobody would hear of its end once the run has gone on without it.
fn is_under_way(state: &RunState) -> bool {
    state.active.iter().any(|&at| {
        let record = state.record(at);
        matches!(record.state, StepState::Running { .. }) || is_sought(state, record)
    })
}

/// Whether `finally` is over, nothing is under way, everything open is settled, and evidence can be
/// kept.
fn is_over(state: &RunState) -> bool {
    let Ending::Finishing(_) = state.ending else { return false };
    let over = is_finally_over(state) && late(state).is_empty();
    // A run that ends early leaves failures behind; what is still altered it may not.
    let settled = || {
        state.open_items().into_iter().all(|item| {
            state.is_cut_short() && matches!(item, OpenItem::Failed { .. } | OpenItem::Stale { .. })
        })
    };
    // A run whose evidence cannot be kept is not over.
    over && !is_under_way(state) && state.evidence_blocked.is_none() && settled()
}

/// The result, once all forward work is over.
fn result(state: &RunState) -> Option<RunResult> {
    if state.is_cut_short() {
        return if state.abort.is_some() { Some(RunResult::Aborted) } else { state.fatal() };
    }
    let phases = &state.plan.phases;
    let is_forward = |index: usize| !phases[index].finally && !phases[index].on_abort;
    let over = (0..phases.len()).filter(|&i| is_forward(i)).all(|i| state.is_phase_over(i));
    (over && state.open_items().is_empty()).then(|| success(state))
}

/// What has to be taken back and set back, in order: what began last comes first. A run that ends
/// well only sets back what it set; one that is cut short also takes back what it did.
fn backout(state: &RunState) -> Vec<usize> {
    let records = &state.tree.records;
    let mut began: Vec<(u64, usize)> = records
        .iter()
        .enumerate()
        .filter(|&(at, _)| state.stage(at) == Stage::Forward)
        .filter_map(|(at, record)| Some((record.began?, at)))
        .collect();
    began.sort_unstable_by(|a, b| b.cmp(a));
    let cut_short = state.is_cut_short();
    let due = |&child: &usize| {
        let wanted = match state.record(child).part {
            Part::Restore => true,
            Part::Undo => cut_short,
            Part::Always => {
                let open =
                    |owner: usize| matches!(state.record(owner).state, StepState::Open { .. });
                cut_short && state.record(child).parent.is_some_and(open)
            }
            Part::Steps | Part::Rescue => false,
        };
        wanted && !state.is_passed(child)
    };
    let owners = began.into_iter().filter(|&(_, at)| records[at].role != Role::Fan);
    let mut steps: Vec<usize> =
        owners.flat_map(|(_, at)| records[at].children.iter().copied().filter(due)).collect();
    if cut_short {
        let phases = state.plan.phases.iter().zip(&state.tree.roots);
        steps.extend(phases.filter(|(phase, _)| phase.on_abort).flat_map(|(_, roots)| roots));
    }
    steps
}

/// Skipped and empty are never success.
fn success(state: &RunState) -> RunResult {
    let mut anything_done = false;
    let mut work_left = false;
    for (at, record) in state.tree.records.iter().enumerate() {
        let is_leaf = record
            .children
            .iter()
            .all(|&child| matches!(state.record(child).part, Part::Undo | Part::Restore));
        match &record.state {
            StepState::Succeeded { .. }
            | StepState::Attested { .. }
            | StepState::Approved { .. } => {
                anything_done |= is_leaf && record.role != Role::Fan;
            }
            // A wait exists to be skippable; everything else a person skipped was work.
            StepState::Skipped { reason: SkipReason::Person { .. } } => {
                work_left |= !matches!(state.planned(record).kind, StepKind::Wait(_));
            }
            StepState::Failed { .. } => work_left |= state.is_open_failure(at),
            StepState::Skipped { reason: SkipReason::Condition { .. } }
            | StepState::Pending
            | StepState::Running { .. }
            | StepState::Backoff { .. }
            | StepState::Ticking { .. }
            | StepState::Asking { .. }
            | StepState::Open { .. }
            | StepState::Delaying { .. }
            | StepState::Unknown { .. } => {}
        }
    }
    if anything_done && !work_left { RunResult::Succeeded } else { RunResult::Incomplete }
}

impl RunState {
    /// Whether the run is to end before its work is done, and this step is part of that work: what
    /// it does is stopped, and time means nothing to it.
    pub(crate) fn is_stopped(&self, at: usize) -> bool {
        self.stage(at) == Stage::Forward && self.is_cut_short()
    }

    /// Whether the run is to end before its work is done.
    pub(crate) fn is_cut_short(&self) -> bool {
        match self.ending {
            Ending::Working => self.abort.is_some() || self.fatal().is_some(),
            Ending::BackingOut(result) | Ending::Finishing(result) | Ending::Closed(result) => {
                matches!(result, RunResult::Aborted | RunResult::Failed)
            }
        }
    }

    /// How a failure ends the run, if one does: as failed, or as aborted.
    pub(super) fn fatal(&self) -> Option<RunResult> {
        self.active.iter().find_map(|&at| {
            if self.is_fatally_exceeded(at) {
                return Some(RunResult::Failed);
            }
            let record = self.record(at);
            let StepState::Failed { cause, .. } = &record.state else { return None };
            let step = self.planned(record);
            let by_people = match &step.kind {
                StepKind::Approval(approval) => {
                    *cause == Cause::Rejected && approval.on_rejected == OnRejected::Abort
                        || *cause == Cause::TimedOut && approval.on_timeout == OnTimeout::Abort
                }
                StepKind::Checklist(list) => {
                    *cause == Cause::TimedOut && list.on_timeout == OnTimeout::Abort
                }
                StepKind::Run(_)
                | StepKind::Uses(_)
                | StepKind::Runbook(_)
                | StepKind::Block
                | StepKind::Parallel
                | StepKind::Wait(_)
                | StepKind::HardStop(_) => false,
            };
            let by_failure = match &step.on_failure {
                OnFailure::Abort => true,
                OnFailure::Run { then: AfterRemedy::Abort, .. } => self.is_remedied(at),
                OnFailure::Run { .. }
                | OnFailure::Pause
                | OnFailure::Continue
                | OnFailure::Rescue => false,
            };
            debug_assert!(!(by_failure && is_tolerated(self, at)), "one rule for a failure");
            if by_people {
                Some(RunResult::Aborted)
            } else {
                by_failure.then_some(RunResult::Failed)
            }
        })
    }
}
