//! L4: what was executed is what the plan says, as far as that can be told without evaluating
//! anything: what an expression came to is the runner's word, what is written around it is not.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    event::{Call, ChildRun, Command, EnvValue, Event, ListedItem, OpenedItem},
    ids::{StepId, is_key},
    limits::ITEMS_MAX,
    model::{Program, Step, StepKind},
    value::Value,
};

use super::{Report, authority::Scene, ids};

/// Holds what the event says is executed, asked or listed against the step's plan.
pub(super) fn check(scene: &Scene<'_>, report: &mut Report) {
    let event = &scene.entry.event;
    let Some(step) = event.step().and_then(|id| scene.planned(id)) else { return };
    let secrets = &scene.plan().secrets;
    let same = match (event, &step.kind) {
        (Event::AttemptStarted { command, .. }, StepKind::Run(run)) => {
            let known = |name: &String| secrets.contains_key(name);
            is_program(command, &run.program)
                && is_environment(&command.env, &run.env, &known)
                && fits(run.directory.as_deref().unwrap_or("."), &command.directory)
                && is_evidence(&command.evidence, step)
        }
        (Event::CallStarted { call, .. }, StepKind::Uses(uses)) => {
            call.secrets.values().all(|name| secrets.contains_key(name))
                && call.action == uses.action
                && is_given(call, &uses.with)
                && is_evidence(&call.evidence, step)
        }
        (Event::ChildStarted { child, .. }, StepKind::Runbook(planned)) => {
            child.path == planned.path && is_inputs(child, &planned.inputs)
        }
        (Event::AttemptProbed { .. }, kind) => kind.poll().is_some(),
        (Event::CallPending { .. } | Event::CallProbed { .. }, kind) => {
            matches!(kind, StepKind::Uses(_))
        }
        (Event::ChecklistOpened { items, .. }, StepKind::Checklist(list)) => {
            let texts = |item: &OpenedItem| Some((item.id.clone(), item.text.clone()));
            items.len() == list.items.len()
                && items
                    .iter()
                    .filter_map(texts)
                    .zip(&list.items)
                    .all(|((id, text), planned)| id == planned.id && fits(&planned.text, &text))
        }
        (Event::ItemsListed { items, .. }, _) => return listed(scene, step, items, report),
        (Event::LocksRequested { names, .. }, _) => {
            let sorted = names.windows(2).all(|pair| pair[0] < pair[1]);
            sorted && names.iter().all(|name| step.locks.iter().any(|lock| fits(lock, name)))
        }
        _ => true,
    };
    if !same {
        let message = format!("`{}` is not what the plan says of it", step.id);
        scene.find(ids::EXECUTED, message, report);
    }
}

/// What the run left must be what the plan names.
pub(super) fn outputs(scene: &Scene<'_>, report: &mut Report) {
    let Event::RunClosed { outputs, .. } = &scene.entry.event else { return };
    for (name, value) in outputs {
        let planned = scene.plan().outputs.iter().find(|(planned, _)| planned == name);
        if !planned.is_some_and(|(_, planned)| fits_value(planned, value)) {
            let message = format!("output `{name}` is not one of the plan");
            scene.find(ids::EXECUTED, message, report);
        }
    }
}

/// The items of a fan-out: as many as expected, each with a key of its own.
fn listed(scene: &Scene<'_>, step: &Step, items: &[ListedItem], report: &mut Report) {
    // On many machines two names that differ in case only are one file.
    let keys: BTreeSet<String> = items.iter().map(|item| item.key.to_lowercase()).collect();
    let expect = step.for_each.as_ref().and_then(|each| each.expect);
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let expected = expect.map_or(count > 0, |it| (it.min..=it.max).contains(&count));
    let fault = if keys.len() < items.len() || !items.iter().all(|item| is_key(&item.key)) {
        "has items without a key of their own"
    } else if !expected || items.len() > ITEMS_MAX {
        "has more or fewer items than it may"
    } else {
        return;
    };
    scene.find(ids::EXECUTED, format!("`{}` {fault}", step.id), report);
}

fn is_program(command: &Command, program: &Program) -> bool {
    let written: &[String] = match program {
        Program::Argv(argv) => argv,
        // A script is constant and stands in the plan.
        Program::Script { .. } => &[],
    };
    command.argv.len() == written.len()
        && written.iter().zip(&command.argv).all(|(written, said)| fits(written, said))
}

fn is_environment(
    said: &BTreeMap<String, EnvValue>,
    written: &BTreeMap<String, String>,
    known: &dyn Fn(&String) -> bool,
) -> bool {
    said.keys().eq(written.keys())
        && said.values().zip(written.values()).all(|(said, written)| match said {
            EnvValue::Text(text) => fits(written, text),
            EnvValue::Secret(name) => known(name) && written.contains("${{"),
        })
}

fn is_given(call: &Call, written: &BTreeMap<String, Value>) -> bool {
    let names: BTreeSet<&String> = call.with.keys().chain(call.secrets.keys()).collect();
    names.into_iter().eq(written.keys())
        && call.with.iter().all(|(name, value)| fits_value(&written[name], value))
}

fn is_inputs(child: &ChildRun, written: &BTreeMap<String, Value>) -> bool {
    // A span gets its unit back on the way, so that only texts are compared as they are.
    let as_written = |(value, said): (&Value, &Value)| match (value, said) {
        (Value::Integer(_), Value::Text(_)) => true,
        _ => fits_value(value, said),
    };
    child.inputs.keys().eq(written.keys())
        && written.values().zip(child.inputs.values()).all(as_written)
}

/// Where files are expected may be left out; whether they were left is told by the artifacts.
fn is_evidence(said: &[String], step: &Step) -> bool {
    [0, step.evidence.len()].contains(&said.len())
        && said.iter().zip(&step.evidence).all(|(said, file)| fits(&file.file, said))
}

/// Whether `said` may be what `written` comes to, whatever its expressions gave.
fn fits_value(written: &Value, said: &Value) -> bool {
    match (written, said) {
        (Value::Text(text), said) if text.contains("${{") => {
            said.as_text().is_none_or(|said| fits(text, said))
        }
        (Value::List(written), Value::List(said)) => {
            written.len() == said.len()
                && written.iter().zip(said).all(|(written, said)| fits_value(written, said))
        }
        (Value::Map(written), Value::Map(said)) => {
            written.keys().eq(said.keys())
                && written
                    .values()
                    .zip(said.values())
                    .all(|(written, said)| fits_value(written, said))
        }
        _ => written == said,
    }
}

/// Whether the text around the expressions of `written` stands in `said`, in that order and at
/// both ends.
fn fits(written: &str, said: &str) -> bool {
    let mut around = written.split("${{").enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.rsplit_once("}}").map_or("", |(_, after)| after),
    });
    let Some(mut rest) = said.strip_prefix(around.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = around.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether a step's locks are had before it begins.
pub(super) fn is_locked(scene: &Scene<'_>, id: &StepId, step: &Step) -> bool {
    step.locks.is_empty()
        || scene.state.is_fan(id)
        || matches!(scene.state.locks(id), Some((_, true)))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn what_is_written_around_expressions_must_be_there() {
        for (written, said, holds) in [
            ("plain", "plain", true),
            ("plain", "plain ", false),
            ("a ${{ x }} b", "a 1 b", true),
            ("a ${{ x }} b", "a 1 c", false),
            ("a ${{ x }} b", "z 1 b", false),
            ("${{ x }}/${{ y }}.log", "one/two.log", true),
            ("${{ x }}/${{ y }}.log", "one-two.log", false),
            ("${{ x }}", "", true),
        ] {
            assert_eq!(fits(written, said), holds, "{written} and {said}");
        }
    }
}
