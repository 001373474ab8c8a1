//! A request: what it is bound to, and its beginning. Who answers it is decided elsewhere.

use crate::{
    event::{Binding, Event, ShownEvidence},
    ids::{AttemptNo, Digest, StepId},
    model::{Approval, StepKind},
    policy::Policy,
    run::RunState,
    time::Timestamp,
};

/// Everything a request of this step is bound to, as it is now.
///
/// `None` if the step is not an approval of this plan.
pub fn binding(state: &RunState, policy: &Policy, step: &StepId) -> Option<Binding> {
    let StepKind::Approval(approval) = &state.template(step)?.kind else { return None };
    let (header, pinned) = (state.header(), state.pinned());
    let shown = approval.show.iter().flat_map(|shown| evidence(state, step, shown));
    Some(Binding {
        runbook: pinned.runbook,
        plan: pinned.plan,
        inputs: header.inputs,
        policy: policy.digest,
        shown: shown.collect(),
    })
}

/// What a step left that counts, each of its items for one in a fan-out. A gate that is itself one
/// of these items is shown its own.
fn evidence<'a>(
    state: &'a RunState,
    gate: &StepId,
    shown: &'a StepId,
) -> impl Iterator<Item = ShownEvidence> + 'a {
    let around = state.nearest(gate, shown).unwrap_or_else(|| shown.clone());
    let of_these = move |id: &&StepId| {
        let mut keys = id.keys();
        around.keys().all(|key| keys.next() == Some(key))
    };
    state.instances(shown).filter(of_these).flat_map(|id| {
        state.current_artifacts(id).iter().map(|artifact| ShownEvidence {
            step: id.clone(),
            path: artifact.path.clone(),
            digest: artifact.digest,
        })
    })
}

/// The start of a request.
pub(crate) fn start(
    (step, approval): (&StepId, &Approval),
    request: AttemptNo,
    digest: Digest,
    binding: Binding,
    now: Timestamp,
) -> Event {
    let expires = now.plus(approval.timeout);
    Event::GateReached { step: step.clone(), request, digest, binding, expires }
}
