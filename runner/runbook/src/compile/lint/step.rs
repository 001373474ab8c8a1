//! Steps that are done twice, or never.

use std::collections::HashSet;

use hardstop_core::model::{OnFailure, Retry, StepKind};

use crate::{compile::whole::Built, diagnostics::Sink};

pub(super) fn check(built: &Built<'_>, sink: &mut Sink<'_>) {
    retries(built, sink);
    remedies(built, sink);
}

fn retries(built: &Built<'_>, sink: &mut Sink<'_>) {
    for (step, node) in built.steps() {
        let (Retry { max_attempts, .. }, idempotent) = match &step.kind {
            StepKind::Run(run) => (&run.retry, run.idempotent),
            StepKind::Uses(uses) => (&uses.retry, uses.idempotent),
            StepKind::Checklist(_)
            | StepKind::Approval(_)
            | StepKind::Wait(_)
            | StepKind::HardStop(_)
            | StepKind::Runbook(_)
            | StepKind::Block
            | StepKind::Parallel => continue,
        };
        if *max_attempts > 1 && !idempotent {
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
