//! Two plans, from the runbook as a whole down to its steps.

use std::collections::{BTreeSet, HashMap};

use hardstop_core::model::{Phase, Plan};
use serde_json::Value as Json;

use super::{
    capability,
    change::{Change, Class},
    document::{self, Steps},
    guard,
    rename::renamed,
    steps,
    walk::Walk,
};

/// What changed in meaning from `old` to `new`: the gravest first, then by address. Empty if both
/// mean the same.
///
/// Steps that were renamed with `formerly` are followed. Runbooks that are run by both are
/// compared as well, their findings under their paths.
pub fn diff(old: &Plan, new: &Plan) -> Vec<Change> {
    let old = renamed(old, new);
    let mut found = Vec::new();
    let (before, after) = (Steps::of(&old), Steps::of(new));
    let order = after.by_id.clone();
    let mut walk = Walk { address: "", order: &order, found: &mut found };
    walk.compare(&["plan"], &document::of_plan(&old), &document::of_plan(new));
    phases(&old, new, &order, &mut found);
    steps::compare(&before, &after, &mut found);
    guard::compare(&before, &after, &mut found);
    capability::compare(&old, new, &mut found);
    children(&old, new, &mut found);
    found.sort();
    found.dedup();
    found
}

fn phases(old: &Plan, new: &Plan, order: &HashMap<&str, usize>, found: &mut Vec<Change>) {
    let get = |plan: &Plan, id: &str| {
        let phase = plan.phases.iter().find(|phase| phase.id.as_str() == id);
        phase.map_or(Json::Null, document::of_phase)
    };
    let ids = |plan: &'_ Plan| {
        plan.phases.iter().map(|phase: &Phase| phase.id.to_string()).collect::<BTreeSet<_>>()
    };
    for id in ids(old).union(&ids(new)) {
        let mut walk = Walk { address: id, order, found };
        walk.compare(&["phase"], &get(old, id), &get(new, id));
    }
}

fn children(old: &Plan, new: &Plan, found: &mut Vec<Change>) {
    let paths: BTreeSet<&String> = old.children.keys().chain(new.children.keys()).collect();
    for path in paths {
        let (class, verb) = match (old.children.get(path), new.children.get(path)) {
            (Some(old), Some(new)) if old.plan == new.plan => continue,
            (Some(old), Some(new)) => {
                let inner = diff(&old.plan, &new.plan);
                found.extend(inner.into_iter().map(|change| {
                    let address = format!("{path}: {}", change.address);
                    Change { address: address.trim_end_matches(' ').to_owned(), ..change }
                }));
                continue;
            }
            (None, _) => (Class::Added, "added"),
            (Some(_), None) => (Class::Removed, "removed"),
        };
        found.push(Change::new(class, "runbook", &[path], verb));
    }
}
