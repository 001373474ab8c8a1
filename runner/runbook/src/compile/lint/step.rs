//! Steps that are done twice, or never.

use std::collections::{HashMap, HashSet};

use hardstop_core::{
    ids::StepId,
    model::{OnFailure, Part},
};

use crate::{compile::whole::Built, diagnostics::Sink};

pub(super) fn check(built: &Built<'_>, sink: &mut Sink<'_>) {
    retries(built, sink);
    remedies(built, sink);
    locks(built, sink);
    restores(built, sink);
}

fn retries(built: &Built<'_>, sink: &mut Sink<'_>) {
    for (step, node) in built.steps() {
        let Some(tries) = step.kind.tries() else { continue };
        if tries.retry.max_attempts > 1 && !tries.idempotent {
            let message =
                format!("step `{}` is retried and does not say `idempotent: true`", step.id);
            let help = "say it if doing it twice equals doing it once, or do not retry".to_owned();
            let at = &node.get("retry").at;
            sink.warning("runbook::retry-not-idempotent", at, message, Some(help));
        }
    }
}

/// A step that never runs forward and that no failure calls for never runs.
fn remedies(built: &Built<'_>, sink: &mut Sink<'_>) {
    let mut named = HashSet::new();
    for (step, _) in built.steps() {
        if let OnFailure::Run { steps, .. } = &step.on_failure {
            named.extend(steps.iter().filter(|remedy| **remedy != step.id));
        }
    }
    for (step, node) in built.steps() {
        if step.backout && !named.contains(&step.id) {
            let message = format!("step `{}` never runs: no step's `on_failure` names it", step.id);
            let help = format!("write `on_failure: {{run: [{}]}}` at a step", step.id.name());
            sink.warning("runbook::never", &node.get("only").at, message, Some(help));
        }
    }
}

/// A lock that a step around holds already would never be had.
fn locks(built: &Built<'_>, sink: &mut Sink<'_>) {
    for (phase, nodes) in built.plan.phases.iter().zip(&built.nodes) {
        // What each step and those around it hold, by its address.
        let mut held: HashMap<&StepId, Vec<(&str, &StepId)>> = HashMap::new();
        for (step, node) in phase.steps.iter().zip(nodes) {
            let outer = step.within.as_ref().and_then(|within| held.get(&within.step));
            let mut all = outer.cloned().unwrap_or_default();
            for (index, lock) in step.locks.iter().enumerate() {
                if let Some((_, holder)) = all.iter().find(|(known, _)| known == lock) {
                    let message = format!("step `{holder}` around this one holds `{lock}` already");
                    let at = &node.get("locks").item(index).at;
                    sink.error("runbook::duplicate-name", at, message, None);
                }
                all.push((lock, &step.id));
            }
            held.insert(&step.id, all);
        }
    }
}

/// What is set once the run is over, outside of any block, would be set back by nothing.
fn restores(built: &Built<'_>, sink: &mut Sink<'_>) {
    for (phase, nodes) in built.plan.phases.iter().zip(&built.nodes) {
        if !phase.finally && !phase.on_abort {
            continue;
        }
        let around = |step: &StepId| phase.steps.iter().find(|known| known.id == *step);
        for (step, node) in phase.steps.iter().zip(nodes) {
            let set = step.within.as_ref().filter(|within| within.part == Part::Restore);
            if let Some(set) = set.and_then(|within| around(&within.step))
                && set.within.is_none()
            {
                let message = format!("nothing would set back what step `{}` sets", set.id);
                let help = "put it into a `block` with the steps that need it".to_owned();
                sink.error("runbook::restore", &node.at, message, Some(help));
            }
        }
    }
}
