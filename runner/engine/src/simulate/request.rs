//! From what a scenario says a person does to what the core is asked.

use hardstop_core::{
    event::{Event, OpenItem},
    ids::{AttemptNo, ItemId, StepId},
    input::Request,
    model::{ItemKind, StepKind},
    run::{RunState, StepState},
    time::Timestamp,
    value::Value,
};
use hardstop_runbook::scenario::{Act, Deed, Items};

use super::{answer::artifact, seen::Seen, work::planned};

/// The step a deed is about, if it is about one.
pub(super) const fn about(act: &Act) -> Option<&StepId> {
    match act {
        Act::Tick { step, .. }
        | Act::Untick { step, .. }
        | Act::Approve { step, .. }
        | Act::Reject { step, .. }
        | Act::Withdraw { step, .. }
        | Act::Retry { step, .. }
        | Act::Skip { step, .. }
        | Act::Attest { step, .. }
        | Act::Rerun { step, .. }
        | Act::SendBack { step, .. }
        | Act::BreakGlass { step, .. }
        | Act::Review { step, .. }
        | Act::Waive { step, .. } => Some(step),
        Act::Claim { .. }
        | Act::Note { .. }
        | Act::Hold { .. }
        | Act::Lift { .. }
        | Act::Abort { .. }
        | Act::Restart => None,
    }
}

/// The requests a deed makes, in order.
///
/// # Errors
///
/// Why the scenario does not say enough for any.
pub(super) fn requests(
    state: &RunState,
    seen: &[Seen],
    deed: &Deed,
    now: Timestamp,
) -> Result<Vec<Request>, String> {
    let code = |step: &StepId| code(state, seen, deed, step);
    Ok(vec![match deed.act.clone() {
        Act::Tick { step, items, value, file } => {
            return ticks(state, &step, &items, value.as_ref(), file.as_deref(), now);
        }
        Act::Untick { step, item, reason } => Request::Untick { step, item, reason },
        Act::Approve { step, comment, from } => {
            Request::Approve { code: code(&step), comment, from, signature: None }
        }
        Act::Reject { step, reason } => Request::Reject { code: code(&step), reason },
        Act::Withdraw { step, reason } => Request::Withdraw { code: code(&step), reason },
        Act::Retry { step, reason } => {
            Request::Retry { after: attempt(state, &step), step, reason }
        }
        Act::Skip { step, reason } => Request::Skip { step, reason },
        Act::Attest { step, reason, file } => {
            let proof =
                |name: String| artifact(&step, attempt(state, &step), &name, None, name.as_bytes());
            let artifacts = file.map(proof).into_iter().collect();
            Request::Attest { step, reason, artifacts }
        }
        Act::Rerun { step, scope, reason } => {
            Request::Rerun { step, scope, previewed: None, reason }
        }
        Act::SendBack { step, to, reason } => Request::SendBack { step, to, reason },
        Act::BreakGlass { step, reason } => Request::BreakGlass { step, reason },
        Act::Review { step, finding } => Request::Review { step, finding },
        Act::Waive { step, reason } => Request::Waive { item: open_item(state, &step)?, reason },
        Act::Claim { note } => Request::Claim { note },
        Act::Note { step, text } => Request::Note { step, text },
        Act::Hold { reason } => Request::Hold { reason },
        Act::Lift { reason } => Request::Lift { reason },
        Act::Abort { reason } => Request::Abort { reason },
        Act::Restart => return Ok(Vec::new()),
    }])
}

/// The code of the request a step asks, or of the last it asked.
fn code(state: &RunState, seen: &[Seen], deed: &Deed, step: &StepId) -> String {
    if let Some(StepState::Asking { digest, .. }) = state.step(step) {
        return digest.code();
    }
    let reached = seen.iter().rev().filter(|seen| seen.within == deed.within);
    let mut codes = reached.filter_map(|seen| {
        let Event::GateReached { step: asked, digest, .. } = &seen.entry.event else { return None };
        (asked == step).then(|| digest.code())
    });
    codes.next().unwrap_or_default()
}

/// The attempt that did not succeed.
fn attempt(state: &RunState, step: &StepId) -> AttemptNo {
    if let Some(StepState::Failed { attempt, .. } | StepState::Unknown { attempt, .. }) =
        state.step(step)
    {
        *attempt
    } else {
        AttemptNo::FIRST
    }
}

fn ticks(
    state: &RunState,
    step: &StepId,
    items: &Items,
    value: Option<&Value>,
    file: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Request>, String> {
    let Some(StepKind::Checklist(list)) = planned(state, step).map(|planned| &planned.kind) else {
        return Err(format!("`{step}` is not a checklist"));
    };
    let answered = |id: &ItemId| {
        matches!(state.step(step),
            Some(StepState::Ticking { answers, .. }) if answers.contains_key(id))
    };
    let known = |name: &String| {
        let ids = || list.items.iter().map(|item| item.id.as_str());
        list.items.iter().find(|item| item.id.as_str() == name).ok_or_else(|| {
            format!(
                "`{step}` has no item `{name}`; it has: {}",
                ids().collect::<Vec<_>>().join(", ")
            )
        })
    };
    let wanted = match items {
        Items::Named(names) => names.iter().map(known).collect::<Result<Vec<_>, _>>()?,
        Items::All => {
            let open = list.items.iter().filter(|item| !answered(&item.id));
            let open: Vec<_> = open.collect();
            let unsaid =
                |item: &&&hardstop_core::model::Item| item.kind != ItemKind::Tick && !item.optional;
            if let Some(item) = open.iter().find(unsaid) {
                let id = &item.id;
                return Err(format!(
                    "`{id}` of `{step}` is filled in, not ticked; say before: \
                     `{{on: {step}, tick: {id}, value: …}}`"
                ));
            }
            // A checklist closes with the last of those it needs, so the others come first.
            let (optional, needed): (Vec<_>, Vec<_>) =
                open.into_iter().filter(|it| it.kind == ItemKind::Tick).partition(|it| it.optional);
            [optional, needed].concat()
        }
    };
    let attempt = match state.step(step) {
        Some(StepState::Ticking { attempt, .. }) => *attempt,
        _ => AttemptNo::FIRST,
    };
    let tick = |item: &hardstop_core::model::Item| {
        let name = file.unwrap_or("file");
        let artifact = (file.is_some() || item.kind == ItemKind::File).then(|| {
            let bytes = format!("{step} {} {now}\n", item.id);
            artifact(step, attempt, name, Some(item.id.as_str()), bytes.as_bytes())
        });
        let path = artifact.as_ref().map(|it| Value::from(it.path.as_str()));
        let path = path.filter(|_| item.kind == ItemKind::File);
        let value = path.or_else(|| value.cloned()).unwrap_or(Value::Bool(true));
        Request::Tick { step: step.clone(), item: item.id.clone(), value, artifact }
    };
    Ok(wanted.into_iter().map(tick).collect())
}

/// What is open about a step.
fn open_item(state: &RunState, step: &StepId) -> Result<OpenItem, String> {
    let open = state.open_items().into_iter().find(|item| item.step() == step);
    open.ok_or_else(|| format!("nothing is open about `{step}`"))
}
