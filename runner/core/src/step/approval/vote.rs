//! People's answers: a yes, a no, a yes taken back, and one that comes too late.

use super::entitlement::{Standing, entitled};
use crate::{
    event::Event,
    model::StepKind,
    policy::{Actor, By, Policy},
    run::{Asked, Context, Decision, Refusal, RunState, StepState},
    time::Timestamp,
};

/// A person's answer to a request.
pub(crate) enum Answer {
    /// Yes.
    Yes {
        /// What was said with it.
        comment: Option<String>,
        /// It counts from this instant on only.
        from: Option<Timestamp>,
        /// The person's own signature, or why it does not count.
        signature: Option<Result<String, String>>,
    },
    /// No, and why.
    No {
        /// Why.
        reason: String,
    },
}

/// A person's yes or no to the request of a code.
pub(crate) fn answer(
    state: &RunState,
    actor: &Actor,
    code: &str,
    answer: Answer,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (at, asked) = find(state, code)?;
    let record = state.record(at);
    let (StepKind::Approval(approval), StepState::Asking { request, refused, escalated, .. }) =
        (&state.planned(record).kind, &record.state)
    else {
        return late(state, at, asked, actor, matches!(answer, Answer::Yes { .. }));
    };
    if *request != asked.request {
        return late(state, at, asked, actor, matches!(answer, Answer::Yes { .. }));
    }
    let (step, request) = (record.id.clone(), *request);
    let standing = Standing { state, approval, escalated: *escalated };
    let counted = match &answer {
        Answer::Yes { signature: Some(Err(why)), .. } => Err(why.clone()),
        Answer::Yes { .. } | Answer::No { .. } => entitled(standing, actor, context.policy),
    };
    let counted = match (answer, counted) {
        (Answer::Yes { comment, from, signature }, Ok((by, groups))) => {
            let from = from.filter(|from| *from > context.now.wall);
            let signature = signature.and_then(Result::ok);
            match said_before(&record.state, &by, from, signature.as_deref(), context)? {
                None => Ok(Event::ApprovalAccepted {
                    step: step.clone(),
                    request,
                    by,
                    comment,
                    from,
                    signature,
                    groups,
                }),
                Some(Before::Same) => return Ok(Vec::new()),
                Some(Before::Otherwise(reason)) => Err(reason),
            }
        }
        (Answer::No { reason }, Ok((by, _))) => {
            Ok(Event::GateRejected { step: step.clone(), request, by, reason })
        }
        (Answer::Yes { .. } | Answer::No { .. }, Err(reason)) => Err(reason),
    };
    Ok(match counted {
        Ok(event) => vec![event],
        Err(reason) if refused.contains(&(actor.email.clone(), reason.clone())) => Vec::new(),
        Err(reason) => {
            vec![Event::ApprovalRefused { step, request, actor: actor.clone(), reason }]
        }
    })
}

/// A yes that the same person gave to the same request before.
enum Before {
    /// Nothing of it differs.
    Same,
    /// It came another way, which does not make it another person's.
    Otherwise(String),
}

fn said_before(
    asking: &StepState,
    by: &By,
    from: Option<Timestamp>,
    signature: Option<&str>,
    context: &Context<'_>,
) -> Result<Option<Before>, Refusal> {
    let StepState::Asking { votes, expires, .. } = asking else { return Ok(None) };
    let person = &by.person;
    let Some(before) = votes.iter().find(|vote| vote.by.person == *person) else {
        return match from.filter(|from| from >= expires) {
            None => Ok(None),
            Some(from) => Err(Refusal::NotNow(format!(
                "a yes that counts from {} on comes too late: the request ends at {}",
                from.to_the_second(),
                expires.to_the_second()
            ))),
        };
    };
    if before.by.actor.email != by.actor.email || before.signature.as_deref() != signature {
        return Ok(Some(Before::Otherwise(format!(
            "`{person}` said yes already, as `{}`: one person counts once, whatever account or \
             key they use",
            before.by.actor.email
        ))));
    }
    if before.from.filter(|from| *from > context.now.wall) == from {
        return Ok(Some(Before::Same));
    }
    Err(Refusal::NotNow(format!(
        "`{person}` said yes already, to count from another instant: withdraw that first"
    )))
}

/// Takes a yes back. Only who said it can, by whichever of their accounts.
pub(crate) fn withdraw(
    state: &RunState,
    actor: &Actor,
    code: &str,
    reason: &str,
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let (at, asked) = find(state, code)?;
    let record = state.record(at);
    let (StepState::Asking { request, votes, .. } | StepState::Approved { request, votes, .. }) =
        &record.state
    else {
        return Err(Refusal::NotNow(already(state, at, asked)));
    };
    if *request != asked.request {
        return Err(Refusal::NotNow(already(state, at, asked)));
    }
    let Some(person) = policy.person(&actor.email) else {
        return Err(Refusal::NotAllowed(format!("the policy does not know `{}`", actor.email)));
    };
    if !votes.iter().any(|vote| vote.by.person == person) {
        return Err(Refusal::NotNow(format!("`{person}` has not said yes to this request")));
    }
    let (step, request) = (record.id.clone(), *request);
    let by = By { person, actor: actor.clone() };
    Ok(vec![Event::ApprovalWithdrawn { step, request, by, reason: reason.to_owned() }])
}

/// What became of the request of a code, for somebody who answers it too late. `None` if it is
/// still open, or there is none.
pub fn decided(state: &RunState, code: &str) -> Option<String> {
    let (at, asked) = find(state, code).ok()?;
    let open = matches!(
        state.record(at).state,
        StepState::Asking { request, .. } if request == asked.request
    );
    (!open).then(|| already(state, at, asked))
}

/// The approval that wrote the request of a code, however long ago.
fn find<'a>(state: &'a RunState, code: &str) -> Result<(usize, &'a Asked), Refusal> {
    let records = state.tree.records.iter().enumerate();
    let mut all = records.flat_map(|(at, record)| record.asked.iter().map(move |it| (at, it)));
    let Some((at, asked)) = all.find(|(_, asked)| asked.digest.code() == code) else {
        let open = state.active().filter_map(|placed| {
            let StepState::Asking { digest, .. } = placed.state else { return None };
            Some(format!("{} ({})", digest.code(), placed.id))
        });
        let open: Vec<String> = open.collect();
        let hint = if open.is_empty() {
            "; nothing is being asked now".to_owned()
        } else {
            format!("; open: {}", open.join(", "))
        };
        return Err(Refusal::NoSuchRequest { code: code.to_owned(), hint });
    };
    if !state.is_stage_on(at) {
        let step = &state.record(at).id;
        return Err(Refusal::NotNow(format!("the run is ending; `{step}` is asked no more")));
    }
    Ok((at, asked))
}

/// The answer to who comes after the decision. It is kept once, and changes nothing; one that had
/// its part in the decision is not kept again.
fn late(
    state: &RunState,
    at: usize,
    asked: &Asked,
    actor: &Actor,
    yes: bool,
) -> Result<Vec<Event>, Refusal> {
    if asked.heard.contains(&(actor.email.clone(), yes)) {
        return Err(Refusal::NotNow(already(state, at, asked)));
    }
    let step = state.record(at).id.clone();
    Ok(vec![Event::ApprovalLate { step, request: asked.request, actor: actor.clone(), yes }])
}

fn already(state: &RunState, at: usize, asked: &Asked) -> String {
    let step = &state.record(at).id;
    let what = format!("request {} of `{step}` is decided already", asked.request);
    let Some((decision, at)) = &asked.decided else {
        return format!("{what}: steps were done again, and it counts no more");
    };
    let at = at.to_the_second();
    match decision {
        Decision::Approved(people) => {
            let people: Vec<String> = people.iter().map(|by| format!("`{by}`")).collect();
            format!("{what}: approved by {} at {at}", people.join(" and "))
        }
        Decision::Rejected(by) => format!("{what}: rejected by `{by}` at {at}"),
        Decision::Expired => format!("{what}: nobody answered in time, which was {at}"),
        Decision::Void => format!("{what}: it became void at {at}"),
    }
}
