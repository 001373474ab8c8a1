//! Who may have a run go on at a newer commit, and when.

use super::{Names, prefix};
use crate::{
    event::{Event, VoidReason},
    input::Revision,
    policy::{By, Policy},
    run::{Ending, Pinned, Placed, Refusal, RunState, StepState},
};

/// Whether the run may go on with that revision, as far as it and the run go.
///
/// # Errors
///
/// [`Refusal::NotNow`] if something is under way, or with the first difference in what was
/// executed; [`Refusal::NotAllowed`] if the policy revokes that revision.
pub fn may_rebase(state: &RunState, onto: &Revision, policy: &Policy) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::NotNow(why));
    if state.ending == Ending::Working && state.is_cut_short() {
        return refuse(
            "the run is being cut short: wait until what is under way has ended".to_owned(),
        );
    }
    let moving = |placed: &Placed<'_>| {
        matches!(placed.state, StepState::Running { .. } | StepState::Backoff { .. })
    };
    if let Some(placed) = state.active().find(moving) {
        return refuse(format!("`{}` is under way: wait for its end", placed.id));
    }
    let pinned = Pinned { commit: onto.commit.clone(), runbook: onto.runbook, plan: onto.digest };
    if let Some(revocation) = policy.revocation(&onto.plan, &pinned) {
        return Err(Refusal::NotAllowed(revocation.to_string()));
    }
    match prefix::difference(state, &onto.plan) {
        None => Ok(()),
        Some(difference) => {
            let path = &state.header().runbook.path;
            refuse(format!("{path} at {}: {difference}", onto.commit))
        }
    }
}

/// Has the run go on with that revision. Whoever was asked is asked anew, unless that part of the
/// run is over.
pub(in crate::run) fn rebase(
    state: &RunState,
    onto: &Revision,
    by: By,
    reason: &str,
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let Revision { commit, runbook, digest, plan } = onto;
    if state.pinned.plan == *digest && state.pinned.commit == *commit {
        return Ok(Vec::new());
    }
    may_rebase(state, onto, policy)?;
    let mut events = vec![Event::RunRebased {
        by,
        reason: reason.to_owned(),
        commit: commit.clone(),
        runbook: *runbook,
        plan: *digest,
    }];
    let names = Names::new(plan);
    let order = state.tree.in_order().into_iter().filter(|&at| state.is_stage_on(at));
    let voided = order.filter_map(|at| {
        let record = state.record(at);
        let (StepState::Asking { request, .. } | StepState::Approved { request, .. }) =
            record.state
        else {
            return None;
        };
        let what = vec!["the runbook and its plan".to_owned()];
        let reason = VoidReason::Changed { what };
        Some(Event::ApprovalVoided { step: names.of(&record.id), request, reason })
    });
    events.extend(voided);
    Ok(events)
}
