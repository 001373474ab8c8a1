//! Who may have steps done again.

use super::impact;
use crate::{
    event::{Event, Impact},
    ids::StepId,
    input::RerunScope,
    model::StepKind,
    policy::{Actor, By, Verb},
    run::{Context, Refusal, RunState, StepState},
    step::approval,
};

/// Has a step done again.
pub(crate) fn rerun(
    state: &RunState,
    (step, scope): (&StepId, RerunScope),
    previewed: Option<&Impact>,
    by: By,
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    let impact = impact(state, step, scope)?;
    if previewed.is_some_and(|previewed| *previewed != impact) {
        return Err(Refusal::NotNow(
            "what follows is not what was shown any more: look at it again".to_owned(),
        ));
    }
    Ok(vec![Event::StepRerun { step: step.clone(), by, reason: reason.to_owned(), impact }])
}

/// Sends the run back to an earlier step, by somebody who may answer what lies before people.
pub(crate) fn send_back(
    state: &RunState,
    actor: &Actor,
    (step, to): (&StepId, &StepId),
    reason: &str,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = state.at(step).ok_or_else(|| Refusal::UnknownStep(step.clone()))?;
    let earlier = state.at(to).ok_or_else(|| Refusal::UnknownStep(to.clone()))?;
    let record = state.record(at);
    let by = match (&state.planned(record).kind, &record.state) {
        (StepKind::Checklist(_), StepState::Ticking { .. }) => {
            context.policy.authorise(state.plan(), Verb::Tick, actor)
        }
        (StepKind::Approval(_), StepState::Asking { .. }) => {
            approval::may_answer(state, at, actor, context.policy)
        }
        _ => {
            return Err(Refusal::NotNow(format!(
                "`{step}` does not lie before people, so nobody can send back from it"
            )));
        }
    };
    let by = by.map_err(Refusal::NotAllowed)?;
    if !state.is_before(earlier, at) {
        return Err(Refusal::NotNow(format!("`{to}` does not come before `{step}`")));
    }
    let impact = impact(state, to, RerunScope::From)?;
    let (step, to, reason) = (step.clone(), to.clone(), reason.to_owned());
    Ok(vec![Event::StepSentBack { step, to, by, reason, impact }])
}
