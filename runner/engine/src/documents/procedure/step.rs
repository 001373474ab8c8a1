//! One step as people follow it: what, why, who, how long, and what if not.

use hardstop_core::model::{Checklist, Item, ItemKind, Part, Program, Step, StepKind};
use serde::Serialize;

use super::words;

/// One step.
#[derive(Serialize)]
pub(super) struct StepView {
    number: String,
    /// How deep its heading is: 3 in a phase, one more in each composite, at most 6.
    level: usize,
    title: String,
    id: String,
    kind: &'static str,
    gate: bool,
    /// Why and how, a paragraph each.
    why: Vec<String>,
    /// What is executed, verbatim.
    code: Vec<String>,
    facts: Vec<(&'static str, String)>,
    items: Vec<ItemView>,
}

#[derive(Serialize)]
struct ItemView {
    text: String,
    answer: String,
}

/// * `depth`: the composites around it.
pub(super) fn step_view(step: &Step, number: String, depth: usize) -> StepView {
    StepView {
        number,
        level: (3 + depth).min(6),
        title: step.title.clone(),
        id: step.id.to_string(),
        kind: kind(&step.kind),
        gate: matches!(
            step.kind,
            StepKind::Approval(_) | StepKind::HardStop(_) | StepKind::Checklist(_)
        ),
        why: words::paragraphs(&step.description),
        code: code(&step.kind),
        facts: facts(step),
        items: match &step.kind {
            StepKind::Checklist(Checklist { items, .. }) => items.iter().map(item).collect(),
            StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Approval(_)
            | StepKind::Wait(_)
            | StepKind::HardStop(_)
            | StepKind::Block
            | StepKind::Parallel => Vec::new(),
        },
    }
}

const fn kind(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Run(_) => "command",
        StepKind::Uses(_) => "action",
        StepKind::Runbook(_) => "runbook",
        StepKind::Checklist(_) => "checklist",
        StepKind::Approval(_) => "approval",
        StepKind::Wait(_) => "wait",
        StepKind::HardStop(_) => "hard stop",
        StepKind::Block => "one after the other",
        StepKind::Parallel => "side by side",
    }
}

fn code(kind: &StepKind) -> Vec<String> {
    match kind {
        StepKind::Run(run) => match &run.program {
            Program::Argv(argv) => vec![argv.join(" ")],
            Program::Script { text, .. } => text.lines().map(str::to_owned).collect(),
        },
        StepKind::Uses(uses) => {
            let with = uses.with.iter().map(|(name, value)| format!("{name}: {value}"));
            [uses.action.clone()].into_iter().chain(with).collect()
        }
        StepKind::Runbook(child) => {
            let inputs = child.inputs.iter().map(|(name, value)| format!("{name}: {value}"));
            [child.path.clone()].into_iter().chain(inputs).collect()
        }
        StepKind::Checklist(_)
        | StepKind::Approval(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_)
        | StepKind::Block
        | StepKind::Parallel => Vec::new(),
    }
}

fn facts(step: &Step) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(within) = &step.within {
        let part = match within.part {
            Part::Steps => None,
            Part::Rescue => Some("a step of the block failed"),
            Part::Always => Some("the block is left, whichever way"),
            Part::Undo => Some("the step was done and the run is backed out"),
            Part::Restore => Some("the step was done; on every exit"),
        };
        facts.extend(part.map(|part| ("When", format!("{part} ({})", within.step))));
    }
    facts.extend(step.condition.iter().map(|condition| ("Only if", condition.clone())));
    if let Some(each) = &step.for_each {
        facts.push(("For each", words::for_each(each)));
    }
    match &step.kind {
        StepKind::Approval(approval) => facts.extend(words::approval(approval)),
        StepKind::Wait(delay) => facts.push(("How long", words::delay(delay))),
        StepKind::HardStop(delay) => {
            facts.push(("How long", words::delay(delay)));
            facts.push(("Ended early", words::break_glass(delay)));
        }
        StepKind::Checklist(list) => {
            facts.push(("Who", words::any_of(&list.assignees)));
            facts.push(("How long", format!("within {}", list.timeout)));
        }
        StepKind::Run(run) => {
            facts.extend(words::work(run.timeout, &run.retry, run.until.as_ref()));
        }
        StepKind::Uses(uses) => {
            facts.extend(words::work(uses.timeout, &uses.retry, uses.until.as_ref()));
        }
        StepKind::Runbook(_) | StepKind::Block | StepKind::Parallel => {}
    }
    if !step.locks.is_empty() {
        facts.push(("Holds", step.locks.join(", ")));
    }
    for file in &step.evidence {
        let optional = if file.required { "" } else { " (if there is one)" };
        facts.push(("Leaves", format!("{}: {}{optional}", file.id, file.file)));
    }
    facts.extend(words::on_failure(&step.on_failure).map(|then| ("If it fails", then)));
    facts
}

fn item(item: &Item) -> ItemView {
    let answer = match &item.kind {
        ItemKind::Tick => String::new(),
        ItemKind::Text => "a text".to_owned(),
        ItemKind::Number => "a number".to_owned(),
        ItemKind::Choice { options } => options.join(" / "),
        ItemKind::Date => "a date".to_owned(),
        ItemKind::Link => "a link".to_owned(),
        ItemKind::File => "a file".to_owned(),
    };
    let notes = [
        Some(answer).filter(|answer| !answer.is_empty()),
        item.evidence.then(|| "with a file as proof".to_owned()),
        item.optional.then(|| "may be left out".to_owned()),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    ItemView { text: item.text.clone(), answer: notes.join(", ") }
}
