//! The document as a whole: what it asks for, its phases, and what happens when it is aborted.

use std::collections::HashMap;

use hardstop_core::{
    ids::{PhaseId, StepId},
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
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct InputView {
    name: String,
    kind: String,
    default: String,
    description: String,
}

/// A phase, or what belongs to no phase.
#[derive(Serialize)]
struct Section {
    title: String,
    intro: Vec<String>,
    /// What happens one after the other, before the steps are told.
    order: Vec<&'static str>,
    steps: Vec<StepView>,
}

impl View {
    fn of(plan: &Plan, outline: &Outline) -> Self {
        Self {
            title: plan.title.clone(),
            runbook: plan.runbook.to_string(),
            purpose: words::paragraphs(&outline.purpose),
            facts: facts(plan, outline),
            inputs: plan.inputs.iter().map(input).collect(),
            sections: sections(plan),
        }
    }
}

fn sections(plan: &Plan) -> Vec<Section> {
    let forward: Vec<&Phase> =
        plan.phases.iter().filter(|phase| !phase.finally && !phase.on_abort).collect();
    let titles: HashMap<&str, &str> =
        plan.phases.iter().map(|it| (it.id.as_str(), it.title.as_str())).collect();
    let phases = forward.iter().enumerate().map(|(at, phase)| Section {
        title: format!("{} {}", at + 1, phase.title),
        intro: after(phase, at.checked_sub(1).map(|before| forward[before]), &titles),
        order: Vec::new(),
        steps: steps(phase, &format!("{}.", at + 1)),
    });
    let mut sections: Vec<Section> = phases.collect();
    let section = |title: &str, intro: &str, order, steps| Section {
        title: title.to_owned(),
        intro: words::paragraphs(intro),
        order,
        steps,
    };
    let remedies = numbered(plan.steps().filter(|step| step.backout), "R");
    if !remedies.is_empty() {
        let intro = "Done only where the failure of a step names them.";
        sections.push(section("Remedies", intro, Vec::new(), remedies));
    }
    let closing = |is: fn(&Phase) -> bool, prefix: &str| -> Vec<StepView> {
        let phases = plan.phases.iter().filter(|phase| is(phase));
        phases.flat_map(|phase| steps(phase, prefix)).collect()
    };
    let (mut undone, on_abort) = (undone(plan), closing(|phase| phase.on_abort, "A"));
    let finally = closing(|phase| phase.finally, "F");
    let order = [
        ("Nothing new starts, and what is under way is stopped.", true),
        ("What was really done is taken and set back, the last first: B.", !undone.is_empty()),
        ("The steps for an aborted run: A.", !on_abort.is_empty()),
        ("The final steps: F.", !finally.is_empty()),
        ("The run is closed.", true),
    ];
    let order = order.into_iter().filter(|(_, there)| *there).map(|(line, _)| line).collect();
    undone.extend(on_abort);
    sections.push(section("If it is aborted", "", order, undone));
    if !finally.is_empty() {
        sections.push(section("Finally, on every exit", "", Vec::new(), finally));
    }
    sections
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
fn after(phase: &Phase, before: Option<&Phase>, titles: &HashMap<&str, &str>) -> Vec<String> {
    let needs: Vec<&str> = phase.needs.iter().map(PhaseId::as_str).collect();
    let expected: Vec<&str> = before.iter().map(|before| before.id.as_str()).collect();
    if needs == expected {
        return Vec::new();
    }
    if needs.is_empty() {
        return vec!["Begins with the run, beside the phases before.".to_owned()];
    }
    let title = |need: &&str| titles.get(need).copied().unwrap_or(need).to_owned();
    let named: Vec<String> = needs.iter().map(title).collect();
    vec![format!("Begins after {}.", named.join(" and "))]
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
