//! Fan-outs: how many items may be under way, and how many may fail.
//!
//! Stop when failures *exceed* what is allowed; what is allowed is rounded down (peers' Q18). An
//! item has failed while it, or anything in it, waits for a person's verb after a failure.

use super::{RunState, StepState, admission::is_tolerated, step_state::Role};
use crate::model::OnExceeded;

impl RunState {
    /// Whether that item of the fan-out may start: items start in the order of their list.
    pub(crate) fn has_room_for(&self, fan: usize, item: usize) -> bool {
        let pending = |other: &&usize| self.record(**other).state == StepState::Pending;
        let earlier = self.record(fan).children.iter().take_while(|&&other| other != item);
        !self.is_exceeded(fan) && earlier.filter(pending).count() < self.room(fan)
    }

    /// How many more items may be under way at once.
    pub(crate) fn room(&self, fan: usize) -> usize {
        let record = self.record(fan);
        let width = self.planned(record).for_each.as_ref().map_or(1, |each| each.max_parallel);
        let under_way = record
            .children
            .iter()
            .filter(|&&item| self.record(item).state != StepState::Pending && !self.is_passed(item))
            .count();
        usize::try_from(width).unwrap_or(usize::MAX).saturating_sub(under_way)
    }

    /// Whether more items failed than may.
    pub(crate) fn is_exceeded(&self, fan: usize) -> bool {
        let record = self.record(fan);
        let failed = record.children.iter().filter(|&&item| self.has_failed(item)).count();
        failed > record.allowed
    }

    /// Whether the item failed within what its fan-out allows: the others go on, and the failure
    /// is an open item.
    pub(crate) fn is_forgiven(&self, item: usize) -> bool {
        let Some(fan) = self.record(item).parent else { return false };
        self.record(fan).allowed > 0
            && self.has_failed(item)
            && !self.is_moving(item)
            && !self.is_exceeded(fan)
    }

    /// Whether the fan-out ends the run because too many items failed.
    pub(crate) fn is_fatally_exceeded(&self, fan: usize) -> bool {
        let record = self.record(fan);
        let each = self.planned(record).for_each.as_ref();
        record.role == Role::Fan
            && matches!(record.state, StepState::Open { .. })
            && each.is_some_and(|each| each.on_exceeded == OnExceeded::Abort)
            && self.is_exceeded(fan)
    }

    /// Whether the item, or anything in it, failed and is not settled.
    fn has_failed(&self, item: usize) -> bool {
        !self.record(item).state.is_settled()
            && self.tree.below(item).into_iter().any(|at| {
                let failed = match self.record(at).state {
                    StepState::Failed { .. } => !is_tolerated(self, at),
                    StepState::Unknown { .. } => true,
                    StepState::Pending
                    | StepState::Running { .. }
                    | StepState::Backoff { .. }
                    | StepState::Ticking { .. }
                    | StepState::Asking { .. }
                    | StepState::Approved { .. }
                    | StepState::Open { .. }
                    | StepState::Delaying { .. }
                    | StepState::Succeeded { .. }
                    | StepState::Skipped { .. }
                    | StepState::Attested { .. } => false,
                };
                failed && !self.is_rescued(at)
            })
    }

    /// Whether anything of the step is under way, or nobody can tell whether it is.
    pub(crate) fn is_moving(&self, at: usize) -> bool {
        self.tree.below(at).into_iter().any(|at| self.record(at).state.is_moving())
    }
}
