//! Names that were changed with `formerly`: the older plan is told with the newer names, so that a
//! new name alone is no difference.

use std::collections::HashMap;

use hardstop_core::{
    ids::StepId,
    model::{OnFailure, Plan, StepKind, Until},
};

use crate::expression::spelled;

/// The older plan, with the names that its steps have in the newer one.
pub(super) fn renamed(old: &Plan, new: &Plan) -> Plan {
    let names = names(old, new);
    let mut plan = old.clone();
    if names.is_empty() {
        return plan;
    }
    let rename = |id: &mut StepId| {
        if let Some(name) = names.get(id) {
            *id = name.clone();
        }
    };
    for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        // Without a title of its own, a step is called by its name.
        let untitled = step.title == step.id.name();
        rename(&mut step.id);
        if untitled {
            step.title = step.id.name().to_owned();
        }
        step.within.iter_mut().for_each(|within| rename(&mut within.step));
        if let OnFailure::Run { steps, .. } = &mut step.on_failure {
            steps.iter_mut().for_each(rename);
        }
        match &mut step.kind {
            StepKind::Approval(approval) => approval.show.iter_mut().for_each(rename),
            StepKind::Wait(delay) | StepKind::HardStop(delay) => {
                if let Until::After { since: Some(since), .. } = &mut delay.until {
                    rename(&mut since.step);
                }
            }
            StepKind::Run(_)
            | StepKind::Checklist(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Block
            | StepKind::Parallel => {}
        }
        if let Some(condition) = &mut step.condition {
            *condition = in_expression(condition, &names);
        }
    }
    for window in &mut plan.windows {
        for place in &mut window.applies_to {
            if let Some(name) = place.parse().ok().and_then(|id: StepId| names.get(&id)) {
                *place = name.to_string();
            }
        }
    }
    plan
}

/// From the names steps had to those they have, companions included.
fn names(old: &Plan, new: &Plan) -> HashMap<StepId, StepId> {
    let pairs = new.steps().filter_map(|step| Some((step.formerly.clone()?, step.id.clone())));
    let pairs: Vec<(StepId, StepId)> = pairs
        .filter(|(before, now)| {
            old.step(before).is_some() && new.step(before).is_none() && old.step(now).is_none()
        })
        .collect();
    let companions = pairs.iter().flat_map(|(before, now)| {
        [".undo", ".restore"].into_iter().filter_map(move |companion| {
            let companion = |id: &StepId| format!("{id}{companion}").parse().ok();
            companion(before).zip(companion(now))
        })
    });
    let companions: Vec<(StepId, StepId)> = companions.collect();
    pairs.into_iter().chain(companions).collect()
}

/// `steps.old_name` with the name it has now.
fn in_expression(text: &str, names: &HashMap<StepId, StepId>) -> String {
    let mut text = text.to_owned();
    for (before, now) in names {
        let (before, now) = (spelled(before.name()), spelled(now.name()));
        let mut rest = std::mem::take(&mut text);
        while let Some(at) = rest.find(&format!("steps.{before}")) {
            let end = at + "steps.".len() + before.len();
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let whole = !rest[end..].starts_with(is_part) && !rest[..at].ends_with(is_part);
            let name = if whole { &now } else { &before };
            text.push_str(&rest[..at]);
            text.push_str("steps.");
            text.push_str(name);
            rest = rest[end..].to_owned();
        }
        text.push_str(&rest);
    }
    text
}
