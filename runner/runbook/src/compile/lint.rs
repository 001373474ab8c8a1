//! What is not wrong, but probably not meant.

use std::collections::HashSet;

use hardstop_core::model::{Phase, Plan, StepKind};

use crate::{diagnostics::Sink, yaml::Node};

/// Warns about a plan that has no errors.
pub(super) fn check(plan: &Plan, tree: &Node, sink: &mut Sink<'_>) {
    let needed: HashSet<_> = plan.phases.iter().flat_map(|phase| &phase.needs).collect();
    for (index, phase) in plan.phases.iter().enumerate() {
        let steps = if phase.finally {
            tree.get("finally")
        } else if phase.steps.first().is_some_and(|step| step.id.phase().is_some()) {
            tree.get("phases").item(index).get("steps")
        } else {
            tree.get("steps")
        };
        retries(phase, steps, sink);
        if phase.finally {
            gates_at_the_end(phase, steps, sink);
        } else if !needed.contains(&phase.id) {
            last_step(phase, steps, sink);
        }
    }
}

fn retries(phase: &Phase, steps: &Node, sink: &mut Sink<'_>) {
    for (index, step) in phase.steps.iter().enumerate() {
        if let StepKind::Run(run) = &step.kind
            && run.retry.max_attempts > 1
            && !run.idempotent
        {
            let message =
                format!("step `{}` is retried and does not say `idempotent: true`", step.id);
            let help = "say it if doing it twice equals doing it once, or do not retry".to_owned();
            let at = &steps.item(index).get("retry").at;
            sink.warning("runbook::retry-not-idempotent", at, message, Some(help));
        }
    }
}

fn gates_at_the_end(phase: &Phase, steps: &Node, sink: &mut Sink<'_>) {
    for (index, step) in phase.steps.iter().enumerate() {
        match &step.kind {
            StepKind::Run(_) => {}
            StepKind::Approval(_) | StepKind::HardStop(_) => {
                let message = format!(
                    "step `{}` could keep a run from ever ending: nobody may skip it",
                    step.id
                );
                let at = &steps.item(index).get(step.kind.name()).at;
                sink.error("runbook::gate-in-finally", at, message, None);
            }
            StepKind::Checklist(_) | StepKind::Wait(_) => {
                let message = format!("step `{}` keeps every run from ending", step.id);
                let at = &steps.item(index).get(step.kind.name()).at;
                sink.warning("runbook::gate-in-finally", at, message, None);
            }
        }
    }
}

fn last_step(phase: &Phase, steps: &Node, sink: &mut Sink<'_>) {
    let Some(step) = phase.steps.last() else { return };
    match &step.kind {
        StepKind::HardStop(_) | StepKind::Approval(_) => {
            let message =
                format!("step `{}` stops before nothing: no step comes after it", step.id);
            let at = &steps.item(phase.steps.len() - 1).get(step.kind.name()).at;
            sink.warning("runbook::gate-before-nothing", at, message, None);
        }
        StepKind::Run(_) | StepKind::Checklist(_) | StepKind::Wait(_) => {}
    }
}
