//! What a dotted name of an expression stands for.
//!
//! One function answers, when a runbook is checked and when a step is about to start, so that a
//! name cannot mean one thing to the author and another to the run.

use hardstop_core::model::{Input, Plan, Step};

use super::step::{fans, output, step};
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
        /// How many of the fan-outs around the step the expression stands in as well: so many of
        /// its keys are those of the step.
        shared: usize,
        field: Field<'t>,
    },
    Run(RunField),
    /// The item of a fan-out around the step, by the name the fan-out gives it.
    Item(&'p str),
    /// An output of the step itself: `self.outputs.<name>`.
    Own(&'t str),
    /// The text of each file that the step itself left, by name: `self.files`.
    OwnFiles,
    /// The moment of evaluation.
    Now,
}

/// What can be asked of a step.
#[derive(Clone, Copy)]
pub(crate) enum Field<'t> {
    /// A named output.
    Output(&'t str),
    /// Where it stands, in a word.
    State,
    /// Whether it was done.
    Succeeded,
    /// Whether it failed for good.
    Failed,
    /// Whether it was left undone.
    Skipped,
    /// The number of the last attempt begun.
    Attempt,
    /// When that attempt started.
    Started,
    /// When the step was settled.
    Finished,
    /// All of these for each of its items, by key.
    Items,
}

/// What can be asked of the run.
#[derive(Clone, Copy)]
pub(crate) enum RunField {
    Id,
    ShortId,
    StartedAt,
    StartedBy,
    Workspace,
    Repository,
}

const RUN_FIELDS: [(&str, RunField); 6] = [
    ("id", RunField::Id),
    ("short_id", RunField::ShortId),
    ("started_at", RunField::StartedAt),
    ("started_by", RunField::StartedBy),
    ("workspace", RunField::Workspace),
    ("repository", RunField::Repository),
];

const ROOTS: [&str; 8] = ["inputs", "vars", "secrets", "steps", "phases", "run", "now", "self"];

/// Where the expression stands that a name is read in.
#[derive(Clone, Copy)]
pub(crate) enum Viewpoint {
    /// A variable, by its place in the plan: inputs, and the variables before it.
    Var(usize),
    /// Before the run: inputs and variables.
    Opening,
    /// A text of a step, by its place in the plan: phase, and step of the phase.
    Step { at: (usize, usize), sees: Sees },
    /// What the run leaves: everything but items.
    Closing,
}

/// What a text of a step sees besides what every text sees.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sees {
    /// The items of the fan-outs around the step, not those of its own: `for_each.items`.
    Whole,
    /// Its own item as well.
    Item,
    /// And what it gave, as `self.outputs`: `until.condition`.
    Outputs,
    /// And what it left, as `self.files`: `evidence.content`.
    Files,
}

/// A name that stands for nothing.
pub(crate) struct Unknown {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Unknown {
    pub(super) fn new(message: String, help: Option<String>) -> Self {
        Self { message, help }
    }
}

/// How a name with `-` is written in an expression, where `-` is a minus.
pub(crate) fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

pub(super) fn is_spelled(name: &str, as_written: &str) -> bool {
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
        "steps" => step(plan, from, None, &mut segments)?,
        "phases" => {
            let phase = segments.required("phases.<phase>.steps.<step>")?;
            if segments.next() != Some("steps") {
                let help = Some("write `phases.<phase>.steps.<step>`".to_owned());
                return Err(Unknown::new(format!("`{path}` is incomplete"), help));
            }
            step(plan, from, Some(phase), &mut segments)?
        }
        "self" => own(plan, from, &mut segments)?,
        "run" | "now" => of_the_run(from, root, &mut segments)?,
        other => item(plan, from, other)?,
    };
    Ok((name, segments.at))
}

/// The item of a fan-out around the expression; nothing else has a name of the author's.
fn item<'p, 't>(plan: &'p Plan, from: Viewpoint, name: &str) -> Result<Name<'p, 't>, Unknown> {
    let fans = fans(plan, from);
    let names = || fans.iter().filter_map(|fan| Some(fan.for_each.as_ref()?.name.as_str()));
    // The innermost, if two are named alike.
    if let Some(found) = names().rev().find(|known| is_spelled(known, name)) {
        return Ok(Name::Item(found));
    }
    let known: Vec<String> = names().map(spelled).collect();
    let known = known.iter().map(String::as_str).chain(ROOTS);
    Err(Unknown::new(format!("unknown name `{name}`"), spelling::suggest(name, known)))
}

fn own<'p, 't>(
    plan: &'p Plan,
    from: Viewpoint,
    segments: &mut Segments<'t>,
) -> Result<Name<'p, 't>, Unknown> {
    let (phase, index, sees_files) = match from {
        Viewpoint::Step { at: (phase, index), sees: Sees::Outputs } => (phase, index, false),
        Viewpoint::Step { at: (phase, index), sees: Sees::Files } => (phase, index, true),
        Viewpoint::Var(_)
        | Viewpoint::Opening
        | Viewpoint::Step { sees: Sees::Whole | Sees::Item, .. }
        | Viewpoint::Closing => {
            let help = "it is what a step gave: for `until.condition` and `evidence.content`";
            return Err(Unknown::new("there is no `self` here".to_owned(), Some(help.to_owned())));
        }
    };
    let shape = "self.outputs.<name>";
    match segments.required(shape)? {
        "outputs" => {
            let step = &plan.phases[phase].steps[index];
            Ok(Name::Own(output(plan, step, segments.required(shape)?)?))
        }
        "files" if sees_files => Ok(Name::OwnFiles),
        "files" => {
            let help = "a condition is over typed values: `capture` them from what is printed";
            let message = "there is no `self.files` here".to_owned();
            Err(Unknown::new(message, Some(help.to_owned())))
        }
        part => {
            let help = spelling::suggest(part, ["outputs", "files"]);
            Err(Unknown::new(format!("`self` has no `{part}`"), help))
        }
    }
}

fn of_the_run<'p, 't>(
    from: Viewpoint,
    root: &str,
    segments: &mut Segments<'t>,
) -> Result<Name<'p, 't>, Unknown> {
    match from {
        Viewpoint::Var(_) | Viewpoint::Opening => {
            let help = Some("inputs and variables do".to_owned());
            return Err(Unknown::new(format!("`{root}` has no value before the run"), help));
        }
        Viewpoint::Step { .. } | Viewpoint::Closing => {}
    }
    if root == "now" {
        return Ok(Name::Now);
    }
    let name = segments.required("run.<name>")?;
    let known = || RUN_FIELDS.iter().map(|(name, _)| *name);
    let field = RUN_FIELDS.iter().find(|(known, _)| *known == name);
    Ok(Name::Run(field.ok_or_else(|| unknown("name of the run", name, known()))?.1))
}

pub(super) fn unknown<'n>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Unknown {
    let spelled: Vec<String> = known.into_iter().map(spelled).collect();
    let help = spelling::suggest(name, spelled.iter().map(String::as_str));
    Unknown::new(format!("unknown {what} `{name}`"), help)
}

/// The dotted parts of a name, one after the other.
pub(super) struct Segments<'t> {
    path: &'t str,
    /// How far the path was read, in bytes.
    at: usize,
}

impl<'t> Segments<'t> {
    pub(super) fn next(&mut self) -> Option<&'t str> {
        let start = if self.at == 0 { 0 } else { self.at + 1 };
        let rest = self.path.get(start..).filter(|rest| !rest.is_empty())?;
        let segment = rest.split('.').next().unwrap_or(rest);
        self.at = start + segment.len();
        Some(segment)
    }

    pub(super) fn required(&mut self, shape: &str) -> Result<&'t str, Unknown> {
        self.next().ok_or_else(|| {
            let help = Some(format!("write `{shape}`"));
            Unknown::new(format!("`{}` is not a value", self.path), help)
        })
    }
}
