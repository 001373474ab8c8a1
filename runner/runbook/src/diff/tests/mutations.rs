//! Every field of a plan, changed one at a time: nothing is silently equal, and no rule is dead.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::model::{Phase, Plan};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};

use super::super::{
    compare::diff,
    judge::Judge,
    rules::{self, RULES},
};
use super::rich;

/// Fields that mean nothing by themselves.
///
/// The digest of a runbook that is run is that of its text; its plan says what it means.
const MEANINGLESS: [&str; 3] = ["semantics", "formerly", "runbook"];

/// Where each value below `value` stands.
fn places(value: &Json, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Json::Object(members) => {
            members
                .iter()
                .for_each(|(key, it)| places(it, &format!("{at}/{}", key.replace('/', "~1")), all));
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(n, it)| places(it, &format!("{at}/{n}"), all));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Other values that may stand where `value` does; those that are no plan are sorted out later.
fn others(value: &Json) -> Vec<Json> {
    let mut all = vec![Json::Null];
    match value {
        Json::Bool(yes) => all.push(json!(!yes)),
        Json::Number(number) => {
            let number = number.as_u64().unwrap();
            all.extend([json!(number + 1), json!(number - 1)]);
        }
        Json::String(text) => {
            let words = [
                "pause",
                "abort",
                "continue",
                "reject",
                "queue",
                "allow",
                "deny",
                "first",
                "effective",
                "started",
                "approved",
                "failed",
                "sh",
                "bash",
                "tick",
                "executor",
                "policy",
                "rescue",
                "always",
                "steps",
                "team:other",
                "build/image",
                "10:30",
                "2026-12-24T00:00:00Z",
                "2026-12-24",
                "fri",
                "UTC",
                "block",
                "parallel",
                "json",
                "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
            ];
            all.extend(words.map(|word| json!(word)));
            all.push(json!(format!("{text}x")));
        }
        Json::Array(items) => {
            all.push(json!([]));
            all.push(json!(items.iter().rev().collect::<Vec<_>>()));
            all.push(json!(items.iter().skip(1).collect::<Vec<_>>()));
        }
        Json::Object(members) => {
            let mut more = members.clone();
            more.insert("extra".to_owned(), members.values().next().cloned().unwrap_or_default());
            all.push(Json::Object(more));
            all.push(json!({}));
            all.extend([
                json!({"type": "boolean"}),
                json!({"count": 1}),
                json!({"instant": "08:00"}),
                json!("continue"),
            ]);
            for key in members.keys() {
                let mut fewer = members.clone();
                fewer.remove(key);
                all.push(Json::Object(fewer));
            }
        }
        Json::Null => all.clear(),
    }
    all
}

/// The part with each change that leaves it one, and where it was made; of the many texts a field
/// may hold, a few.
fn mutations_of<T: Clone + PartialEq + Serialize + DeserializeOwned>(part: &T) -> Vec<(String, T)> {
    let json = serde_json::to_value(part).unwrap();
    let mut all = Vec::new();
    places(&json, "", &mut all);
    let changed = all.iter().flat_map(|place| {
        let json = &json;
        let others = others(json.pointer(place).unwrap()).into_iter();
        let parts = others.filter_map(move |other| {
            let mut json = json.clone();
            *json.pointer_mut(place)? = other.clone();
            let changed: T = serde_json::from_value(json).ok()?;
            (changed != *part).then(|| (format!("{place} = {other}"), changed))
        });
        parts.take(4)
    });
    changed.collect()
}

/// The plan with each change of one of its steps, one of its phases, or of all else.
fn mutations(plan: &Plan) -> Vec<(String, Plan)> {
    let head = Plan { phases: Vec::new(), children: BTreeMap::new(), ..plan.clone() };
    let heads = mutations_of(&head).into_iter().map(|(place, changed)| {
        let (phases, children) = (plan.phases.clone(), plan.children.clone());
        (place, Plan { phases, children, ..changed })
    });
    let mut all: Vec<(String, Plan)> = heads.collect();
    for (p, phase) in plan.phases.iter().enumerate() {
        let head = Phase { steps: Vec::new(), ..phase.clone() };
        for (place, changed) in mutations_of(&head) {
            let mut plan = plan.clone();
            plan.phases[p] = Phase { steps: phase.steps.clone(), ..changed };
            all.push((format!("/phases/{}{place}", phase.id), plan));
        }
        for (s, step) in phase.steps.iter().enumerate() {
            for (place, changed) in mutations_of(step) {
                let mut plan = plan.clone();
                plan.phases[p].steps[s] = changed;
                all.push((format!("/steps/{}{place}", step.id.as_str().replace('/', ".")), plan));
            }
        }
    }
    all
}

/// Whether a list was put in another order, or a member of a set was named twice.
fn same_members(one: &Plan, other: &Plan) -> bool {
    fn sorted(value: Json) -> Json {
        match value {
            Json::Array(items) => {
                let mut items: Vec<Json> = items.into_iter().map(sorted).collect();
                items.sort_by_key(ToString::to_string);
                items.dedup();
                Json::Array(items)
            }
            Json::Object(members) => members.into_iter().map(|(k, v)| (k, sorted(v))).collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value,
        }
    }
    let of = |plan| sorted(serde_json::to_value(plan).unwrap());
    of(one) == of(other)
}

/// The plan with the past names of the one it was made from.
fn nameless(changed: &Plan) -> Plan {
    let mut changed = changed.clone();
    let steps = changed.phases.iter_mut().flat_map(|phase| &mut phase.steps);
    for step in steps.filter(|step| step.id.as_str() == "prod/soak") {
        step.formerly = Some(rich::name("prod/rest"));
    }
    changed
}

#[test]
fn nothing_is_silently_equal_and_no_rule_is_dead() {
    let plan = rich::plan();
    let (mut silent, mut untold, mut told) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mutations = mutations(&plan);
    assert!(mutations.len() > 1_000, "{}", mutations.len());
    for (place, changed) in &mutations {
        let found = diff(&plan, changed);
        let field = place.split(" = ").next().unwrap().rsplit('/').next().unwrap();
        let means = !MEANINGLESS.contains(&field) && !same_members(&plan, &nameless(changed));
        if found.is_empty() && means {
            silent.push(place);
        }
        let generic = found.iter().filter(|change| change.id == "diff.field-changed");
        untold.extend(generic.map(|change| format!("{place}: {}", change.what)));
        told.extend(found.into_iter().map(|change| change.id));
    }
    assert!(silent.is_empty(), "equal, though they are not: {silent:#?}");
    assert!(untold.is_empty(), "without a rule: {untold:#?}");
    let dead = RULES.iter().filter(|rule| {
        let begins = format!("diff.{}-", rule.noun);
        !matches!(rule.judge, Judge::Nothing) && !told.iter().any(|id| id.starts_with(&begins))
    });
    let dead: Vec<&str> = dead.map(|rule| rule.path).collect();
    assert!(dead.is_empty(), "never used: {dead:#?}");
}

#[test]
fn another_order_of_a_set_means_nothing() {
    let plan = rich::plan();
    let unordered = mutations(&plan)
        .into_iter()
        .filter(|(_, changed)| same_members(&plan, changed) && diff(&plan, changed).is_empty());
    let fields = unordered.map(|(place, _)| {
        let field = place.split(" = ").next().unwrap();
        field.rsplit('/').find(|part| part.parse::<u32>().is_err()).unwrap_or("").to_owned()
    });
    let fields: BTreeSet<String> = fields.collect();
    let expected = [
        "add_approvers",
        "applies_to",
        "approvers",
        "assignees",
        "binds",
        "choices",
        "days",
        "escalate",
        "exclude",
        "groups",
        "holidays",
        "inputs",
        "intervals",
        "locks",
        "needs",
        "on",
        "options",
        "outputs",
        "permissions",
        "phases",
        "show",
        "skip",
        "vars",
        "windows",
    ];
    let unexpected: Vec<_> =
        fields.iter().filter(|field| !expected.contains(&field.as_str())).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

#[test]
fn the_first_rule_that_fits_is_the_one_meant() {
    for rule in RULES {
        let path: Vec<&str> =
            rule.path.split('.').map(|part| if part == "*" { "work" } else { part }).collect();
        assert_eq!(rules::find(&path).map(|found| found.path), Some(rule.path));
    }
}
