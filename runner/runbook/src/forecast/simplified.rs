//! A plan without what a good day never asks: who people are, and what else is under way.

use hardstop_core::{
    model::{Plan, StepKind},
    policy::Subject,
};

/// The plan as one person alone could run it: anybody approves, no item of a checklist is left to
/// tick, no lock is taken. All that time passes over is as it was.
pub(super) fn simplified(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.permissions.clear();
    plan.concurrency = None;
    for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.locks.clear();
        match &mut step.kind {
            StepKind::Approval(approval) => {
                approval.approvers = vec![Subject::Anyone];
                approval.groups.clear();
                approval.min_approvals = 1;
                approval.exclude.clear();
                approval.min_level = 0;
                approval.show.clear();
            }
            StepKind::Checklist(list) => list.items.clear(),
            StepKind::Run(_)
            | StepKind::Uses(_)
            | StepKind::Runbook(_)
            | StepKind::Wait(_)
            | StepKind::HardStop(_)
            | StepKind::Block
            | StepKind::Parallel => {}
        }
    }
    plan
}
