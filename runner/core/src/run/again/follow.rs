//! What follows for the steps that are not done again themselves.

use std::collections::BTreeSet;

use super::reads;
use crate::{
    event::{Impact, SkipReason},
    ids::StepId,
    model::{AnchorPoint, Approval, AttemptRule, Bound, Delay, StepKind, Until},
    run::{RunState, StepState, step_state::Role},
};

/// Completes what is done again by all that it brings with it.
pub(super) fn follow(state: &RunState, again: BTreeSet<usize>, partial: bool) -> Impact {
    let order = state.tree.in_order();
    let mut changed = again;
    // A wait may count from an approval that is void now, and another wait from that one.
    loop {
        let follows = |&at: &usize| {
            !changed.contains(&at)
                && (restarts(state, at, &changed) || is_void(state, at, &changed))
        };
        let more: Vec<usize> = order.iter().copied().filter(follows).collect();
        if more.is_empty() {
            break;
        }
        changed.extend(more);
    }
    let mut impact = Impact { partial, ..Impact::default() };
    for at in order {
        let record = state.record(at);
        if !changed.contains(&at) {
            if is_stale(state, at, &changed) {
                impact.stale.push(record.id.clone());
            }
            continue;
        }
        let current = record.artifacts.iter().skip(record.superseded);
        impact.superseded.extend(current.map(|artifact| artifact.path.clone()));
        let list = match (&state.planned(record).kind, &record.state) {
            _ if record.role == Role::Fan => &mut impact.again,
            (StepKind::Wait(_) | StepKind::HardStop(_), _) => &mut impact.restarted,
            (_, StepState::Asking { .. } | StepState::Approved { .. }) => &mut impact.voided,
            _ => &mut impact.again,
        };
        list.push(record.id.clone());
    }
    impact
}

/// Whether the delay counts from what is done again, by its own rule (peers' Q2). One that a
/// person skipped stays skipped.
fn restarts(state: &RunState, at: usize, changed: &BTreeSet<usize>) -> bool {
    let record = state.record(at);
    let (StepKind::Wait(delay) | StepKind::HardStop(delay)) = &state.planned(record).kind else {
        return false;
    };
    let Delay { until: Until::After { since: Some(anchor), .. }, attempt, continuous, .. } = delay
    else {
        return false;
    };
    let begun = matches!(record.state, StepState::Delaying { .. } | StepState::Succeeded { .. });
    if !begun || record.role == Role::Fan {
        return false;
    }
    match (anchor.point, attempt) {
        (AnchorPoint::Started, AttemptRule::First) => false,
        (AnchorPoint::Started, AttemptRule::Effective) if !continuous => {
            nearest(state, at, &anchor.step).is_some_and(|anchored| changed.contains(&anchored))
        }
        (AnchorPoint::Started, AttemptRule::Effective | AttemptRule::Latest)
        | (AnchorPoint::Finished | AnchorPoint::Approved, _) => {
            touches(state, at, &anchor.step, changed)
        }
    }
}

/// Whether the approval, asked or given but not used, is bound to evidence that is superseded.
fn is_void(state: &RunState, at: usize, changed: &BTreeSet<usize>) -> bool {
    let record = state.record(at);
    let open = matches!(record.state, StepState::Asking { .. } | StepState::Approved { .. });
    open && shows(state, at, changed)
}

fn shows(state: &RunState, at: usize, changed: &BTreeSet<usize>) -> bool {
    let StepKind::Approval(Approval { show, binds, .. }) = &state.planned(state.record(at)).kind
    else {
        return false;
    };
    (binds.is_empty() || binds.contains(&Bound::Evidence))
        && show.iter().any(|step| touches(state, at, step, changed))
}

/// Whether the step came to what it is by reading what is done again.
fn is_stale(state: &RunState, at: usize, changed: &BTreeSet<usize>) -> bool {
    let record = state.record(at);
    let step = state.planned(record);
    match &record.state {
        StepState::Pending | StepState::Skipped { reason: SkipReason::Person { .. } } => {
            return false;
        }
        StepState::Skipped { reason: SkipReason::Condition { .. } }
        | StepState::Running { .. }
        | StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Approved { .. }
        | StepState::Open { .. }
        | StepState::Delaying { .. }
        | StepState::Failed { .. }
        | StepState::Unknown { .. }
        | StepState::Succeeded { .. }
        | StepState::Attested { .. } => {}
    }
    let read = reads(state.plan(), step, record.role == Role::Fan);
    read.iter().any(|read| touches(state, at, read, changed)) || shows(state, at, changed)
}

/// The step that `from` means by that name.
fn nearest(state: &RunState, from: usize, step: &StepId) -> Option<usize> {
    state.nearest(&state.record(from).id, step).and_then(|id| state.at(&id))
}

/// Whether that step, or anything in it, is among those; for all of its items, if it stands in a
/// fan-out that `from` is outside of.
fn touches(state: &RunState, from: usize, step: &StepId, changed: &BTreeSet<usize>) -> bool {
    let meant = nearest(state, from, step);
    let is_meant = |at: usize| match meant {
        Some(meant) => at == meant,
        None => state.record(at).id.base() == *step,
    };
    changed.iter().any(|&at| is_meant(at) || state.tree.above(at).any(is_meant))
}
