//! What comes before what: phases, and steps of one phase.

use std::{cmp::Ordering, collections::HashMap};

use hardstop_core::{
    ids::PhaseId,
    model::{Part, Phase, Step, StepKind},
};

/// Which phases are over before each one, in the order of the plan; or a circle of phases that
/// wait for each other, by their places.
pub(super) fn over_before(phases: &[Phase]) -> Result<Vec<Vec<bool>>, Vec<usize>> {
    let mut place: HashMap<&PhaseId, usize> = HashMap::new();
    for (at, phase) in phases.iter().enumerate() {
        // A second phase of the same name was reported; it must not wait for itself.
        place.entry(&phase.id).or_insert(at);
    }
    let mut order = Order {
        needs: phases
            .iter()
            .map(|phase| phase.needs.iter().filter_map(|id| place.get(id).copied()).collect())
            .collect(),
        before: vec![None; phases.len()],
        path: Vec::new(),
    };
    for at in 0..phases.len() {
        order.visit(at)?;
    }
    let mut before: Vec<Vec<bool>> = order.before.into_iter().flatten().collect();
    for (at, phase) in phases.iter().enumerate() {
        if phase.finally || phase.on_abort {
            let over = |other: usize| other != at && (phase.finally || !phases[other].finally);
            before[at] = (0..phases.len()).map(over).collect();
        }
    }
    Ok(before)
}

struct Order {
    needs: Vec<Vec<usize>>,
    before: Vec<Option<Vec<bool>>>,
    /// The phases being visited, each waiting for the next.
    path: Vec<usize>,
}

impl Order {
    /// Depth first, without recursion: a chain of phases may be as long as a runbook.
    fn visit(&mut self, from: usize) -> Result<(), Vec<usize>> {
        self.path.push(from);
        while let Some(&at) = self.path.last() {
            let open = self.needs[at].iter().find(|need| self.before[**need].is_none());
            if let Some(&open) = open {
                if let Some(start) = self.path.iter().position(|visited| *visited == open) {
                    return Err(self.path.split_off(start));
                }
                self.path.push(open);
                continue;
            }
            let mut before = vec![false; self.needs.len()];
            for &need in &self.needs[at] {
                before[need] = true;
                for (other, over) in self.before[need].iter().flatten().enumerate() {
                    before[other] |= *over;
                }
            }
            self.before[at] = Some(before);
            self.path.pop();
        }
        Ok(())
    }
}

/// Whether the step at `a` can have run when texts of the step at `b` are evaluated, both of one
/// phase.
pub(super) fn can_precede(steps: &[Step], a: usize, b: usize) -> bool {
    if a == b {
        return false;
    }
    let (from, to) = (path(steps, a), path(steps, b));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a.0 == b.0).count();
    // Of the innermost composite around both: the part each is in, and its step there.
    match (from.get(shared), to.get(shared)) {
        (Some(&(a, part)), Some(&(b, other))) => {
            let around = shared.checked_sub(1).map(|at| &steps[from[at].0].kind);
            match part.cmp(&other) {
                Ordering::Less => true,
                Ordering::Equal => a < b && around != Some(&StepKind::Parallel),
                Ordering::Greater => false,
            }
        }
        // What takes a step back comes after it and all that is in it.
        (None, Some(&(_, part))) => matches!(part, Part::Undo | Part::Restore),
        (Some(_) | None, None) => false,
    }
}

/// Whether the step at `of` runs only where another one fails, and the one at `user` does not run
/// with it.
pub(super) fn is_exceptional(steps: &[Step], of: usize, user: Option<usize>) -> bool {
    let own: Vec<usize> =
        user.map_or_else(Vec::new, |user| path(steps, user).iter().map(|(at, _)| *at).collect());
    let outside = |at: usize| {
        !steps[at].within.as_ref().is_some_and(|within| {
            // Beside each other in one `rescue`.
            own.iter().any(|&own| steps[own].within.as_ref() == Some(within))
        })
    };
    path(steps, of)
        .iter()
        .any(|&(at, part)| steps[at].backout || (part == Part::Rescue && outside(at)))
}

/// A step and those it is in, outermost first, each with the part it is in.
///
/// What takes a step back stands beside it rather than in it: it runs when all else is over.
fn path(steps: &[Step], of: usize) -> Vec<(usize, Part)> {
    let mut path = Vec::new();
    let mut next = Some(of);
    while let Some(at) = next {
        let within = steps[at].within.as_ref();
        path.push((at, within.map_or(Part::Steps, |within| within.part)));
        let outer = within.map(|within| &within.step);
        // A composite stands before what is in it.
        next = outer.and_then(|id| steps[..at].iter().rposition(|step| step.id == *id));
    }
    path.reverse();
    path
}
