//! Steps by their addresses: those that stayed, those that went, those that came.

use std::collections::HashMap;

use hardstop_core::model::{Part, StepKind};
use serde_json::Value as Json;

use super::{
    change::{Change, Class},
    document::{self, Place, Steps, is_gate, is_work},
    walk::Walk,
    words,
};

/// Compares all steps, and their order.
pub(super) fn compare(old: &Steps<'_>, new: &Steps<'_>, found: &mut Vec<Change>) {
    for before in &old.all {
        match new.get(before.step.id.as_str()) {
            Some(after) => stayed(old, before, (new, after), found),
            None => found.push(went(before)),
        }
    }
    let came = new.all.iter().filter(|after| old.get(after.step.id.as_str()).is_none());
    found.extend(came.map(came_in));
    sequence(old, new, found);
}

fn stayed(
    old: &Steps<'_>,
    before: &Place<'_>,
    (new, after): (&Steps<'_>, &Place<'_>),
    found: &mut Vec<Change>,
) {
    // Most of a runbook stays as it is.
    if before.step == after.step {
        return;
    }
    let address = after.step.id.as_str();
    let (mut was, mut is) = (document::of_step(before.step), document::of_step(after.step));
    let (old_kind, new_kind) = (before.step.kind.name(), after.step.kind.name());
    if old_kind != new_kind {
        found.push(other_kind(before, after));
        // A wait and a hard stop have the same rules; of other kinds nothing can be compared.
        let content = is[new_kind].take();
        if is_delay(&before.step.kind) && is_delay(&after.step.kind) {
            is[old_kind] = content;
        } else {
            was[old_kind] = Json::Null;
        }
    }
    let category = |steps: &Steps<'_>, place: &Place<'_>| category(steps, place);
    // A gate that became something else is still judged as the gate it was.
    let path = category(old, before).min(category(new, after));
    let order: &HashMap<&str, usize> = &new.by_id;
    Walk { address, order, found }.compare(&[path], &was, &is);
}

/// `gate`, `group` or `work`, as the rules call them.
fn category(steps: &Steps<'_>, place: &Place<'_>) -> &'static str {
    let holds = |other: &Place<'_>| {
        let mut around = other.around.iter();
        is_gate(&other.step.kind) && around.any(|(it, _, _)| it.id == place.step.id)
    };
    if is_gate(&place.step.kind) {
        "gate"
    } else if is_work(&place.step.kind) {
        "work"
    } else if steps.all.iter().any(holds) {
        "gate"
    } else {
        "group"
    }
}

const fn is_delay(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Wait(_) | StepKind::HardStop(_))
}

fn other_kind(before: &Place<'_>, after: &Place<'_>) -> Change {
    let (old, new) = (&before.step.kind, &after.step.kind);
    let (class, noun, verb) = match (old, new) {
        (StepKind::HardStop(_), StepKind::Wait(_)) => {
            (Class::Weakened, noun(old), "turned-into-a-wait")
        }
        (StepKind::Wait(_), StepKind::HardStop(_)) => {
            (Class::Strengthened, noun(old), "turned-into-a-hard-stop")
        }
        _ if is_gate(old) => (Class::Weakened, noun(old), "replaced"),
        _ => (Class::Changed, "kind", "changed"),
    };
    let told = |kind: &StepKind| Some(format!("{}: {}", kind.name(), words::step(kind)));
    Change::new(class, noun, &[], verb).at(after.step.id.as_str()).values(told(old), told(new))
}

fn went(before: &Place<'_>) -> Change {
    let step = before.step;
    let safety = is_gate(&step.kind) || makes_good(before).is_some();
    let class = if safety { Class::Weakened } else { Class::Removed };
    let noun = makes_good(before).unwrap_or_else(|| noun(&step.kind));
    let change = Change::new(class, noun, &[], "removed").at(step.id.as_str());
    change.values(Some(words::step(&step.kind)), None)
}

fn came_in(after: &Place<'_>) -> Change {
    let step = after.step;
    let safety = is_gate(&step.kind) || makes_good(after).is_some();
    let class = if safety { Class::Strengthened } else { Class::Added };
    let noun = makes_good(after).unwrap_or_else(|| noun(&step.kind));
    let change = Change::new(class, noun, &[], "added").at(step.id.as_str());
    change.values(None, Some(words::step(&step.kind)))
}

const fn noun(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Approval(_) => "approval",
        StepKind::Checklist(_) => "checklist",
        StepKind::Wait(_) => "wait",
        StepKind::HardStop(_) => "hard-stop",
        StepKind::Run(_) | StepKind::Uses(_) | StepKind::Runbook(_) => "step",
        StepKind::Block => "block",
        StepKind::Parallel => "parallel",
    }
}

/// What of the procedure for bad days a step belongs to, if it does; gates are gates anywhere.
fn makes_good(place: &Place<'_>) -> Option<&'static str> {
    if is_gate(&place.step.kind) {
        return None;
    }
    let part = place.around.iter().find_map(|(_, part, _)| match part {
        Part::Steps => None,
        Part::Rescue => Some("rescue-step"),
        Part::Always => Some("always-step"),
        Part::Undo => Some("undo"),
        Part::Restore => Some("restore"),
    });
    let own = if place.step.backout {
        Some("backout-step")
    } else if place.phase.on_abort {
        Some("on-abort-step")
    } else if place.phase.finally {
        Some("finally-step")
    } else {
        None
    };
    part.or(own)
}

/// The order of the steps that stand in the same phase before and after.
fn sequence(old: &Steps<'_>, new: &Steps<'_>, found: &mut Vec<Change>) {
    let both = |steps: &Steps<'_>, other: &Steps<'_>, phase: &str| -> Vec<String> {
        let here = steps.all.iter().filter(|place| place.phase.id.as_str() == phase);
        let there = |place: &&Place<'_>| {
            let other = other.get(place.step.id.as_str());
            other.is_some_and(|other| other.phase.id.as_str() == phase)
        };
        here.filter(there).map(|place| place.step.id.to_string()).collect()
    };
    let mut phases: Vec<&str> = new.all.iter().map(|place| place.phase.id.as_str()).collect();
    phases.dedup();
    for phase in phases {
        let (before, after) = (both(old, new, phase), both(new, old, phase));
        if before != after {
            // What stayed where it was at both ends is not told.
            let pairs = before.iter().zip(&after);
            let head = pairs.take_while(|(old, new)| old == new).count();
            let pairs = before[head..].iter().rev().zip(after[head..].iter().rev());
            let tail = pairs.take_while(|(old, new)| old == new).count();
            let moved = |steps: &[String]| Some(steps[head..steps.len() - tail].join(", "));
            let change = Change::new(Class::Changed, "order", &[], "changed").at(phase);
            found.push(change.values(moved(&before), moved(&after)));
        }
    }
}
