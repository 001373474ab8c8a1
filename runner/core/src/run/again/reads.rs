//! Which steps a step reads, by the names in its texts.
//!
//! Expressions are evaluated elsewhere; here only their names are looked for: `steps.<step>` and
//! `phases.<phase>.steps.<step>`, dotted or in brackets. A name in plain text counts as well: one
//! stale step too many is waived in a moment, one too few is a hole.

use crate::{
    ids::StepId,
    model::{Phase, Plan, Program, Step, StepKind, Until},
    value::Value,
};

/// The steps that `step` reads as it starts; for a fan-out as a whole, those that give its items.
pub(in crate::run) fn reads(plan: &Plan, step: &Step, is_fan: bool) -> Vec<StepId> {
    let own = plan.phases.iter().find(|phase| phase.steps.iter().any(|other| other.id == step.id));
    let named: Vec<Named> = texts(step, is_fan).into_iter().flat_map(names).collect();
    let in_phase = |phase: &Phase, named: &Named| match &named.phase {
        Some(written) => spelled(phase.id.as_str()) == *written,
        // `finally` sees the steps of a runbook without phases by their plain names.
        None => own.is_some_and(|own| own.id == phase.id) || phase.steps.iter().all(is_bare),
    };
    let steps = plan.phases.iter().flat_map(|phase| phase.steps.iter().map(move |it| (phase, it)));
    let read = steps.filter(|(phase, other)| {
        let name = spelled(other.id.name());
        named.iter().any(|named| named.step == name && in_phase(phase, named))
    });
    read.map(|(_, other)| other.id.clone()).collect()
}

fn is_bare(step: &Step) -> bool {
    step.id.phase().is_none()
}

/// A step as an expression names it.
struct Named {
    phase: Option<String>,
    step: String,
}

/// Names in expressions have no hyphen, which would be a minus.
fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

fn names(text: &str) -> Vec<Named> {
    let dotted = text.replace("['", ".").replace("[\"", ".").replace("']", "").replace("\"]", "");
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut found = Vec::new();
    for path in dotted.split(|c| !is_part(c)) {
        let parts: Vec<String> = path.split('.').map(spelled).collect();
        for (at, step) in parts.iter().enumerate().skip(1) {
            // The end is enough: what a minus stands before begins a name as well.
            if parts[at - 1].ends_with("steps") {
                let is_phase = at >= 3 && parts[at - 3].ends_with("phases");
                let phase = is_phase.then(|| parts[at - 2].clone());
                found.push(Named { phase, step: step.clone() });
            }
        }
    }
    found
}

/// Every text of the step that may hold expressions and matters to what it does.
fn texts(step: &Step, is_fan: bool) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    if let Some(each) = &step.for_each
        && is_fan
    {
        texts.push(&each.items);
        texts.extend(each.key.as_deref());
        return texts;
    }
    texts.extend(step.condition.as_deref());
    texts.extend(step.locks.iter().map(String::as_str));
    for file in &step.evidence {
        texts.push(&file.file);
        texts.extend(file.content.as_deref());
    }
    match &step.kind {
        StepKind::Run(run) => {
            if let Program::Argv(argv) = &run.program {
                texts.extend(argv.iter().map(String::as_str));
            }
            texts.extend(run.env.values().map(String::as_str));
            texts.extend(run.directory.as_deref());
        }
        StepKind::Uses(uses) => uses.with.values().for_each(|it| within(it, &mut texts)),
        StepKind::Runbook(child) => child.inputs.values().for_each(|it| within(it, &mut texts)),
        StepKind::Checklist(list) => texts.extend(list.items.iter().map(|item| &*item.text)),
        StepKind::Approval(approval) => texts.push(&approval.message),
        StepKind::Wait(delay) | StepKind::HardStop(delay) => {
            if let Until::Instant(text) = &delay.until {
                texts.push(text);
            }
        }
        StepKind::Block | StepKind::Parallel => {}
    }
    texts
}

fn within<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::Text(text) => texts.push(text),
        Value::List(items) => items.iter().for_each(|item| within(item, texts)),
        Value::Map(members) => members.values().for_each(|member| within(member, texts)),
        Value::Null | Value::Bool(_) | Value::Integer(_) => {}
    }
}
