//! Windows that no step ever gets through.

use std::collections::HashSet;

use hardstop_core::{
    calendar::{Because, Opening, Window, opening},
    model::{Part, Phase, Step},
    time::{Millis, Timestamp},
};

use crate::{compile::whole::Built, diagnostics::Sink, yaml::Node};

pub(super) fn check(built: &Built<'_>, tree: &Node, at: Timestamp, sink: &mut Sink<'_>) {
    let windows = &built.plan.windows;
    if windows.is_empty() {
        return;
    }
    let (mut seen, mut closed) = (HashSet::new(), None);
    for (phase, nodes) in built.plan.phases.iter().zip(&built.nodes) {
        for (step, node) in phase.steps.iter().zip(nodes) {
            let applies = |places: &[String]| match places {
                [] => !phase.finally && !phase.on_abort,
                named => named.iter().any(|place| is_meant(place, phase, step)),
            };
            let own: Vec<usize> =
                (0..windows.len()).filter(|at| applies(&windows[*at].applies_to)).collect();
            let forward = !step
                .within
                .as_ref()
                .is_some_and(|within| matches!(within.part, Part::Undo | Part::Restore));
            // Looking a year ahead takes time, and most steps are alike in this.
            if forward && !own.is_empty() && seen.insert((own.clone(), needed(step))) {
                let own: Vec<Window> =
                    own.into_iter().map(|at| windows[at].window.clone()).collect();
                let told = never_open(step, node, &own, at, sink);
                closed = closed.or(told);
            }
        }
    }
    // What is past today was right when it was written.
    if let Some(message) = closed {
        sink.warning("runbook::never", &tree.get("windows").at, message, None);
    }
}

fn is_meant(place: &str, phase: &Phase, step: &Step) -> bool {
    place == phase.id.as_str() || place == step.id.as_str()
}

/// Reports a step that takes too long for its windows; tells what to say if they are just closed.
fn never_open(
    step: &Step,
    node: &Node,
    windows: &[Window],
    at: Timestamp,
    sink: &mut Sink<'_>,
) -> Option<String> {
    let Opening::Closed { opens: None, because } = opening(windows, at, needed(step)) else {
        return None;
    };
    let message = format!("no window opens for step `{}` in a year: {because}", step.id);
    match because {
        Because::DoesNotFit { .. } | Because::Overruns { .. } => {
            let at = node.find("timeout").unwrap_or_else(|| node.get("id"));
            let help = "a shorter `timeout`, a longer window, or `overrun: allow`".to_owned();
            sink.error("runbook::never", &at.at, message, Some(help));
            None
        }
        Because::Denied { .. } | Because::NotAllowed => Some(message),
    }
}

/// How long a step may take, as far as windows ask.
fn needed(step: &Step) -> Millis {
    step.kind.tries().map_or(Millis(0), |tries| tries.timeout)
}
