//! `CHECKLIST.md`: where a run stands, for the people who carry it on.

use std::collections::HashMap;

use hardstop_core::{
    event::Entry,
    ids::StepId,
    model::{Approval, Checklist, Item, ItemKind, Step, StepKind},
    run::{Placed, RunState, StepState},
    value::Value,
    view::{describe, step_word},
};
use serde::Serialize;

use super::{
    facts::Facts,
    history::{self, Answer, History, Past},
    render::render,
    sentence::{attested, skipped},
    waits::{self, Wait},
};

/// The run's checklist for people, as Markdown.
///
/// * `entries`: the journal that was folded into `state`; the state alone forgets who ticked what.
///
/// Every phase and every step is in it, with the answers, approvals and hard stops so far, and
/// what the run waits for now, with the commands. Nothing ever reads it back.
pub fn checklist(state: &RunState, entries: &[Entry]) -> String {
    let past = history::of(entries);
    let phases = phases(state, &past);
    let view = View { facts: Facts::of(state), waits: waits::of(state), phases };
    render("checklist", &view)
}

#[derive(Serialize)]
struct View {
    facts: Facts,
    waits: Vec<Wait>,
    phases: Vec<PhaseView>,
}

#[derive(Serialize)]
struct PhaseView {
    title: String,
    steps: Vec<StepView>,
}

#[derive(Serialize)]
struct StepView {
    id: String,
    title: String,
    kind: &'static str,
    done: bool,
    state: String,
    notes: Vec<String>,
    items: Vec<ItemView>,
}

#[derive(Serialize)]
struct ItemView {
    done: bool,
    text: String,
    /// The answer, who gave it and when; empty while there is none.
    answer: String,
}

fn phases(state: &RunState, past: &Past<'_>) -> Vec<PhaseView> {
    let plan = state.plan();
    let places = plan.phases.iter().enumerate();
    let places = places.flat_map(|(at, phase)| phase.steps.iter().map(move |it| (&it.id, at)));
    let places: HashMap<&StepId, usize> = places.collect();
    let empty = plan.phases.iter().map(|phase| (phase.title.clone(), Vec::new()));
    let mut all: Vec<PhaseView> = empty.map(|(title, steps)| PhaseView { title, steps }).collect();
    for placed in state.steps() {
        let none = History::default();
        let past = past.get(placed.id).unwrap_or(&none);
        if let Some(at) = places.get(&placed.step.id) {
            all[*at].steps.push(step_view(state, placed, past));
        }
    }
    all
}

fn step_view(
    run: &RunState,
    Placed { id, step, state }: Placed<'_>,
    past: &History<'_>,
) -> StepView {
    StepView {
        id: id.to_string(),
        title: hardstop_runbook::title(run, id),
        kind: step.kind.name(),
        done: is_done(state),
        state: standing(run, state),
        notes: notes(step, state, past),
        items: match &step.kind {
            StepKind::Checklist(list) => items(list, past),
            StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Block
            | StepKind::Parallel
            | StepKind::Approval(_)
            | StepKind::Wait(_)
            | StepKind::HardStop(_) => Vec::new(),
        },
    }
}

/// Skipped is not done, and neither is an approval that may still be voided.
fn is_done(state: &StepState) -> bool {
    matches!(state, StepState::Succeeded { .. } | StepState::Attested { .. })
}

/// Where a step stands, and why if its word does not say it all.
fn standing(run: &RunState, state: &StepState) -> String {
    let word = step_word(run, state);
    match state {
        StepState::Failed { cause, .. } => format!("{word}: it {}", describe(cause)),
        StepState::Unknown { attempt } => {
            format!("{word}: the runner went away during attempt {attempt}")
        }
        StepState::Skipped { reason } => skipped(reason),
        StepState::Attested { by, second, reason } => attested(by, second.as_ref(), reason),
        StepState::Backoff { retry_at } => format!("{word}, the next due at {retry_at}"),
        StepState::Pending
        | StepState::Running { .. }
        | StepState::Open { .. }
        | StepState::Ticking { .. }
        | StepState::Asking { .. }
        | StepState::Approved { .. }
        | StepState::Delaying { .. }
        | StepState::Succeeded { .. } => word.to_owned(),
    }
}

/// The request and its yeses, or the span of a delay.
fn notes(step: &Step, state: &StepState, past: &History<'_>) -> Vec<String> {
    match &step.kind {
        StepKind::Approval(gate) => {
            let Some(request) = past.requests.last() else { return Vec::new() };
            let code = request.digest.code();
            let asked = format!(
                "request {}, code {code}, {} of {} yes, asked {}, until {}",
                request.number,
                request.votes.len(),
                wanted(gate),
                request.asked,
                request.expires
            );
            let votes = request.votes.iter().map(|(at, by, comment)| {
                let comment = comment.map(|said| format!(": {said}")).unwrap_or_default();
                format!("yes from {by} at {at}{comment}")
            });
            [asked].into_iter().chain(votes).collect()
        }
        StepKind::Wait(_) | StepKind::HardStop(_) => {
            let Some((since, mut due)) = past.delay else { return Vec::new() };
            // A clock that was moved moves a running delay with it.
            if let StepState::Delaying { due: moved, .. } = state {
                due = *moved;
            }
            vec![format!("counted from {since}, due at {due}")]
        }
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Block
        | StepKind::Parallel
        | StepKind::Checklist(_) => Vec::new(),
    }
}

/// How many yeses a request needs.
fn wanted(gate: &Approval) -> u32 {
    let groups = gate.groups.iter().map(|group| group.min_approvals).sum();
    if gate.groups.is_empty() { gate.min_approvals } else { groups }
}

fn items(list: &Checklist, past: &History<'_>) -> Vec<ItemView> {
    let view = |item: &Item| {
        let shown = past.items.iter().find(|shown| shown.id == item.id);
        let text = shown.map_or(&item.text, |shown| &shown.text);
        let given = past.answers.get(&item.id);
        ItemView {
            done: given.is_some(),
            text: if item.optional { format!("{text} (optional)") } else { text.clone() },
            answer: given.map(|given| answer(&item.kind, given)).unwrap_or_default(),
        }
    };
    list.items.iter().map(view).collect()
}

fn answer(kind: &ItemKind, Answer { value, by, at }: &Answer<'_>) -> String {
    match (kind, value) {
        (ItemKind::Tick, Value::Bool(true)) => format!("{by}, {at}"),
        _ => format!("{value} ({by}, {at})"),
    }
}
