//! Approvals: named people's yes or no to one request.
//!
//! ```text
//! Pending ── request written ──> Asking ── enough yeses ──> Approved ── next step starts ──> Succeeded
//!    ^                             │  │                        │
//!    │                             │  └─ a no, or no answer ──>│──> Failed
//!    └───── what was shown changed, or not used in time ───────┘
//! ```
//!
//! A request is never re-opened: what is void is followed by a request with the next number.

use crate::{
    event::{Binding, Cause, Event, ShownEvidence, VoidReason},
    ids::{PersonId, StepId},
    model::{Approval, OnTimeout, SeparatedRole, StepKind},
    policy::{Actor, By, Policy, Verb},
    run::{Context, Refusal, RunState, StepState, Vote},
    time::Timestamp,
};

/// Everything a request of this step is bound to, as it is now.
///
/// `None` if the step is not an approval of this plan.
pub fn binding(state: &RunState, policy: &Policy, step: &StepId) -> Option<Binding> {
    let StepKind::Approval(approval) = &state.template(step)?.kind else { return None };
    let header = state.header();
    let shown = approval.show.iter().flat_map(|shown| {
        state.artifacts(shown).iter().map(|artifact| ShownEvidence {
            step: shown.clone(),
            path: artifact.path.clone(),
            digest: artifact.digest,
        })
    });
    Some(Binding {
        runbook: header.runbook.digest,
        plan: header.plan,
        inputs: header.inputs,
        policy: policy.digest,
        shown: shown.collect(),
    })
}

/// A person's yes (`reason` is `None`) or no to the request of a code.
pub(crate) fn vote(
    state: &RunState,
    actor: &Actor,
    code: &str,
    answer: Answer,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (step, approval, asking) = find(state, code)?;
    let StepState::Asking { request, votes, refused, .. } = asking else {
        return Err(Refusal::NotNow(format!("`{step}` is not asking")));
    };
    let (step, request) = (step.clone(), *request);
    let by = match entitled(state, approval, actor, context.policy) {
        Ok(by) => by,
        Err(reason) => {
            let known = refused.contains(&(actor.email.clone(), reason.clone()));
            let actor = actor.clone();
            return Ok(if known {
                Vec::new()
            } else {
                vec![Event::ApprovalRefused { step, request, actor, reason }]
            });
        }
    };
    Ok(match answer {
        Answer::Yes { .. } if votes.iter().any(|vote| vote.by.person == by.person) => Vec::new(),
        Answer::Yes { comment } => vec![Event::ApprovalAccepted {
            step,
            request,
            by,
            comment,
            from: None,
            signature: None,
        }],
        Answer::No { reason } => vec![Event::GateRejected { step, request, by, reason }],
    })
}

/// A person's answer to a request.
pub(crate) enum Answer {
    /// Yes, and what was said with it.
    Yes { comment: Option<String> },
    /// No, and why.
    No { reason: String },
}

fn find<'a>(
    state: &'a RunState,
    code: &str,
) -> Result<(&'a StepId, &'a Approval, &'a StepState), Refusal> {
    let mut open = Vec::new();
    for placed in state.active() {
        let (step, step_state) = (placed.id, placed.state);
        if let (StepKind::Approval(approval), StepState::Asking { digest, .. }) =
            (&placed.step.kind, step_state)
        {
            if digest.code() == code {
                return Ok((step, approval, step_state));
            }
            open.push(format!("{} ({step})", digest.code()));
        }
    }
    let hint = if open.is_empty() {
        "; nothing is being asked now".to_owned()
    } else {
        format!("; open: {}", open.join(", "))
    };
    Err(Refusal::NoSuchRequest { code: code.to_owned(), hint })
}

/// The person behind `actor`, if their answer counts.
fn entitled(
    state: &RunState,
    approval: &Approval,
    actor: &Actor,
    policy: &Policy,
) -> Result<By, String> {
    let by = policy.authorise(state.plan(), Verb::Approve, actor)?;
    if actor.level < approval.min_level {
        return Err(format!(
            "this gate asks for assurance level {}, and this answer has level {}",
            approval.min_level, actor.level
        ));
    }
    may_answer(state, approval, &by.person, policy)?;
    Ok(by)
}

/// Whether `person` is among the approvers and not barred by a part they played. Evaluated on
/// people, never on accounts, and under the policy of this moment.
fn may_answer(
    state: &RunState,
    approval: &Approval,
    person: &PersonId,
    policy: &Policy,
) -> Result<(), String> {
    if !approval.approvers.iter().any(|subject| policy.includes(subject, person)) {
        return Err(format!("`{person}` is not among the approvers of this gate"));
    }
    if policy.is_solo() {
        return Ok(());
    }
    match approval.exclude.iter().find(|role| played(state, **role, person, policy)) {
        None => Ok(()),
        Some(SeparatedRole::Initiator) => {
            Err(format!("`{person}` started this run and may not approve it as well"))
        }
        Some(SeparatedRole::RunbookAuthor) => {
            Err(format!("`{person}` wrote this runbook and may not approve its run"))
        }
        Some(SeparatedRole::LastEditor) => {
            Err(format!("`{person}` was the last to edit this runbook and may not approve its run"))
        }
        Some(SeparatedRole::InputSupplier) => {
            Err(format!("`{person}` supplied an input of this run and may not approve it"))
        }
        Some(SeparatedRole::Executor) => {
            Err(format!("`{person}` did a part of this run by hand and may not approve it"))
        }
    }
}

fn played(state: &RunState, role: SeparatedRole, person: &PersonId, policy: &Policy) -> bool {
    let header = state.header();
    let initiator = role == SeparatedRole::Initiator
        && (header.initiator.person == *person
            || policy.person(&header.initiator.actor.email).as_ref() == Some(person));
    initiator
        || header.parts.iter().filter(|part| part.role == role).any(|part| {
            part.person.as_ref() == Some(person)
                || policy.person(&part.email).as_ref() == Some(person)
        })
}

/// Why the votes for the request at `at` no longer count, if they do not. Asked when time passes
/// and, above all, when the approval is about to be used.
pub(crate) fn void_reason(
    state: &RunState,
    at: usize,
    context: &Context<'_>,
) -> Option<VoidReason> {
    let record = state.record(at);
    let planned = state.planned(record);
    let StepKind::Approval(approval) = &planned.kind else { return None };
    let (StepState::Asking { binding: bound, votes, expires: until, .. }
    | StepState::Approved { binding: bound, votes, valid_until: until, .. }) = &record.state
    else {
        return None;
    };
    let approved = matches!(record.state, StepState::Approved { .. });
    let now = binding(state, context.policy, &record.id)?;
    if *bound != now {
        return Some(VoidReason::Changed { what: changes(bound, &now) });
    }
    if approved && context.now.wall >= *until {
        return Some(VoidReason::Expired);
    }
    votes.iter().find_map(|vote| {
        entitled(state, approval, &vote.by.actor, context.policy)
            .and_then(|by| {
                if by.person == vote.by.person {
                    Ok(())
                } else {
                    Err(format!("`{}` is now known as `{}`", vote.by.person, by.person))
                }
            })
            .err()
            .map(|message| VoidReason::Entitlement { message })
    })
}

/// What differs, in words people can act on.
fn changes(bound: &Binding, now: &Binding) -> Vec<String> {
    let mut what = Vec::new();
    let parts = [
        ("the runbook", bound.runbook == now.runbook),
        ("the plan", bound.plan == now.plan),
        ("the inputs", bound.inputs == now.inputs),
        ("the policy", bound.policy == now.policy),
    ];
    what.extend(parts.iter().filter(|(_, same)| !same).map(|(part, _)| (*part).to_owned()));
    for shown in &now.shown {
        if !bound.shown.contains(shown) {
            what.push(format!("the evidence of `{}` ({})", shown.step, shown.path));
        }
    }
    for shown in &bound.shown {
        if !now.shown.iter().any(|other| other.path == shown.path) {
            what.push(format!("the evidence of `{}` ({} is gone)", shown.step, shown.path));
        }
    }
    what
}

/// What the passing of time means for a request or an unused approval.
pub(crate) fn wake(state: &RunState, at: usize, context: &Context<'_>) -> Vec<Event> {
    let record = state.record(at);
    let planned = state.planned(record);
    let StepKind::Approval(approval) = &planned.kind else { return Vec::new() };
    let step = record.id.clone();
    let now = context.now.wall;
    let voided = void_reason(state, at, context);
    match (&record.state, voided) {
        (StepState::Asking { request, .. } | StepState::Approved { request, .. }, Some(reason)) => {
            vec![Event::ApprovalVoided { step, request: *request, reason }]
        }
        (StepState::Asking { request, votes, .. }, None) if enough(votes, approval) => {
            let valid_until = now.plus(approval.valid_for);
            vec![Event::GateSatisfied { step, request: *request, valid_until }]
        }
        (StepState::Asking { request, expires, .. }, None) if now >= *expires => {
            vec![Event::GateExpired { step, request: *request }]
        }
        _ => Vec::new(),
    }
}

/// Nobody is never enough, whatever a plan says.
fn enough(votes: &[Vote], approval: &Approval) -> bool {
    u32::try_from(votes.len()).is_ok_and(|yeses| yeses >= approval.min_approvals.max(1))
}

/// Why a gate whose time ran out failed. No value of `on_timeout` is a yes.
pub(crate) fn expiry_cause(approval: &Approval) -> Cause {
    match approval.on_timeout {
        OnTimeout::Pause | OnTimeout::Abort => Cause::TimedOut,
        OnTimeout::Reject => Cause::Rejected,
    }
}

/// The start of a request.
pub(crate) fn start(
    (step, approval): (&StepId, &Approval),
    request: crate::ids::AttemptNo,
    digest: crate::ids::Digest,
    binding: Binding,
    now: Timestamp,
) -> Event {
    let expires = now.plus(approval.timeout);
    Event::GateReached { step: step.clone(), request, digest, binding, expires }
}

/// When time alone changes something about the request at `at`.
pub(crate) fn next_instant(state: &RunState, at: usize) -> Option<Timestamp> {
    match state.record(at).state {
        StepState::Asking { expires, .. } => Some(expires),
        _ => None,
    }
}
