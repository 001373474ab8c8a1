//! The start of a step, now that it is known what it comes to.

use super::{
    Blocked, Context, Refusal, RunState, StepState, admission::may_start, step_state::Role,
};
use crate::{
    event::{Cause, Event, ListedItem, SkipReason, VoidReason},
    ids::{AttemptNo, StepId},
    input::Resolution,
    model::{ForEach, Step, StepKind},
    step::{approval, delay, lock},
    time::Millis,
};

pub(super) fn resolved(
    state: &RunState,
    id: &StepId,
    attempt: AttemptNo,
    resolution: &Result<Resolution, String>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = state.at(id).ok_or_else(|| Refusal::UnknownStep(id.clone()))?;
    if state.record(at).next_attempt != attempt {
        return Ok(Vec::new());
    }
    match may_start(state, id, context) {
        Ok(()) => {}
        Err(Blocked::Void { approval, reason }) => return Ok(void(state, approval, reason)),
        // Said once; the step is looked at again when the window opens. Locks are asked for and
        // composites entered all the same: a window is about work.
        Err(Blocked::Window { opens, because }) if state.record(at).closed.is_none() => {
            return Ok(vec![Event::WindowClosed { step: id.clone(), opens, because }]);
        }
        Err(
            Blocked::NotPending
            | Blocked::RunNotWorking
            | Blocked::Held
            | Blocked::Queued
            | Blocked::Locks
            | Blocked::Window { .. }
            | Blocked::NotItsTurn,
        ) => return Ok(Vec::new()),
    }
    Ok(match resolution {
        Err(message) => {
            let cause = Cause::Unresolved { message: message.clone() };
            vec![Event::StepFailed { step: id.clone(), attempt, cause }]
        }
        Ok(resolution) => start(state, at, attempt, resolution, context)?.into_iter().collect(),
    })
}

/// The event that starts a step; `None` if what was resolved is out of date already.
fn start(
    state: &RunState,
    at: usize,
    attempt: AttemptNo,
    resolution: &Resolution,
    context: &Context<'_>,
) -> Result<Option<Event>, Refusal> {
    let record = state.record(at);
    let (id, planned) = (record.id.clone(), state.planned(record));
    let wrong = || Refusal::WrongAnswer(id.clone());
    match (resolution, &planned.for_each) {
        (Resolution::Locks(names), _) if lock::are_due(record, planned) => {
            return Ok(Some(Event::LocksRequested { step: Some(id), names: names.clone() }));
        }
        (Resolution::Locks(_), _) => return Err(wrong()),
        (Resolution::Skip, _) => {
            let condition = planned.condition.clone().ok_or_else(wrong)?;
            return Ok(Some(Event::StepSkipped {
                step: id,
                reason: SkipReason::Condition { condition },
            }));
        }
        _ if lock::are_due(record, planned) => return Err(wrong()),
        (Resolution::Items(items), Some(each)) if record.role == Role::Fan => {
            return Ok(Some(list(id, attempt, each, items)));
        }
        _ if record.role == Role::Fan => return Err(wrong()),
        _ => {}
    }
    start_kind(state, (id, planned), attempt, resolution, context)
}

fn list(step: StepId, attempt: AttemptNo, each: &ForEach, items: &[ListedItem]) -> Event {
    let allowed = each.max_failures.allowed(items.len());
    let allowed = u32::try_from(allowed).unwrap_or(u32::MAX);
    Event::ItemsListed { step, attempt, items: items.to_vec(), allowed }
}

fn start_kind(
    state: &RunState,
    (id, planned): (StepId, &Step),
    attempt: AttemptNo,
    resolution: &Resolution,
    context: &Context<'_>,
) -> Result<Option<Event>, Refusal> {
    let now = context.now.wall;
    let deadline = now.plus(planned.kind.tries().map_or(Millis(0), |tries| tries.longest()));
    Ok(Some(match (&planned.kind, resolution) {
        (StepKind::Run(_), Resolution::Run(command)) => {
            Event::AttemptStarted { step: id, attempt, command: command.clone(), deadline }
        }
        (StepKind::Uses(_), Resolution::Uses(call)) => {
            Event::CallStarted { step: id, attempt, call: call.clone(), deadline }
        }
        (StepKind::Runbook(_), Resolution::Child(child)) => {
            Event::ChildStarted { step: id, attempt, child: child.clone() }
        }
        (StepKind::Block | StepKind::Parallel, Resolution::Enter) => {
            Event::BlockEntered { step: id, attempt }
        }
        (StepKind::Checklist(list), Resolution::Checklist(items)) => Event::ChecklistOpened {
            step: id,
            attempt,
            items: items.clone(),
            deadline: now.plus(list.timeout),
        },
        (StepKind::Approval(gate), Resolution::Approval { digest, binding }) => {
            if approval::binding(state, context.policy, &id).as_ref() != Some(binding) {
                return Ok(None);
            }
            approval::start((&id, gate), attempt, *digest, binding.clone(), now)
        }
        (StepKind::Wait(wait), Resolution::Delay { until }) => {
            delay::start(state, (&id, wait, false), attempt, *until, now)
        }
        (StepKind::HardStop(stop), Resolution::Delay { until }) => {
            delay::start(state, (&id, stop, true), attempt, *until, now)
        }
        _ => return Err(Refusal::WrongAnswer(id)),
    }))
}

fn void(state: &RunState, step: StepId, reason: VoidReason) -> Vec<Event> {
    match state.step(&step) {
        Some(StepState::Approved { request, .. } | StepState::Asking { request, .. }) => {
            vec![Event::ApprovalVoided { step, request: *request, reason }]
        }
        _ => Vec::new(),
    }
}
