//! What a dotted name of an expression stands for.
//!
//! One function answers, when a runbook is checked and when a step is about to start, so that a
//! name cannot mean one thing to the author and another to the run.

use hardstop_core::model::{Capture, Input, ItemKind, Phase, Plan, Step, StepKind};

use crate::spelling;

/// A thing with a value.
pub(crate) enum Name<'p, 't> {
    Input(&'p Input),
    /// By its place in the plan.
    Var(usize),
    Secret,
    Step {
        step: &'p Step,
        at: (usize, usize),
        field: Field<'t>,
    },
    Run(RunField),
}

/// What can be asked of a step.
#[derive(Clone, Copy)]
pub(crate) enum Field<'t> {
    /// A named output.
    Output(&'t str),
    /// Whether it was done.
    Succeeded,
    /// Where it stands, in a word.
    Status,
}

/// What can be asked of the run.
#[derive(Clone, Copy)]
pub(crate) enum RunField {
    Id,
    ShortId,
    StartedAt,
    Workspace,
    Repository,
}

const RUN_FIELDS: [(&str, RunField); 5] = [
    ("id", RunField::Id),
    ("short_id", RunField::ShortId),
    ("started_at", RunField::StartedAt),
    ("workspace", RunField::Workspace),
    ("repository", RunField::Repository),
];

const ROOTS: [&str; 6] = ["inputs", "vars", "secrets", "steps", "phases", "run"];

/// Where the expression stands that a name is read in.
#[derive(Clone, Copy)]
pub(crate) enum Viewpoint {
    /// A variable, by its place in the plan.
    Var(usize),
    /// A step of that phase, by the phase's place in the plan.
    Phase(usize),
}

/// A name that stands for nothing.
pub(crate) struct Unknown {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Unknown {
    fn new(message: String, help: Option<String>) -> Self {
        Self { message, help }
    }
}

/// How a name with `-` is written in an expression, where `-` is a minus.
pub(crate) fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

fn is_spelled(name: &str, as_written: &str) -> bool {
    name.len() == as_written.len()
        && name.bytes().zip(as_written.bytes()).all(|(a, b)| a == b || (a == b'-' && b == b'_'))
}

/// What `path` stands for, and how many bytes of it name that.
///
/// # Errors
///
/// [`Unknown`] with the nearest known name.
pub(crate) fn look_up<'p, 't>(
    plan: &'p Plan,
    from: Viewpoint,
    path: &'t str,
) -> Result<(Name<'p, 't>, usize), Unknown> {
    let mut segments = Segments { path, at: 0 };
    let root = segments.next().unwrap_or_default();
    let name = match root {
        "inputs" => {
            let name = segments.required("inputs.<name>")?;
            let known = || plan.inputs.iter().map(|input| input.name.as_str());
            let input = plan.inputs.iter().find(|input| is_spelled(&input.name, name));
            Name::Input(input.ok_or_else(|| unknown("input", name, known()))?)
        }
        "vars" => {
            let name = segments.required("vars.<name>")?;
            let end = if let Viewpoint::Var(own) = from { own } else { plan.vars.len() };
            let known = || plan.vars[..end].iter().map(|(name, _)| name.as_str());
            let place = known().position(|known| is_spelled(known, name));
            Name::Var(place.ok_or_else(|| unknown("variable", name, known()))?)
        }
        "secrets" => {
            let name = segments.required("secrets.<name>")?;
            let known = || plan.secrets.keys().map(String::as_str);
            if !known().any(|known| is_spelled(known, name)) {
                return Err(unknown("secret", name, known()));
            }
            Name::Secret
        }
        "run" => {
            let name = segments.required("run.<name>")?;
            let known = || RUN_FIELDS.iter().map(|(name, _)| *name);
            let field = RUN_FIELDS.iter().find(|(known, _)| *known == name);
            Name::Run(field.ok_or_else(|| unknown("name of the run", name, known()))?.1)
        }
        "steps" => step(plan, from, None, &mut segments)?,
        "phases" => {
            let phase = segments.required("phases.<phase>.steps.<step>")?;
            if segments.next() != Some("steps") {
                let help = Some("write `phases.<phase>.steps.<step>`".to_owned());
                return Err(Unknown::new(format!("`{path}` is incomplete"), help));
            }
            step(plan, from, Some(phase), &mut segments)?
        }
        other => {
            let help = spelling::suggest(other, ROOTS);
            return Err(Unknown::new(format!("unknown name `{other}`"), help));
        }
    };
    Ok((name, segments.at))
}

fn step<'p, 't>(
    plan: &'p Plan,
    from: Viewpoint,
    phase: Option<&str>,
    segments: &mut Segments<'t>,
) -> Result<Name<'p, 't>, Unknown> {
    let shape = "steps.<step>.outputs.<name>, .succeeded or .status";
    let Viewpoint::Phase(own) = from else {
        let help = Some("a variable may use inputs and the variables before it".to_owned());
        return Err(Unknown::new("no step has run yet".to_owned(), help));
    };
    let written = segments.required(shape)?;
    let candidates = match phase {
        Some(phase) => vec![named_phase(plan, phase)?],
        None if plan.phases[own].finally => {
            // A short runbook has one phase that nobody named.
            let unnamed = plan.phases.iter().position(is_unnamed);
            [Some(own), unnamed].into_iter().flatten().collect()
        }
        None => vec![own],
    };
    let found = candidates.iter().find_map(|&phase| {
        let steps = &plan.phases[phase].steps;
        let at = steps.iter().position(|step| is_spelled(step.id.name(), written))?;
        Some((&steps[at], (phase, at)))
    });
    let Some((step, at)) = found else {
        let known: Vec<String> = candidates
            .iter()
            .flat_map(|&phase| &plan.phases[phase].steps)
            .map(|step| spelled(step.id.name()))
            .collect();
        return Err(unknown("step", written, known.iter().map(String::as_str)));
    };
    let field = match segments.required(shape)? {
        "succeeded" => Field::Succeeded,
        "status" => Field::Status,
        "outputs" => Field::Output(output(step, segments.required(shape)?)?),
        other => {
            let help = spelling::suggest(other, ["outputs", "succeeded", "status"]);
            return Err(Unknown::new(format!("a step has no `{other}`"), help));
        }
    };
    Ok(Name::Step { step, at, field })
}

/// The name of an output, if the step can have it.
fn output<'t>(step: &Step, written: &'t str) -> Result<&'t str, Unknown> {
    let known: Vec<String> = match &step.kind {
        StepKind::Run(run) => match &run.capture {
            Some(Capture::Json) => return Ok(written),
            Some(Capture::Patterns(patterns)) => patterns.keys().map(|key| spelled(key)).collect(),
            None => Vec::new(),
        },
        StepKind::Checklist(checklist) => checklist
            .items
            .iter()
            .filter(|item| item.kind != ItemKind::Tick)
            .map(|item| spelled(item.id.as_str()))
            .collect(),
        StepKind::Approval(_) | StepKind::Wait(_) | StepKind::HardStop(_) => Vec::new(),
    };
    if known.iter().any(|known| known == written) {
        return Ok(written);
    }
    let message = format!("step `{}` has no output `{written}`", step.id);
    let help = if known.is_empty() {
        Some("a `run` step has outputs by `capture:`, a checklist by items to fill in".to_owned())
    } else {
        spelling::suggest(written, known.iter().map(String::as_str))
    };
    Err(Unknown::new(message, help))
}

fn named_phase(plan: &Plan, written: &str) -> Result<usize, Unknown> {
    let place = plan.phases.iter().position(|phase| is_spelled(phase.id.as_str(), written));
    place.ok_or_else(|| {
        let known: Vec<String> =
            plan.phases.iter().map(|phase| spelled(phase.id.as_str())).collect();
        unknown("phase", written, known.iter().map(String::as_str))
    })
}

fn is_unnamed(phase: &Phase) -> bool {
    phase.steps.first().is_some_and(|step| step.id.phase().is_none())
}

fn unknown<'n>(what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) -> Unknown {
    let spelled: Vec<String> = known.into_iter().map(spelled).collect();
    let help = spelling::suggest(name, spelled.iter().map(String::as_str));
    Unknown::new(format!("unknown {what} `{name}`"), help)
}

/// The dotted parts of a name, one after the other.
struct Segments<'t> {
    path: &'t str,
    /// How far the path was read, in bytes.
    at: usize,
}

impl<'t> Segments<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let start = if self.at == 0 { 0 } else { self.at + 1 };
        let rest = self.path.get(start..).filter(|rest| !rest.is_empty())?;
        let segment = rest.split('.').next().unwrap_or(rest);
        self.at = start + segment.len();
        Some(segment)
    }

    fn required(&mut self, shape: &str) -> Result<&'t str, Unknown> {
        self.next().ok_or_else(|| {
            let help = Some(format!("write `{shape}`"));
            Unknown::new(format!("`{}` is not a value", self.path), help)
        })
    }
}
