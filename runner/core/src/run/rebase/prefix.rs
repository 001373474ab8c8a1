//! Whether what was executed stands in another plan as it stood in this one.

use std::collections::BTreeSet;

use super::Names;
use crate::{
    event::Cause,
    ids::StepId,
    model::{Part, Phase, Plan, Step},
    run::{RunState, StepState},
};

/// The first difference that matters, in words; `None` if the run may go on with `new`.
pub(super) fn difference(state: &RunState, new: &Plan) -> Option<String> {
    let old = state.plan();
    if old.runbook != new.runbook {
        return Some(format!("it is runbook `{}`, not `{}`", new.runbook, old.runbook));
    }
    if old.inputs != new.inputs {
        return Some("the inputs are declared otherwise, and the run has its own".to_owned());
    }
    let names = Names::new(new);
    let executed = executed(state);
    let steps: Vec<&Step> = old.steps().filter(|step| executed.contains(&step.id)).collect();
    let lists = || lists(state).into_iter().find_map(|it| it.differs(new, &names, &executed));
    let phases = || old.phases.iter().find_map(|it| of_phase(it, (old, new), &names, &executed));
    let vars = || steps.iter().find_map(|step| of_vars(step, old, new));
    let steps = steps.iter().find_map(|step| of_step(step, new, &names));
    steps.or_else(vars).or_else(phases).or_else(lists)
}

/// The steps that began or are settled, for whichever item, and their companions. What failed
/// because an expression has no value never began: that a newer commit may mend.
fn executed(state: &RunState) -> BTreeSet<StepId> {
    let records = &state.tree.records;
    let begun = |at: usize| {
        let state = &records[at].state;
        let unresolved = matches!(state, StepState::Failed { cause: Cause::Unresolved { .. }, .. });
        records[at].began.is_some() || !(unresolved || *state == StepState::Pending)
    };
    let is_executed = |&at: &usize| {
        let is_companion = matches!(records[at].part, Part::Undo | Part::Restore);
        begun(at) || is_companion && records[at].parent.is_some_and(begun)
    };
    (0..records.len()).filter(is_executed).map(|at| records[at].id.base()).collect()
}

fn of_step(step: &Step, new: &Plan, names: &Names) -> Option<String> {
    let id = names.of(&step.id);
    let Some(found) = new.step(&id) else {
        return Some(format!("`{}` was executed and is gone", step.id));
    };
    let (was, is) = (names.step(step), Names::default().step(found));
    let parts = [
        ("its kind", was.kind.name() == is.kind.name()),
        ("what it does", was.kind == is.kind),
        ("its `if`", was.condition == is.condition),
        ("its `on_failure`", was.on_failure == is.on_failure),
        ("its evidence", was.evidence == is.evidence),
        ("what it stands in", was.within == is.within),
        ("its `for_each`", was.for_each == is.for_each),
        ("its locks", was.locks == is.locks),
    ];
    let changed = parts.into_iter().find(|(_, same)| !same).map(|(what, _)| what);
    let changed = changed.or_else(|| (was != is).then_some("something of it"));
    changed.map(|what| format!("`{}` was executed, and {what} differs", step.id))
}

/// Constants that an executed step names must be what they were.
fn of_vars(step: &Step, old: &Plan, new: &Plan) -> Option<String> {
    let text = format!("{:?}", (&step.kind, &step.condition, &step.for_each));
    let value = |plan: &Plan, name: &str| {
        plan.vars.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let changed = old.vars.iter().find(|(name, was)| {
        text.contains(&format!("vars.{name}")) && value(new, name).as_ref() != Some(was)
    });
    changed.map(|(name, _)| {
        format!("`{}` was executed with variable `{name}`, which differs", step.id)
    })
}

fn of_phase(
    phase: &Phase,
    (old, new): (&Plan, &Plan),
    names: &Names,
    executed: &BTreeSet<StepId>,
) -> Option<String> {
    if !phase.steps.iter().any(|step| executed.contains(&step.id)) {
        return None;
    }
    let renamed = |phase: &Phase| {
        let first = phase.steps.first().map(|step| names.of(&step.id));
        let holds =
            |other: &&Phase| other.steps.iter().any(|step| Some(&step.id) == first.as_ref());
        new.phases.iter().find(holds).map_or_else(|| phase.id.clone(), |phase| phase.id.clone())
    };
    let needs: BTreeSet<_> =
        old.phases.iter().filter(|it| phase.needs.contains(&it.id)).map(renamed).collect();
    let id = renamed(phase);
    let same = new.phases.iter().find(|phase| phase.id == id).is_some_and(|found| {
        found.needs.iter().cloned().collect::<BTreeSet<_>>() == needs
            && (found.finally, found.on_abort) == (phase.finally, phase.on_abort)
    });
    (!same).then(|| format!("phase `{}` has begun, and what it needs differs", phase.id))
}

/// Steps that stand in one list, and whether nothing may be added to it any more.
struct List {
    of: Option<(StepId, Part)>,
    phase: usize,
    steps: Vec<StepId>,
    closed: bool,
}

fn lists(state: &RunState) -> Vec<List> {
    let plan = state.plan();
    let mut lists = Vec::new();
    for (index, phase) in plan.phases.iter().enumerate() {
        let later = plan.phases.iter().enumerate().filter(|(_, it)| it.needs.contains(&phase.id));
        let has_begun = |index: usize| {
            state.tree.roots[index].iter().any(|&at| state.record(at).began.is_some())
        };
        let closed = later.into_iter().any(|(later, _)| has_begun(later));
        lists.push(List { of: None, phase: index, steps: list(phase, None), closed });
        let owners: BTreeSet<(StepId, Part)> = phase
            .steps
            .iter()
            .filter_map(|step| step.within.as_ref())
            .map(|within| (within.step.clone(), within.part))
            .collect();
        for (owner, part) in owners {
            let closed = state
                .tree
                .records
                .iter()
                .any(|record| record.id.base() == owner && record.state.is_past(part));
            let steps = list(phase, Some((&owner, part)));
            lists.push(List { of: Some((owner, part)), phase: index, steps, closed });
        }
    }
    lists
}

fn list(phase: &Phase, of: Option<(&StepId, Part)>) -> Vec<StepId> {
    let steps = phase.steps.iter();
    let inside = steps.filter(|step| step.within.as_ref().map(|it| (&it.step, it.part)) == of);
    inside.map(|step| step.id.clone()).collect()
}

impl List {
    fn differs(&self, new: &Plan, names: &Names, executed: &BTreeSet<StepId>) -> Option<String> {
        let last = self.steps.iter().rposition(|step| executed.contains(step))?;
        let was: Vec<StepId> = self.steps.iter().map(|step| names.of(step)).collect();
        let phase = new.phases.iter().find(|it| it.steps.iter().any(|step| step.id == was[last]));
        let of = self.of.as_ref().map(|(owner, part)| (names.of(owner), *part));
        let of = of.as_ref().map(|(owner, part)| (owner, *part));
        let is = phase.map(|phase| list(phase, of)).unwrap_or_default();
        let upto = if self.closed { was.len().max(is.len()) } else { last + 1 };
        let place = (0..upto).find(|&at| was.get(at) != is.get(at))?;
        let place = match (is.get(place), self.steps.get(place)) {
            (Some(added), _) if !was.contains(added) => format!("`{added}` comes too late"),
            (_, Some(moved)) => format!("`{moved}` stands elsewhere or is gone"),
            (Some(added), None) => format!("`{added}` comes too late"),
            (None, None) => format!("phase {} differs", self.phase),
        };
        Some(format!("{place}: what is around it was executed"))
    }
}
