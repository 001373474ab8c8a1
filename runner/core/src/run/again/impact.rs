//! What doing a step again means, from where the run stands.

use std::collections::BTreeSet;

use super::follow::follow;
use crate::{
    event::Impact,
    ids::StepId,
    input::RerunScope,
    model::Part,
    run::{
        Refusal, RunState, StepState,
        step_state::{Caller, Role},
    },
    step::verbs::word,
};

/// What doing `step` again would mean for the run, changing nothing.
///
/// * `scope`: how much besides the step. Whatever is in it and has not begun stays as it is.
///
/// # Errors
///
/// [`Refusal`] if it cannot be done again now: it has not begun, it or what comes after it is
/// under way, or that part of the run is over.
pub fn impact(state: &RunState, step: &StepId, scope: RerunScope) -> Result<Impact, Refusal> {
    let at = state.at(step).ok_or_else(|| Refusal::UnknownStep(step.clone()))?;
    is_open_to_it(state, at)?;
    let again = match scope {
        RerunScope::Step => whole(state, at),
        RerunScope::FailedItems => failed_items(state, at)?,
        RerunScope::From => whole(state, at).into_iter().chain(after(state, at)).collect(),
    };
    nothing_under_way(state, at, &again)?;
    still_set(state, at, &again)?;
    let mut around = state.tree.above(at).chain([at]);
    let partial = scope == RerunScope::FailedItems
        || around.any(|above| state.record(above).role == Role::Item);
    Ok(follow(state, again, partial))
}

/// Whether that part of the run is under way, and the step has begun in it.
fn is_open_to_it(state: &RunState, at: usize) -> Result<(), Refusal> {
    let record = state.record(at);
    let id = &record.id;
    let called = state.call_list(at).is_some_and(|list| list.contains(&at));
    let is_companion = matches!(record.part, Part::Undo | Part::Restore);
    if !state.is_stage_on(at) || is_companion && !called || record.called.is_some() && !called {
        return Err(Refusal::NotNow(format!(
            "that part of the run is not under way; `{id}` can no longer change"
        )));
    }
    if let Some(Caller::Failure(owner)) = record.called
        && !matches!(state.record(owner).state, StepState::Failed { .. })
    {
        let owner = &state.record(owner).id;
        return Err(Refusal::NotNow(format!("`{id}` ran because `{owner}` failed, which is past")));
    }
    let leaf = record
        .children
        .iter()
        .all(|&child| matches!(state.record(child).part, Part::Undo | Part::Restore));
    let why = match record.state {
        StepState::Pending => "has not begun, so there is nothing to do again".to_owned(),
        StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Delaying { .. }
            if leaf =>
        {
            format!("is {}: answer it, wait for its end, or abort", word(&record.state))
        }
        StepState::Running { .. }
        | StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Delaying { .. }
        | StepState::Approved { .. }
        | StepState::Open { .. }
        | StepState::Failed { .. }
        | StepState::Unknown { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => return Ok(()),
    };
    Err(Refusal::NotNow(format!("`{id}` {why}")))
}

/// The step and all in it that has begun, and the rescue that answered its failure.
fn whole(state: &RunState, at: usize) -> BTreeSet<usize> {
    let rescue = state.rescued_by(at).into_iter().flat_map(|block| {
        let steps = state.record(block).children.iter().copied();
        steps.filter(|&child| state.record(child).part == Part::Rescue)
    });
    let all = state.tree.below(at).into_iter();
    let all = all.chain(rescue.flat_map(|step| state.tree.below(step)));
    all.filter(|&at| state.record(at).state != StepState::Pending).collect()
}

/// The items of a fan-out that failed, each from its beginning.
fn failed_items(state: &RunState, fan: usize) -> Result<BTreeSet<usize>, Refusal> {
    let record = state.record(fan);
    if record.role != Role::Fan {
        return Err(Refusal::NotNow(format!("`{}` is not done for several items", record.id)));
    }
    let failed = |item: usize| {
        state.tree.below(item).into_iter().any(|at| {
            let state_of = &state.record(at).state;
            matches!(state_of, StepState::Failed { .. } | StepState::Unknown { .. })
                && !state.is_rescued(at)
        })
    };
    let items = record.children.iter().copied().filter(|&item| failed(item));
    let again: BTreeSet<usize> = items.flat_map(|item| whole(state, item)).collect();
    if again.is_empty() {
        return Err(Refusal::NotNow(format!("no item of `{}` failed", record.id)));
    }
    Ok(again)
}

/// Everything after the step, in the same part of the run, that has begun.
fn after(state: &RunState, at: usize) -> impl Iterator<Item = usize> {
    let begun = |other: &usize| state.record(*other).state != StepState::Pending;
    let all = state.tree.in_order().into_iter();
    all.filter(begun).filter(move |&other| comes_after(state, at, other))
}

/// Whether `later` comes after the step: by the list in which both were called on the way out, which
/// is not the order of the runbook, or by that.
fn comes_after(state: &RunState, at: usize, later: usize) -> bool {
    let place = |at: usize| {
        let mut line = std::iter::once(at).chain(state.tree.above(at));
        line.find_map(|at| {
            let called = state.record(at).called == Some(Caller::Backout);
            state.backout.iter().position(|&listed| called && listed == at)
        })
    };
    match (place(at), place(later)) {
        (Some(one), Some(other)) if one != other => one < other,
        _ => state.stage(at) == state.stage(later) && state.is_before(at, later),
    }
}

/// Neither what is done again nor anything after the step may be under way: the order would be
/// lost, or what is under way.
fn nothing_under_way(state: &RunState, at: usize, again: &BTreeSet<usize>) -> Result<(), Refusal> {
    let under_way = |other: &usize| matches!(state.record(*other).state, StepState::Running { .. });
    let mut all = again.iter().copied().chain(after(state, at));
    match all.find(|other| under_way(other)) {
        None => Ok(()),
        Some(other) => Err(Refusal::NotNow(format!(
            "`{}` is running: wait for its end, or abort",
            state.record(other).id
        ))),
    }
}

/// What a step before this one set must still be set: it is not set anew by doing this one again.
fn still_set(state: &RunState, at: usize, again: &BTreeSet<usize>) -> Result<(), Refusal> {
    let set_back = |&other: &usize| {
        let record = state.record(other);
        let owner = record.parent.filter(|owner| state.is_before(*owner, at));
        record.part == Part::Restore
            && record.state != StepState::Pending
            && record.called.is_none()
            && owner.is_some_and(|owner| !again.contains(&owner))
            && owner
                .and_then(|owner| state.restoring_block(owner))
                .is_some_and(|block| state.tree.above(at).any(|above| above == block))
    };
    match (0..state.tree.records.len()).find(set_back).and_then(|it| state.record(it).parent) {
        None => Ok(()),
        Some(owner) => Err(Refusal::NotNow(format!(
            "what `{owner}` set was set back since; do it again from there: \
             `rerun {owner} --from`",
            owner = state.record(owner).id
        ))),
    }
}
