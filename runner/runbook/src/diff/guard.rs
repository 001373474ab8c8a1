//! Which work a gate comes before, wherever the order comes from: a list, a block, or `needs`.
//!
//! A gate whose own text did not change is still weakened if the work it guarded no longer waits
//! for it.

use std::collections::{BTreeSet, HashMap, HashSet};

use hardstop_core::model::{Part, Phase, StepKind};

use super::{
    change::{Change, Class},
    document::{Place, Steps, is_gate, is_work},
};

/// Compares what each gate that stayed comes before, of the work that stayed.
pub(super) fn compare(old: &Steps<'_>, new: &Steps<'_>, found: &mut Vec<Change>) {
    let (needs_before, needs_after) = (needs(old), needs(new));
    for gate in old.all.iter().filter(|place| is_gate(&place.step.kind)) {
        let id = gate.step.id.as_str();
        let Some(now) = new.get(id).filter(|now| is_gate(&now.step.kind)) else { continue };
        let (mut lost, mut gained) = (BTreeSet::new(), BTreeSet::new());
        for work in old.all.iter().filter(|place| is_work(&place.step.kind)) {
            let name = work.step.id.as_str();
            let Some(work_now) = new.get(name) else { continue };
            let before = guards(gate, work, old, &needs_before);
            let after = guards(now, work_now, new, &needs_after);
            match (before, after) {
                (true, false) => lost.insert(name),
                (false, true) => gained.insert(name),
                (true, true) | (false, false) => false,
            };
        }
        let list = |names: BTreeSet<&str>| Some(names.into_iter().collect::<Vec<_>>().join(", "));
        let moved = |class| Change::new(class, noun(&gate.step.kind), &[], "moved").at(id);
        if !lost.is_empty() {
            let change = Change {
                what: format!("{} no longer comes before work it guarded", now.step.kind.name()),
                ..moved(Class::Weakened)
            };
            found.push(change.values(list(lost), None));
        } else if !gained.is_empty() {
            let change = Change {
                what: format!("{} comes before more work", now.step.kind.name()),
                ..moved(Class::Strengthened)
            };
            found.push(change.values(None, list(gained)));
        }
    }
}

const fn noun(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::HardStop(_) => "hard-stop",
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Block
        | StepKind::Parallel
        | StepKind::Approval(_)
        | StepKind::Checklist(_)
        | StepKind::Wait(_) => kind.name(),
    }
}

/// The phases each phase waits for, directly or not.
type Needs<'p> = HashMap<&'p str, HashSet<&'p str>>;

fn needs<'p>(steps: &Steps<'p>) -> Needs<'p> {
    let phases: HashMap<&str, &Phase> =
        steps.all.iter().map(|place| (place.phase.id.as_str(), place.phase)).collect();
    let all = |phase: &&'p Phase| {
        let mut seen = HashSet::new();
        let mut next = vec![*phase];
        while let Some(phase) = next.pop() {
            for need in &phase.needs {
                if seen.insert(need.as_str()) {
                    next.extend(phases.get(need.as_str()));
                }
            }
        }
        seen
    };
    phases.iter().map(|(id, phase)| (*id, all(phase))).collect()
}

/// Whether `work` cannot begin forward before `gate` is passed.
fn guards(gate: &Place<'_>, work: &Place<'_>, steps: &Steps<'_>, needs: &Needs<'_>) -> bool {
    let companion = |(_, part, _): &(_, Part, _)| matches!(part, Part::Undo | Part::Restore);
    if gate.step.backout || work.step.backout || work.around.iter().any(companion) {
        return false;
    }
    // A gate that is only met on a bad day guards what else happens on that day alone.
    let shares = |(composite, part, _): &(&hardstop_core::model::Step, Part, &str)| {
        let mut around = work.around.iter();
        *part == Part::Steps || around.any(|(it, at, _)| it.id == composite.id && at == part)
    };
    if !gate.around.iter().all(shares) {
        return false;
    }
    if gate.phase.id != work.phase.id {
        let waits = needs.get(work.phase.id.as_str());
        return waits.is_some_and(|waits| waits.contains(gate.phase.id.as_str()));
    }
    let beside = gate.around.iter().any(|(composite, _, child)| {
        let parallel = matches!(composite.kind, StepKind::Parallel);
        let other = work.around.iter().find(|(it, _, _)| it.id == composite.id);
        parallel && other.is_some_and(|(_, _, other)| other != child)
    });
    let at = |place: &Place<'_>| steps.by_id.get(place.step.id.as_str());
    !beside && at(gate) < at(work)
}
