//! A plan as JSON whose parts are found by their names, so that two of them can be walked side by
//! side.

use std::collections::{BTreeMap, HashMap};

use hardstop_core::{
    calendar::{Rule, When},
    model::{Part, Phase, Plan, PlannedWindow, Step, StepKind},
};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

/// The runbook as a whole, without its phases and without the runbooks it runs.
pub(super) fn of_plan(plan: &Plan) -> Json {
    let head = Plan { phases: Vec::new(), children: BTreeMap::new(), ..plan.clone() };
    let mut json = value(&head);
    json["inputs"] = plan.inputs.iter().map(|input| (input.name.clone(), value(input))).collect();
    json["vars"] = plan.vars.iter().map(|(name, it)| (name.clone(), value(it))).collect();
    json["outputs"] = plan.outputs.iter().map(|(name, it)| (name.clone(), value(it))).collect();
    json["windows"] = windows(&plan.windows);
    // Nobody is not everybody.
    let subjects = plan.permissions.iter().map(|(verb, subjects)| {
        let nobody = subjects.is_empty().then(|| json!(["nobody"]));
        (verb.to_string(), nobody.unwrap_or_else(|| value(subjects)))
    });
    json["permissions"] = subjects.collect();
    json
}

/// A phase, without its steps.
pub(super) fn of_phase(phase: &Phase) -> Json {
    let mut json = value(phase);
    json["steps"] = Json::Null;
    json
}

/// A step: the rules of its kind stand beside those that all kinds share, under the kind's name.
pub(super) fn of_step(step: &Step) -> Json {
    let mut json = value(step);
    json["id"] = Json::Null;
    let mut kind = json["kind"].take();
    let name = step.kind.name();
    let mut content = kind.get_mut(name).map(Json::take).unwrap_or_default();
    if let StepKind::Approval(approval) = &step.kind {
        let groups = approval.groups.iter().map(|group| (group.name.clone(), value(group)));
        content["groups"] = groups.collect();
    }
    if let StepKind::Wait(delay) | StepKind::HardStop(delay) = &step.kind {
        content["attempt"] = value(&delay.attempt);
    }
    json[name] = content;
    json
}

/// Windows have no names: each is known by its hours, or by the file it comes from.
fn windows(windows: &[PlannedWindow]) -> Json {
    let mut all = Map::new();
    for PlannedWindow { window, applies_to } in windows {
        let mut json = value(window);
        json["applies_to"] = value(applies_to);
        let rule = match window.rule {
            Rule::Allow => "allow",
            Rule::Deny => "deny",
        };
        let when = match &window.when {
            When::Weekly(weekly) => weekly.to_string(),
            When::Between(span) => {
                format!("{} to {}", span.from.to_the_second(), span.to.to_the_second())
            }
            When::Frozen(frozen) => {
                json["frozen"] = value(frozen);
                frozen.source.clone()
            }
        };
        (json["when"], json["rule"]) = (Json::Null, Json::Null);
        let key = |n: usize| match n {
            1 => format!("{rule} {when}"),
            n => format!("{rule} {when} ({n})"),
        };
        let free = (1..=windows.len()).map(key).find(|key| !all.contains_key(key));
        all.extend(free.map(|key| (key, json)));
    }
    Json::Object(all)
}

fn value(part: &impl Serialize) -> Json {
    serde_json::to_value(part).expect("whatever is part of a plan is JSON")
}

/// Steps by their address, and in which company they stand.
pub(super) struct Steps<'p> {
    pub(super) all: Vec<Place<'p>>,
    pub(super) by_id: HashMap<&'p str, usize>,
}

/// A step and where it stands.
pub(super) struct Place<'p> {
    pub(super) step: &'p Step,
    pub(super) phase: &'p Phase,
    /// The composites around it, the innermost first: which, which part, and what of it holds
    /// the step.
    pub(super) around: Vec<(&'p Step, Part, &'p str)>,
}

impl<'p> Steps<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let known: HashMap<&str, &Step> =
            plan.steps().map(|step| (step.id.as_str(), step)).collect();
        let all = plan.phases.iter().flat_map(|phase| {
            let known = &known;
            phase.steps.iter().map(move |step| Place { step, phase, around: around(step, known) })
        });
        let all: Vec<Place<'p>> = all.collect();
        let by_id = all.iter().enumerate().map(|(at, it)| (it.step.id.as_str(), at)).collect();
        Self { all, by_id }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Place<'p>> {
        self.by_id.get(id).map(|at| &self.all[*at])
    }
}

fn around<'p>(step: &'p Step, known: &HashMap<&str, &'p Step>) -> Vec<(&'p Step, Part, &'p str)> {
    let mut all = Vec::new();
    let mut at = step;
    while let Some(within) = &at.within {
        let Some(composite) = known.get(within.step.as_str()) else { break };
        // A plan that was not compiled may go round in circles.
        if all.len() > known.len() {
            break;
        }
        all.push((*composite, within.part, at.id.as_str()));
        at = composite;
    }
    all
}

/// What a step is to the rules.
pub(super) const fn is_gate(kind: &StepKind) -> bool {
    match kind {
        StepKind::Approval(_)
        | StepKind::Checklist(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_) => true,
        StepKind::Run(_)
        | StepKind::Uses(_)
        | StepKind::Runbook(_)
        | StepKind::Block
        | StepKind::Parallel => false,
    }
}

/// Whether a step works, rather than holds others together or up.
pub(super) const fn is_work(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Run(_) | StepKind::Uses(_) | StepKind::Runbook(_))
}
