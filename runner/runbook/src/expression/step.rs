//! Names of steps, and what a step stands in.

use hardstop_core::model::{Capture, ItemKind, Phase, Plan, Step, StepKind};

use super::name::{Field, Name, Sees, Segments, Unknown, Viewpoint, is_spelled, spelled, unknown};
use crate::spelling;

const FIELDS: [(&str, Field<'static>); 9] = [
    ("state", Field::State),
    // As the first release wrote it.
    ("status", Field::State),
    ("succeeded", Field::Succeeded),
    ("failed", Field::Failed),
    ("skipped", Field::Skipped),
    ("attempt", Field::Attempt),
    ("started", Field::Started),
    ("finished", Field::Finished),
    ("items", Field::Items),
];

/// The fan-outs an expression stands in, outermost first.
pub(crate) fn fans(plan: &Plan, from: Viewpoint) -> Vec<&Step> {
    match from {
        Viewpoint::Var(_) | Viewpoint::Opening | Viewpoint::Closing => Vec::new(),
        Viewpoint::Step { at: (phase, index), sees } => {
            let phase = &plan.phases[phase];
            let step = &phase.steps[index];
            let mut fans = around(phase, step);
            if sees == Sees::Whole && step.for_each.is_some() {
                fans.pop();
            }
            fans
        }
    }
}

/// The fan-outs around a step, its own included, outermost first.
fn around<'p>(phase: &'p Phase, step: &'p Step) -> Vec<&'p Step> {
    let mut fans = Vec::new();
    let mut next = Some(step);
    // A plan from a file might be circular, so no more than all steps are visited.
    for _ in 0..=phase.steps.len() {
        let Some(step) = next else { break };
        if step.for_each.is_some() {
            fans.push(step);
        }
        let outer = step.within.as_ref();
        next = outer.and_then(|outer| phase.steps.iter().find(|known| known.id == outer.step));
    }
    fans.reverse();
    fans
}

/// `steps.<step>.<field>`, of `phase` or of the phase the expression stands in.
pub(super) fn step<'p, 't>(
    plan: &'p Plan,
    from: Viewpoint,
    phase: Option<&str>,
    segments: &mut Segments<'t>,
) -> Result<Name<'p, 't>, Unknown> {
    let shape = "steps.<step>.outputs.<name>, .succeeded or .state";
    let candidates = match (phase, from) {
        (_, Viewpoint::Var(_) | Viewpoint::Opening) => {
            let help = "before the run there are inputs and variables".to_owned();
            return Err(Unknown::new("no step has run yet".to_owned(), Some(help)));
        }
        (Some(phase), _) => vec![named_phase(plan, phase)?],
        // A short runbook has one phase that nobody named.
        (None, Viewpoint::Closing) => unnamed(plan).into_iter().collect(),
        (None, Viewpoint::Step { at: (own, _), .. }) => {
            let is_last = plan.phases[own].finally || plan.phases[own].on_abort;
            [Some(own), unnamed(plan).filter(|_| is_last)].into_iter().flatten().collect()
        }
    };
    let written = segments.required(shape)?;
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
            .filter(|name| !name.contains('.'))
            .collect();
        return Err(unknown("step", written, known.iter().map(String::as_str)));
    };
    field(plan, from, (step, at), segments)
}

fn field<'p, 't>(
    plan: &'p Plan,
    from: Viewpoint,
    (step, at): (&'p Step, (usize, usize)),
    segments: &mut Segments<'t>,
) -> Result<Name<'p, 't>, Unknown> {
    let outer = around(&plan.phases[at.0], step);
    let own = fans(plan, from);
    let shared = outer.iter().zip(&own).take_while(|(a, b)| a.id == b.id).count();
    let name = spelled(step.id.name());
    let by_key = || Some(format!("write `steps.{name}.items['<key>'].outputs.<name>`"));

    let written = segments.required("steps.<step>.outputs.<name>, .succeeded or .state")?;
    let field = FIELDS.iter().find(|(known, _)| *known == written).map(|(_, field)| *field);
    // Of a fan-out as a whole, there is all but outputs.
    let many = outer.len() > shared;
    let is_whole = outer.len() == shared + 1 && step.for_each.is_some();
    let field = match (written, field) {
        ("outputs", _) if many => {
            let message = format!("step `{}` has outputs for each item", step.id);
            return Err(Unknown::new(message, by_key()));
        }
        ("outputs", _) => {
            let written = segments.required("steps.<step>.outputs.<name>")?;
            Field::Output(output(plan, step, written)?)
        }
        (_, Some(Field::Items)) if !many => {
            let message = format!("step `{}` is not done for several items here", step.id);
            let help = Some(format!("write `steps.{name}.outputs.<name>`"));
            return Err(Unknown::new(message, help));
        }
        (_, Some(field)) if !many || is_whole || matches!(field, Field::Items) => field,
        (_, Some(_)) => {
            let message = format!("step `{}` is done for each of several items", step.id);
            return Err(Unknown::new(message, by_key()));
        }
        (other, None) => {
            let known = FIELDS.iter().map(|(known, _)| *known).chain(["outputs"]);
            let help = spelling::suggest(other, known);
            return Err(Unknown::new(format!("a step has no `{other}`"), help));
        }
    };
    Ok(Name::Step { step, at, shared, field })
}

/// The name of an output, if the step can have it.
pub(super) fn output<'t>(plan: &Plan, step: &Step, written: &'t str) -> Result<&'t str, Unknown> {
    let known: Vec<String> = match &step.kind {
        // What a plugin gives is known only once it gave it.
        StepKind::Uses(_) => return Ok(written),
        StepKind::Runbook(child) => match plan.children.get(&child.path) {
            Some(child) => child.plan.outputs.iter().map(|(name, _)| spelled(name)).collect(),
            None => return Ok(written),
        },
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
        StepKind::Approval(_)
        | StepKind::Wait(_)
        | StepKind::HardStop(_)
        | StepKind::Block
        | StepKind::Parallel => Vec::new(),
    };
    if known.iter().any(|known| known == written) {
        return Ok(written);
    }
    let message = format!("step `{}` has no output `{written}`", step.id);
    let help = if known.is_empty() {
        let help = "a `run` step has outputs by `capture:`, a checklist by items to fill in, another \
                    runbook by its `outputs:`";
        Some(help.to_owned())
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

fn unnamed(plan: &Plan) -> Option<usize> {
    let is_unnamed =
        |phase: &Phase| phase.steps.first().is_some_and(|step| step.id.phase().is_none());
    plan.phases.iter().position(is_unnamed)
}
