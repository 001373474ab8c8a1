//! Why yeses that were given no longer count.

use super::{
    entitlement::{Standing, entitled},
    quorum::enough,
    request::binding,
};
use crate::{
    event::{Binding, VoidReason},
    model::{Approval, Bound, StepKind},
    run::{Context, RunState, StepState, Vote},
};

/// Why the votes for the request at `at` no longer count, if they do not. Asked when time passes
/// and, above all, when the approval is about to be used.
pub(crate) fn void_reason(
    state: &RunState,
    at: usize,
    context: &Context<'_>,
) -> Option<VoidReason> {
    let record = state.record(at);
    let StepKind::Approval(approval) = &state.planned(record).kind else { return None };
    let (StepState::Asking { binding: bound, votes, escalated, .. }
    | StepState::Approved { binding: bound, votes, escalated, .. }) = &record.state
    else {
        return None;
    };
    let what = changes(approval, bound, &binding(state, context.policy, &record.id)?);
    if !what.is_empty() {
        return Some(VoidReason::Changed { what });
    }
    if let StepState::Approved { valid_until, .. } = &record.state {
        if context.now.wall >= *valid_until {
            return Some(VoidReason::Expired);
        }
        if !enough(approval, votes, context.now.wall) {
            let message = "too few people stand by their yes".to_owned();
            return Some(VoidReason::Entitlement { message });
        }
    }
    let standing = Standing { state, approval, escalated: *escalated };
    let lost = |vote| no_longer_counts(standing, vote, context);
    votes.iter().find_map(lost).map(|message| VoidReason::Entitlement { message })
}

/// Why a yes that counted when it was given does not any more.
fn no_longer_counts(standing: Standing<'_>, vote: &Vote, context: &Context<'_>) -> Option<String> {
    let (by, groups) = match entitled(standing, &vote.by.actor, context.policy) {
        Ok(entitled) => entitled,
        Err(message) => return Some(message),
    };
    if by.person != vote.by.person {
        return Some(format!("`{}` is now known as `{}`", vote.by.person, by.person));
    }
    let left = vote.groups.iter().find(|group| !groups.contains(group))?;
    Some(format!("`{}` no longer counts for group `{left}`", by.person))
}

/// What differs of that which the gate is bound to, in words people can act on.
fn changes(approval: &Approval, bound: &Binding, now: &Binding) -> Vec<String> {
    let binds = |part| approval.binds.is_empty() || approval.binds.contains(&part);
    let parts = [
        (Bound::Runbook, "the runbook", bound.runbook == now.runbook),
        (Bound::Plan, "the plan", bound.plan == now.plan),
        (Bound::Inputs, "the inputs", bound.inputs == now.inputs),
        (Bound::Policy, "the policy", bound.policy == now.policy),
    ];
    let mut what: Vec<String> = parts
        .iter()
        .filter(|(part, _, same)| binds(*part) && !same)
        .map(|(_, name, _)| (*name).to_owned())
        .collect();
    if !binds(Bound::Evidence) {
        return what;
    }
    for shown in now.shown.iter().filter(|shown| !bound.shown.contains(shown)) {
        what.push(format!("the evidence of `{}` ({})", shown.step, shown.path));
    }
    for shown in &bound.shown {
        if !now.shown.iter().any(|other| other.path == shown.path) {
            what.push(format!("the evidence of `{}` ({} is gone)", shown.step, shown.path));
        }
    }
    what
}
