//! The document as a whole: what it asks for, its phases, and what happens when it is aborted.

use std::collections::HashMap;

use hardstop_core::{
    ids::StepId,
    model::{Input, InputKind, OnConflict, Part, Phase, Plan, Step},
};
use hardstop_runbook::Outline;
use serde::Serialize;

use super::{
    super::render::render,
    step::{StepView, step_view},
    words,
};

/// What a procedure is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown with task lists, as forges show it.
    Markdown,
    /// One page that needs nothing else: no script, no font, no picture.
    Html,
}

/// The procedure of a runbook.
///
/// * `outline`: what the text says beside the plan.
pub fn procedure(plan: &Plan, outline: &Outline, format: Format) -> String {
    let view = View::of(plan, outline);
    match format {
        Format::Markdown => render("procedure", &view),
        Format::Html => render("procedure.html", &view),
    }
}

#[derive(Serialize)]
struct View {
    title: String,
    runbook: String,
    purpose: Vec<String>,
    facts: Vec<(&'static str, String)>,
    inputs: Vec<InputView>,
    phases: Vec<PhaseView>,
    /// What is done when a remedy names it.
    remedies: Vec<StepView>,
    /// What is taken and set back, the last first.
    undone: Vec<StepView>,
    on_abort: Vec<StepView>,
    finally: Vec<StepView>,
}

#[derive(Serialize)]
struct InputView {
    name: String,
    kind: String,
    default: String,
    description: String,
}

#[derive(Serialize)]
struct PhaseView {
    number: usize,
    title: String,
    when: String,
    steps: Vec<StepView>,
}

impl View {
    fn of(plan: &Plan, outline: &Outline) -> Self {
        let (ends, forward): (Vec<&Phase>, Vec<&Phase>) =
            plan.phases.iter().partition(|phase| phase.finally || phase.on_abort);
        let titles: HashMap<&str, &str> =
            plan.phases.iter().map(|it| (it.id.as_str(), it.title.as_str())).collect();
        let phases = forward.iter().enumerate().map(|(at, phase)| PhaseView {
            number: at + 1,
            title: phase.title.clone(),
            when: after(phase, at.checked_sub(1).map(|before| forward[before]), &titles),
            steps: steps(phase, &format!("{}.", at + 1)),
        });
        let closing = |is: fn(&Phase) -> bool, prefix: &str| {
            let phases = ends.iter().filter(|phase| is(phase));
            phases.flat_map(|phase| steps(phase, prefix)).collect()
        };
        Self {
            title: plan.title.clone(),
            runbook: plan.runbook.to_string(),
            purpose: words::paragraphs(&outline.purpose),
            facts: facts(plan, outline),
            inputs: plan.inputs.iter().map(input).collect(),
            phases: phases.collect(),
            remedies: numbered(plan.steps().filter(|step| step.backout), "R"),
            undone: undone(plan),
            on_abort: closing(|phase| phase.on_abort, "A"),
            finally: closing(|phase| phase.finally, "F"),
        }
    }
}

fn facts(plan: &Plan, outline: &Outline) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if !outline.owners.is_empty() {
        facts.push(("Looked after by", outline.owners.join(", ")));
    }
    for (verb, subjects) in &plan.permissions {
        facts.push(("Restricted", format!("{verb}: {}", words::any_of(subjects))));
    }
    for window in &plan.windows {
        facts.push(("Window", words::window(window)));
    }
    if let Some(concurrency) = &plan.concurrency {
        let conflict = match concurrency.on_conflict {
            OnConflict::Queue => "a second run waits for its turn",
            OnConflict::Reject => "a second run is not opened",
        };
        facts.push(("One at a time", format!("{}: {conflict}", concurrency.group)));
    }
    for (name, secret) in &plan.secrets {
        facts.push(("Needs the secret", format!("{name}, from {}", words::source(secret))));
    }
    if !plan.timezone.is_empty() {
        facts.push(("Local times", plan.timezone.clone()));
    }
    facts
}

fn input(input: &Input) -> InputView {
    let kind = match &input.kind {
        InputKind::Text { choices, .. } if !choices.is_empty() => {
            format!("one of {}", choices.join(", "))
        }
        InputKind::Text { pattern: Some(pattern), .. } => format!("text like {pattern}"),
        InputKind::Text { pattern: None, .. } => "text".to_owned(),
        InputKind::Integer { min, max } => {
            let min = min.map(|min| format!(", at least {min}")).unwrap_or_default();
            let max = max.map(|max| format!(", at most {max}")).unwrap_or_default();
            format!("whole number{min}{max}")
        }
        InputKind::Boolean => "yes or no".to_owned(),
        InputKind::Duration => "span of time".to_owned(),
        InputKind::List => "list of texts".to_owned(),
        InputKind::Date => "day".to_owned(),
        InputKind::Instant => "instant".to_owned(),
        InputKind::Map => "texts by name".to_owned(),
    };
    let default = input.default.as_ref();
    InputView {
        name: input.name.clone(),
        kind,
        default: default.map_or_else(|| "must be given".to_owned(), ToString::to_string),
        description: input.description.clone(),
    }
}

/// When a phase begins, unless it simply follows the one before.
fn after(phase: &Phase, before: Option<&Phase>, titles: &HashMap<&str, &str>) -> String {
    let needs: Vec<&str> = phase.needs.iter().map(|need| need.as_str()).collect();
    let expected: Vec<&str> = before.iter().map(|before| before.id.as_str()).collect();
    if needs == expected {
        return String::new();
    }
    if needs.is_empty() {
        return "Begins with the run, beside the phases before.".to_owned();
    }
    let named: Vec<&str> =
        needs.iter().map(|need| titles.get(need).copied().unwrap_or(need)).collect();
    format!("Begins after {}.", named.join(" and "))
}

/// The forward steps of a phase, those within others right after them, numbered.
fn steps(phase: &Phase, prefix: &str) -> Vec<StepView> {
    let mut inner: HashMap<Option<&StepId>, Vec<&Step>> = HashMap::new();
    for step in phase.steps.iter().filter(|step| !step.backout && companion(step).is_none()) {
        inner.entry(step.within.as_ref().map(|within| &within.step)).or_default().push(step);
    }
    let mut views = Vec::new();
    let mut open: Vec<(String, usize, &[&Step])> = Vec::new();
    open.push((prefix.to_owned(), 0, inner.get(&None).map_or(&[], Vec::as_slice)));
    while let Some((prefix, done, rest)) = open.pop() {
        let Some((step, rest)) = rest.split_first() else { continue };
        let number = format!("{prefix}{}", done + 1);
        views.push(step_view(step, number.clone(), open.len()));
        open.push((prefix, done + 1, rest));
        let held = inner.get(&Some(&step.id)).map_or(&[][..], Vec::as_slice);
        open.push((format!("{number}."), 0, held));
    }
    views
}

fn numbered<'p>(steps: impl Iterator<Item = &'p Step>, prefix: &str) -> Vec<StepView> {
    let steps = steps.enumerate();
    steps.map(|(at, step)| step_view(step, format!("{prefix}{}", at + 1), 0)).collect()
}

fn companion(step: &Step) -> Option<Part> {
    let part = step.within.as_ref()?.part;
    matches!(part, Part::Undo | Part::Restore).then_some(part)
}

/// What takes or sets something back, in the order it would run if all of it had been done.
fn undone(plan: &Plan) -> Vec<StepView> {
    let forward = plan.phases.iter().filter(|phase| !phase.finally && !phase.on_abort);
    let mut steps: Vec<&Step> = forward.flat_map(|phase| &phase.steps).collect();
    steps.retain(|step| companion(step).is_some());
    steps.reverse();
    numbered(steps.into_iter(), "B")
}
