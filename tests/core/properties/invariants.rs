//! What holds of every event, given the state and the journal before it. Written from the design
//! and not from the code: nothing here asks the core whether a step may start.

use std::collections::BTreeSet;

use hardstop_core::{
    event::{Event, RunResult, SkipReason},
    ids::{AttemptNo, PersonId, StepId},
    limits::CLOCK_READING_GAP,
    model::{Approval, OnFailure, Phase, SeparatedRole, Step, StepKind, Until},
    run::{Ending, Placed, RunState, StepState},
    time::Reading,
};
use hardstop_tests_kit::{bench::Bench, picture};

/// Checks event number `at` of the journal against `before`, the state it changes.
pub(super) fn hold(bench: &Bench, before: &RunState, at: usize) -> Result<(), String> {
    let (event, now) = &bench.journal[at];
    let past = &bench.journal[..at];
    let fail = |rule: &str| Err(format!("{rule}: {}", picture::event(event)));
    if matches!(before.ending(), Ending::Closed(_)) {
        return fail("nothing happens after the end");
    }
    let Some(id) = event.step() else { return ends(before, event) };
    let state = before.step(id).expect("a step of the plan");
    let absorbed = state.is_settled() && !matches!(state, StepState::Approved { .. });
    // What is said of a settled step without changing it, or by a person who has it done again.
    let leaves_it = matches!(
        event,
        Event::ApprovalLate { .. }
            | Event::LocksReleased { .. }
            | Event::NoteWritten { .. }
            | Event::ItemWaived { .. }
            | Event::GlassReviewed { .. }
            | Event::StepRerun { .. }
            | Event::StepSentBack { .. }
    );
    if absorbed && !leaves_it {
        return fail("a settled step stays as it is");
    }
    if begins(event) {
        if *state != StepState::Pending {
            return fail("only what is pending starts");
        }
        if before.is_held() || before.abort().is_some() && !id.as_str().starts_with("finally/") {
            return fail("nothing starts in a run that is held or aborted");
        }
        let used = |(other, _): &(Event, Reading)| {
            other.step() == Some(id)
                && number(other).is_some_and(|used| Some(used) >= number(event))
        };
        if number(event).is_some() && past.iter().any(used) {
            return fail("an attempt's number is used once");
        }
    }
    let leaves = matches!(event, Event::StepSkipped { .. } | Event::StepAttested { .. });
    if begins(event) || leaves && *state == StepState::Pending {
        for earlier in steps_before(before.plan().phases.as_slice(), id) {
            let state = before.step(&earlier.id).expect("a step of the plan");
            if !passed(earlier, state) {
                return fail(&format!("`{}` is not over", earlier.id));
            }
            if let StepKind::Approval(gate) = &earlier.kind {
                approved(past, (earlier, gate), state, now).or_else(|why| fail(&why))?;
            }
        }
    }
    if matches!(event, Event::HardStopElapsed { .. }) && !lasted(before, past, id, now) {
        return fail("a hard stop is over by uptime too");
    }
    let gate = matches!(
        before.plan().step(id).expect("a step").kind,
        StepKind::HardStop(_) | StepKind::Approval(_)
    );
    if gate && matches!(event, Event::StepSkipped { reason: SkipReason::Person { .. }, .. }) {
        return fail("nobody skips a gate");
    }
    Ok(())
}

fn ends(before: &RunState, event: &Event) -> Result<(), String> {
    let (Event::RunEnding { result } | Event::RunClosed { result, .. }) = event else {
        return Ok(());
    };
    let cut = matches!(result, RunResult::Aborted | RunResult::Failed);
    for Placed { id, step, state } in before.steps() {
        let working =
            matches!(event, Event::RunClosed { .. }) || !id.as_str().starts_with("finally/");
        let settled = passed(step, state) && !matches!(state, StepState::Failed { .. });
        if !cut && working && !settled {
            return Err(format!("`{id}` is not settled, and the run ends"));
        }
        if matches!(state, StepState::Running { .. }) {
            return Err(format!("`{id}` is running, and the run ends"));
        }
        let undone = matches!(state, StepState::Skipped { reason: SkipReason::Person { .. } });
        let closes = matches!(event, Event::RunClosed { .. });
        if closes
            && *result == RunResult::Succeeded
            && undone
            && !matches!(step.kind, StepKind::Wait(_))
        {
            return Err(format!("`{id}` was skipped, and that is success"));
        }
    }
    Ok(())
}

/// The steps that must be over before `id`, in its phase and in all that its phase needs.
fn steps_before<'a>(phases: &'a [Phase], id: &StepId) -> Vec<&'a Step> {
    let own = phases.iter().find(|phase| phase.steps.iter().any(|step| step.id == *id));
    let own = own.expect("a step of the plan");
    let mut before: Vec<&Step> = own.steps.iter().take_while(|step| step.id != *id).collect();
    let mut needed: Vec<_> = own.needs.clone();
    while let Some(next) = needed.pop() {
        let phase = phases.iter().find(|phase| phase.id == next).expect("a phase of the plan");
        before.extend(&phase.steps);
        needed.extend(phase.needs.clone());
    }
    before
}

fn passed(step: &Step, state: &StepState) -> bool {
    match state {
        StepState::Approved { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Attested { .. } => true,
        StepState::Failed { .. } => {
            let gate = matches!(step.kind, StepKind::Approval(_) | StepKind::HardStop(_));
            step.on_failure == OnFailure::Continue && !gate
        }
        StepState::Pending
        | StepState::Running { .. }
        | StepState::Backoff { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Delaying { .. }
        | StepState::Open { .. }
        | StepState::Unknown { .. } => false,
    }
}

/// Whether enough different people said yes to the last request, which is not void.
fn approved(
    past: &[(Event, Reading)],
    (step, gate): (&Step, &Approval),
    state: &StepState,
    now: &Reading,
) -> Result<(), String> {
    let mut yes: BTreeSet<PersonId> = BTreeSet::new();
    let mut satisfied = false;
    for (event, _) in past.iter().filter(|(event, _)| event.step() == Some(&step.id)) {
        if matches!(event, Event::GateReached { .. } | Event::ApprovalVoided { .. }) {
            yes.clear();
            satisfied = false;
        } else if let Event::ApprovalAccepted { by, .. } = event {
            yes.insert(by.person.clone());
        }
        satisfied |= matches!(event, Event::GateSatisfied { .. });
    }
    if !satisfied || yes.len() < gate.min_approvals as usize {
        return Err(format!("`{}` is not approved", step.id));
    }
    let alone = |person: &PersonId| person.as_str() == "alice";
    if gate.exclude.contains(&SeparatedRole::Initiator) && yes.iter().any(alone) {
        return Err(format!("`{}` was approved by who started the run", step.id));
    }
    let expired =
        matches!(state, StepState::Approved { valid_until, .. } if now.wall >= *valid_until);
    if expired { Err(format!("the approval `{}` has expired", step.id)) } else { Ok(()) }
}

/// Whether the uptime says that a hard stop is over, as far as it can tell.
fn lasted(before: &RunState, past: &[(Event, Reading)], id: &StepId, now: &Reading) -> bool {
    let StepKind::HardStop(delay) = &before.plan().step(id).expect("a step").kind else {
        return false;
    };
    let Until::After { span, since } = &delay.until else { return true };
    let begun = |(event, _): &(Event, Reading)| {
        matches!(event, Event::HardStopStarted { .. }) && event.step() == Some(id)
    };
    let start = past.iter().rposition(begun).expect("what is over began");
    // The instant is fixed when the stop begins: what its anchor does later changes nothing.
    let from = match since {
        None => past.get(start),
        Some(anchor) => past[..start].iter().rev().find(|(event, _)| {
            matches!(event, Event::AttemptStarted { .. }) && event.step() == Some(&anchor.step)
        }),
    };
    let (_, from) = from.expect("it counts from something");
    from.boot != now.boot || now.mono.0 - from.mono.0 + CLOCK_READING_GAP.0 >= span.0
}

/// Whether a step begins.
fn begins(event: &Event) -> bool {
    let delays = matches!(event, Event::WaitStarted { .. } | Event::HardStopStarted { .. });
    delays || number(event).is_some()
}

/// The attempt or request that begins.
fn number(event: &Event) -> Option<AttemptNo> {
    if let Event::AttemptStarted { attempt, .. }
    | Event::ChecklistOpened { attempt, .. }
    | Event::GateReached { request: attempt, .. } = event
    {
        Some(*attempt)
    } else {
        None
    }
}
