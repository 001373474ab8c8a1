//! Gates that stop too much, or before nothing.

use std::collections::HashSet;

use hardstop_core::model::{Phase, Step, StepKind, Within};

use crate::{compile::whole::Built, diagnostics::Sink, yaml::Node};

pub(super) fn check(built: &Built<'_>, sink: &mut Sink<'_>) {
    let phases = &built.plan.phases;
    let needed: HashSet<_> = phases.iter().flat_map(|phase| &phase.needs).collect();
    for (phase, nodes) in phases.iter().zip(&built.nodes) {
        if phase.finally || phase.on_abort {
            gates_at_the_end(phase, nodes, sink);
        } else if !needed.contains(&phase.id) {
            last_step(phase, nodes, sink);
        }
    }
}

fn gates_at_the_end(phase: &Phase, nodes: &[&Node], sink: &mut Sink<'_>) {
    for (step, node) in phase.steps.iter().zip(nodes) {
        match &step.kind {
            StepKind::Approval(_) | StepKind::HardStop(_) => {
                let message = format!(
                    "step `{}` could keep a run from ever ending: nobody may skip it",
                    step.id
                );
                let at = &node.get(step.kind.name()).at;
                let help = "let it stand among the steps or phases, before the run ends";
                sink.error("runbook::gate-in-finally", at, message, Some(help.to_owned()));
            }
            StepKind::Checklist(_) | StepKind::Wait(_) if phase.finally => {
                let message = format!("step `{}` keeps every run from ending", step.id);
                let at = &node.get(step.kind.name()).at;
                sink.warning("runbook::gate-in-finally", at, message, None);
            }
            StepKind::Checklist(_)
            | StepKind::Wait(_)
            | StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Block
            | StepKind::Parallel => {}
        }
    }
}

fn last_step(phase: &Phase, nodes: &[&Node], sink: &mut Sink<'_>) {
    let outermost = |step: &Step| step.within.is_none() || is_of_the_phase(step.within.as_ref());
    let mut steps = phase.steps.iter().zip(nodes);
    let Some((step, node)) = steps.rfind(|(step, _)| outermost(step) && !step.backout) else {
        return;
    };
    if let StepKind::HardStop(_) | StepKind::Approval(_) = step.kind {
        let message = format!("step `{}` stops before nothing: no step comes after it", step.id);
        let at = &node.get(step.kind.name()).at;
        sink.warning("runbook::gate-before-nothing", at, message, None);
    }
}

/// Whether this is the block that stands for a phase.
fn is_of_the_phase(within: Option<&Within>) -> bool {
    within.is_some_and(|within| within.step.name() == "each")
}
