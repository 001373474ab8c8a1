//! What a runbook can reach that it could not reach before: programs, shells and actions. Secrets,
//! variables of the environment and runbooks it runs are told where they stand.

use std::collections::BTreeMap;

use hardstop_core::model::{Plan, Program, Shell, StepKind};

use super::change::{Change, Class};

/// Tells what is new, once, at the first step that uses it.
pub(super) fn compare(old: &Plan, new: &Plan, found: &mut Vec<Change>) {
    let (before, after) = (reach(old), reach(new));
    for ((noun, name), address) in after.into_iter().filter(|(it, _)| !before.contains_key(it)) {
        found.push(Change::new(Class::Added, noun, &[&name], "added").at(address));
    }
}

fn reach(plan: &Plan) -> BTreeMap<(&'static str, String), &str> {
    let mut all = BTreeMap::new();
    for step in plan.steps() {
        let used = match &step.kind {
            StepKind::Run(run) => match &run.program {
                Program::Argv(argv) => argv.first().map(|program| ("program", program.clone())),
                Program::Script { shell: Shell::Sh, .. } => Some(("shell", "sh".to_owned())),
                Program::Script { shell: Shell::Bash, .. } => Some(("shell", "bash".to_owned())),
            },
            StepKind::Uses(uses) => Some(("action", uses.action.clone())),
            StepKind::Runbook(_)
            | StepKind::Checklist(_)
            | StepKind::Approval(_)
            | StepKind::Wait(_)
            | StepKind::HardStop(_)
            | StepKind::Block
            | StepKind::Parallel => None,
        };
        if let Some(used) = used {
            all.entry(used).or_insert(step.id.as_str());
        }
    }
    all
}
