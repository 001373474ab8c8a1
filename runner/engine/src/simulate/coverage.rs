//! What of a runbook some scenario reached.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::model::{Plan, StepKind};

use super::seen::Seen;

/// What was reached, by the path of the runbook.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    runbooks: BTreeMap<String, BTreeMap<String, Step>>,
}

/// One step of a plan.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Step {
    /// Whether it can fail by itself.
    may_fail: bool,
    has_condition: bool,
    begun: bool,
    failed: bool,
    skipped: bool,
}

/// What no scenario reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// The runbook's path.
    pub runbook: String,
    /// How many steps it has.
    pub steps: usize,
    /// Those that were never begun.
    pub not_begun: Vec<String>,
    /// Those that never failed.
    pub never_failed: Vec<String>,
    /// Those whose condition was never false.
    pub never_skipped: Vec<String>,
}

impl Coverage {
    pub(super) fn add(&mut self, path: &str, plan: &Plan) {
        let known = self.runbooks.entry(path.to_owned()).or_default();
        for step in plan.steps() {
            let may_fail = match step.kind {
                StepKind::Run(_)
                | StepKind::Uses(_)
                | StepKind::Runbook(_)
                | StepKind::Checklist(_)
                | StepKind::Approval(_) => true,
                StepKind::Wait(_)
                | StepKind::HardStop(_)
                | StepKind::Block
                | StepKind::Parallel => false,
            };
            let known = known.entry(step.id.to_string()).or_default();
            known.may_fail = may_fail;
            known.has_condition = step.condition.is_some();
        }
    }

    pub(super) fn see(&mut self, path: &str, seen: &Seen) {
        let Some(step) = seen.entry.event.step() else { return };
        let Some(steps) = self.runbooks.get_mut(path) else { return };
        let Some(step) = steps.get_mut(step.base().as_str()) else { return };
        step.begun |= seen.begins();
        step.failed |= seen.fails() || seen.kind == "attempt.failed";
        step.skipped |= seen.kind == "step.skipped";
    }

    /// Adds what another scenario reached.
    pub fn merge(&mut self, other: Self) {
        for (path, steps) in other.runbooks {
            let known = self.runbooks.entry(path).or_default();
            for (name, step) in steps {
                let known = known.entry(name).or_default();
                known.may_fail |= step.may_fail;
                known.has_condition |= step.has_condition;
                known.begun |= step.begun;
                known.failed |= step.failed;
                known.skipped |= step.skipped;
            }
        }
    }

    /// What nobody reached, by runbook.
    pub fn gaps(&self) -> Vec<Gaps> {
        let gaps = |(path, steps): (&String, &BTreeMap<String, Step>)| {
            let those = |lacks: &dyn Fn(&Step) -> bool| {
                let names: BTreeSet<&String> =
                    steps.iter().filter(|(_, step)| lacks(step)).map(|(name, _)| name).collect();
                names.into_iter().cloned().collect::<Vec<String>>()
            };
            Gaps {
                runbook: path.clone(),
                steps: steps.len(),
                not_begun: those(&|step| !step.begun),
                never_failed: those(&|step| step.begun && step.may_fail && !step.failed),
                never_skipped: those(&|step| step.begun && step.has_condition && !step.skipped),
            }
        };
        self.runbooks.iter().map(gaps).collect()
    }
}
