//! One step of a plan, with what is known now filled in.

use hardstop_core::{
    header::Part,
    model::{Anchor, Delay, ForEach, ItemKind, Program, Step, StepKind, Until},
    policy::Policy,
    run::RunState,
    value::Value,
};
use hardstop_engine::documents::sanitise::line;
use hardstop_runbook::{foresee, foresee_items};

use super::gate::gate;
use crate::output::{EarliestView, ItemView, PlannedStep, TEXT_MAX};

/// Whether a step will be done; `None` if that depends on what happens in the run.
fn applies(state: &RunState, step: &Step) -> Option<bool> {
    let Some(condition) = &step.condition else { return Some(true) };
    match foresee(state, &step.id, condition) {
        Some(Value::Bool(applies)) => Some(applies),
        _ => None,
    }
}

/// A step as people see it.
pub(super) fn step(
    state: &RunState,
    step: &Step,
    (policy, parts): (&Policy, &[Part]),
    (earliest, items): (Option<EarliestView>, Vec<ItemView>),
) -> PlannedStep {
    let text = |written: &str| {
        let known = foresee(state, &step.id, written).map(|value| value.to_string());
        line(known.as_deref().unwrap_or(written), TEXT_MAX)
    };
    let (mut does, timeout) = match &step.kind {
        StepKind::Run(run) => {
            let does = match &run.program {
                Program::Argv(argv) => {
                    vec![argv.iter().map(|word| quoted(&text(word))).collect::<Vec<_>>().join(" ")]
                }
                Program::Script { text, .. } => text.lines().map(|it| line(it, TEXT_MAX)).collect(),
            };
            (does, Some(run.timeout))
        }
        StepKind::Checklist(list) => {
            let items = list.items.iter().map(|item| {
                let optional = if item.optional { ", may be left out" } else { "" };
                format!("{}: {} ({}{optional})", item.id, text(&item.text), answer(&item.kind))
            });
            (items.collect(), Some(list.timeout))
        }
        StepKind::Approval(approval) => (vec![text(&approval.message)], Some(approval.timeout)),
        StepKind::Wait(delay) | StepKind::HardStop(delay) => (vec![passes(delay, text)], None),
        StepKind::Uses(uses) => (vec![text(&uses.action)], Some(uses.timeout)),
        StepKind::Runbook(child) => (vec![text(&child.path)], None),
        StepKind::Block | StepKind::Parallel => (Vec::new(), None),
    };
    if let Some(fan) = &step.for_each {
        does.insert(0, each(state, step, fan));
    }
    PlannedStep {
        step: step.id.to_string(),
        title: text(&step.title),
        kind: step.kind.name(),
        condition: step.condition.as_ref().map(|condition| line(condition, TEXT_MAX)),
        applies: applies(state, step),
        does,
        timeout_ms: timeout.map(|timeout| timeout.0),
        gate: match &step.kind {
            StepKind::Approval(approval) => Some(gate(approval, policy, parts)),
            StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Block
            | StepKind::Parallel
            | StepKind::Checklist(_)
            | StepKind::Wait(_)
            | StepKind::HardStop(_) => None,
        },
        earliest,
        items,
    }
}

/// What a step with `for_each` is done for.
fn each(state: &RunState, step: &Step, fan: &ForEach) -> String {
    let items = foresee_items(state, &step.id).map_or_else(
        || format!("{}, known only when it runs", fan.items),
        |items| items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>().join(", "),
    );
    line(&format!("for each of {items}; at once: {}", fan.max_parallel), TEXT_MAX)
}

/// A word of a command so that its ends can be seen.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

const fn answer(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Tick => "a tick",
        ItemKind::Text => "a text",
        ItemKind::Number => "a number",
        ItemKind::Choice { .. } => "a choice",
        ItemKind::Date => "a date",
        ItemKind::Link => "a link",
        ItemKind::File => "a file",
    }
}

fn passes(delay: &Delay, text: impl Fn(&str) -> String) -> String {
    match &delay.until {
        Until::After { span, since: None } => format!("{span}"),
        Until::After { span, since: Some(Anchor { step, point }) } => {
            format!("{span} since {step}.{point}")
        }
        Until::Instant(instant) => format!("until {}", text(instant)),
    }
}
