//! What the steps of an old plan are called in a new one.

use std::collections::BTreeMap;

use crate::{
    ids::StepId,
    model::{OnFailure, Plan, Step, StepKind, Until},
};

/// The addresses that changed, by the old one; by default none.
#[derive(Default)]
pub(in crate::run) struct Names(BTreeMap<StepId, StepId>);

impl Names {
    /// As the steps of the new plan say themselves by `formerly`.
    pub(in crate::run) fn new(plan: &Plan) -> Self {
        let renamed =
            plan.steps().filter_map(|step| Some((step.formerly.clone()?, step.id.clone())));
        Self(renamed.collect())
    }

    /// The address of that step in the new plan, keys included. Companions go with their step.
    pub(in crate::run) fn of(&self, id: &StepId) -> StepId {
        let base = id.base();
        let renamed = self.0.get(&base).cloned().or_else(|| {
            [".undo", ".restore"].into_iter().find_map(|end| {
                let owner: StepId = base.as_str().strip_suffix(end)?.parse().ok()?;
                format!("{}{end}", self.0.get(&owner)?).parse().ok()
            })
        });
        let renamed = renamed.unwrap_or(base);
        id.keys().fold(renamed, |id, key| id.keyed(key).unwrap_or(id))
    }

    /// A step as it would be written in the new plan. What is for people alone is left out.
    pub(super) fn step(&self, step: &Step) -> Step {
        let mut step = step.clone();
        step.id = self.of(&step.id);
        step.title.clear();
        step.description.clear();
        step.formerly = None;
        if let Some(within) = &mut step.within {
            within.step = self.of(&within.step);
        }
        if let OnFailure::Run { steps, .. } = &mut step.on_failure {
            for id in steps {
                *id = self.of(id);
            }
        }
        match &mut step.kind {
            StepKind::Approval(approval) => {
                for id in &mut approval.show {
                    *id = self.of(id);
                }
            }
            StepKind::Wait(delay) | StepKind::HardStop(delay) => {
                if let Until::After { since: Some(anchor), .. } = &mut delay.until {
                    anchor.step = self.of(&anchor.step);
                }
            }
            StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Checklist(_)
            | StepKind::Block
            | StepKind::Parallel => {}
        }
        step
    }
}
