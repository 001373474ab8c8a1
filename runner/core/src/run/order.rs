//! What must be over before what.

use super::{RunState, step_state::Role, tree};
use crate::{ids::StepId, model::StepKind};

impl RunState {
    /// Whether `earlier` must be over before `later` may start; not so if the run has no such
    /// steps.
    pub fn precedes(&self, earlier: &StepId, later: &StepId) -> bool {
        let places = self.at(earlier).zip(self.at(later));
        places.is_some_and(|(earlier, later)| self.is_before(earlier, later))
    }

    /// Whether the step at `earlier` must be over before the one at `later` may start.
    ///
    /// Two steps of one composite go by its rule, wherever within it they stand; two of different
    /// phases go by what the phases need.
    pub(crate) fn is_before(&self, earlier: usize, later: usize) -> bool {
        let (one, other) = (self.line(earlier), self.line(later));
        let shared = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
        let (Some(&one), Some(&other)) = (one.get(shared), other.get(shared)) else {
            // One contains the other: a composite is never over before what is in it.
            return false;
        };
        let (first, second) = (self.record(one), self.record(other));
        match first.parent {
            None if first.at.0 == second.at.0 => first.at.1 < second.at.1,
            None => self.needs(second.at.0, first.at.0),
            Some(parent) => {
                let above = self.record(parent);
                let in_order = above.role != Role::Fan
                    && matches!(tree::planned(&self.plan, above).kind, StepKind::Block);
                in_order && (first.part, first.at.1) < (second.part, second.at.1)
            }
        }
    }

    /// The step's ancestors, outermost first, and itself.
    fn line(&self, at: usize) -> Vec<usize> {
        let mut line: Vec<usize> = std::iter::once(at).chain(self.tree.above(at)).collect();
        line.reverse();
        line
    }

    /// Whether phase `from` needs phase `to`, directly or through others, in whatever order they
    /// stand.
    fn needs(&self, from: usize, to: usize) -> bool {
        let phases = &self.plan.phases;
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(&phase) = seen.get(next) {
            let needed = |other: &usize| phases[phase].needs.contains(&phases[*other].id);
            let new: Vec<usize> =
                (0..phases.len()).filter(needed).filter(|other| !seen.contains(other)).collect();
            seen.extend(new);
            next += 1;
        }
        seen[1..].contains(&to)
    }
}
