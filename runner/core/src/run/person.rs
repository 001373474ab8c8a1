//! What a person's verb means.

use super::{
    Blocked, Context, Ending, Placed, Refusal, RunState, Stage, admission::is_ready, again,
    open_item, rebase,
};
use crate::{
    event::Event,
    ids::StepId,
    input::Request,
    model::{Checklist, StepKind},
    policy::{Actor, By, Verb},
    step::{approval, checklist, glass, verbs},
};

pub(super) fn asks(
    state: &RunState,
    actor: &Actor,
    request: &Request,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let allowed =
        |verb| context.policy.authorise(&state.plan, verb, actor).map_err(Refusal::NotAllowed);
    match request {
        Request::Tick { step, item, value, artifact } => {
            let by = allowed(Verb::Tick)?;
            let list = checklist_at(state, step)?;
            checklist::tick(state, (step, list), item, (value.clone(), artifact.clone()), by)
        }
        Request::Untick { step, item, reason } => {
            let by = allowed(Verb::Tick)?;
            checklist::untick(state, (step, checklist_at(state, step)?), item, by, reason)
        }
        Request::Approve { code, comment, from, signature } => {
            let (comment, signature) = (comment.clone(), signature.clone());
            let answer = approval::Answer::Yes { comment, from: *from, signature };
            approval::answer(state, actor, code, answer, context)
        }
        Request::Reject { code, reason } => {
            let answer = approval::Answer::No { reason: reason.clone() };
            approval::answer(state, actor, code, answer, context)
        }
        Request::Withdraw { code, reason } => {
            approval::withdraw(state, actor, code, reason, context.policy)
        }
        Request::Retry { step, after, reason } => {
            let by = allowed(Verb::Retry)?;
            let (placed, _) = working_step(state, step)?;
            verbs::retry(placed.state, step, *after, by, reason.clone())
        }
        Request::Skip { step, reason } => {
            let by = allowed(Verb::Skip)?;
            let (placed, is_next) = working_step(state, step)?;
            verbs::skip(state, placed, is_next, by, reason.clone())
        }
        Request::Attest { step, reason, artifacts } => {
            let by = allowed(Verb::Attest)?;
            let (placed, is_next) = working_step(state, step)?;
            let proof = (reason.clone(), artifacts.clone());
            verbs::attest(state, placed, is_next, by, proof, context.policy)
        }
        Request::Hold { reason } => Ok(hold(state, allowed(Verb::Hold)?, reason)),
        Request::Lift { reason } => {
            let by = allowed(Verb::Hold)?;
            if state.hold.is_none() && !state.clock_held {
                return Err(Refusal::NotNow("the run is not held".to_owned()));
            }
            Ok(vec![Event::RunLifted { by, reason: reason.clone() }])
        }
        Request::Abort { reason } => {
            let by = allowed(Verb::Abort)?;
            if state.ending != Ending::Working {
                return Err(Refusal::NotNow("the run is ending already".to_owned()));
            }
            let asked = state.abort.is_some();
            let reason = reason.clone();
            Ok(if asked { Vec::new() } else { vec![Event::AbortRequested { by, reason }] })
        }
        Request::Rerun { .. }
        | Request::SendBack { .. }
        | Request::BreakGlass { .. }
        | Request::Review { .. }
        | Request::Waive { .. }
        | Request::Rebase { .. }
        | Request::Claim { .. }
        | Request::Note { .. } => about_the_run(state, actor, request, context),
    }
}

/// Verbs that reach beyond the step under way.
#[expect(clippy::wildcard_enum_match_arm, reason = "`asks` routes only the requests named here")]
fn about_the_run(
    state: &RunState,
    actor: &Actor,
    request: &Request,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let allowed =
        |verb| context.policy.authorise(&state.plan, verb, actor).map_err(Refusal::NotAllowed);
    match request {
        Request::Rerun { step, scope, previewed, reason } => {
            let by = allowed(Verb::Rerun)?;
            again::rerun(state, (step, *scope), previewed.as_ref(), by, reason)
        }
        Request::SendBack { step, to, reason } => {
            again::send_back(state, actor, (step, to), reason, context)
        }
        Request::BreakGlass { step, reason } => {
            let by = allowed(Verb::BreakGlass)?;
            working_step(state, step)?;
            glass::ask(state, step, by, reason, context.policy, context.now.wall)
        }
        Request::Review { step, finding } => {
            glass::review(state, step, allowed(Verb::Approve)?, finding, context.policy)
        }
        Request::Waive { item, reason } => {
            open_item::waive(state, item, allowed(Verb::Waive)?, reason, context.policy)
        }
        Request::Rebase { onto, reason } => {
            rebase::rebase(state, onto, allowed(Verb::Rebase)?, reason, context.policy)
        }
        Request::Claim { note } => Ok(claim(state, known(actor, context)?, note.as_ref())),
        Request::Note { step, text } => write(state, step.as_ref(), known(actor, context)?, text),
        _ => Ok(Vec::new()),
    }
}

/// Whoever the policy knows may say that they care for a run, or leave a note.
fn known(actor: &Actor, context: &Context<'_>) -> Result<By, Refusal> {
    match context.policy.person(&actor.email) {
        Some(person) => Ok(By { person, actor: actor.clone() }),
        None => Err(Refusal::NotAllowed(format!("the policy does not know `{}`", actor.email))),
    }
}

fn claim(state: &RunState, by: By, note: Option<&String>) -> Vec<Event> {
    let same = |(known, said): &(By, Option<String>)| {
        known.person == by.person && (note.is_none() || said.as_ref() == note)
    };
    if state.claim.as_ref().is_some_and(same) {
        return Vec::new();
    }
    vec![Event::RunClaimed { by, note: note.cloned() }]
}

fn write(
    state: &RunState,
    step: Option<&StepId>,
    by: By,
    text: &str,
) -> Result<Vec<Event>, Refusal> {
    if let Some(step) = step.filter(|step| state.at(step).is_none()) {
        return Err(Refusal::UnknownStep(step.clone()));
    }
    if text.trim().is_empty() {
        return Err(Refusal::BadAnswer("a note has a text".to_owned()));
    }
    let (step, text) = (step.cloned(), text.to_owned());
    let same = state.note.as_ref().is_some_and(|(about, who, said)| {
        *about == step && who.person == by.person && *said == text
    });
    Ok(if same { Vec::new() } else { vec![Event::NoteWritten { step, by, text }] })
}

fn hold(state: &RunState, by: By, reason: &str) -> Vec<Event> {
    if state.hold.is_some() {
        return Vec::new();
    }
    vec![Event::RunHeld { by, reason: reason.to_owned() }]
}

fn checklist_at<'a>(state: &'a RunState, step: &StepId) -> Result<&'a Checklist, Refusal> {
    match &working_step(state, step)?.0.step.kind {
        StepKind::Checklist(list) => Ok(list),
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Block
        | StepKind::Parallel
        | StepKind::Approval(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_) => Err(Refusal::NotNow(format!("`{step}` is not a checklist"))),
    }
}

/// A step a person's verb may speak of, one whose phase is still under way; and whether it is
/// next.
fn working_step<'a>(state: &'a RunState, id: &StepId) -> Result<(Placed<'a>, bool), Refusal> {
    let at = state.at(id).ok_or_else(|| Refusal::UnknownStep(id.clone()))?;
    let forward = state.stage(at) == Stage::Forward;
    if forward && (state.ending != Ending::Working || state.is_cut_short()) {
        return Err(Refusal::NotNow(format!("the run is ending; `{id}` can no longer change")));
    }
    let is_next = matches!(
        is_ready(state, at),
        Ok(()) | Err(Blocked::Held | Blocked::Locks | Blocked::Window { .. })
    );
    Ok((state.placed(at), is_next))
}
