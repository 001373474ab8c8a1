//! What a run says to others: the group it belongs to before it begins, its outputs at its end.

use std::collections::BTreeMap;

use hardstop_core::{
    header::Inputs, limits::OUTPUTS_BYTES_MAX, model::Plan, run::RunState, value::Value,
};

use super::{
    known::{Known, nothing},
    locks::checked,
    names::{run_field, step_field},
    resolver::scalar,
};
use crate::expression::{Name, Viewpoint};

/// The group of runs that a run with these inputs may not be under way beside; `None` if it may be
/// beside any.
///
/// # Errors
///
/// Why the group has no name. The run cannot be opened.
pub fn group(plan: &Plan, inputs: &Inputs) -> Result<Option<String>, String> {
    let Some(concurrency) = &plan.concurrency else { return Ok(None) };
    let written = &concurrency.group;
    let value = Known::new(plan, inputs)?.value(Viewpoint::Opening, written, &nothing);
    let name = value.and_then(|value| scalar(written, &value));
    let name = name.and_then(|name| checked("group", name));
    name.map(Some).map_err(|why| format!("`concurrency.group`: {why}"))
}

/// What a run leaves for the runbooks that run after it, and for a run it is part of.
///
/// # Errors
///
/// The output, and why it has no value: of a run that did not succeed, steps may have given
/// nothing. `default` in its expression is for that.
pub fn run_outputs(state: &RunState) -> Result<BTreeMap<String, Value>, String> {
    let known = Known::new(state.plan(), state.inputs())?;
    let beyond = |name: Name<'_, '_>| match name {
        Name::Step { step, field, .. } => step_field(state, &step.id, &[], field),
        Name::Run(field) => run_field(state, None, field),
        Name::Now => {
            let last = state.last().ok_or("the run has not begun")?;
            Ok(Value::Text(last.wall.to_string()))
        }
        Name::Item(_)
        | Name::Own(_)
        | Name::OwnFiles
        | Name::Input(_)
        | Name::Var(_)
        | Name::Secret => Err("it has no value at the end of a run".to_owned()),
    };
    let (mut outputs, mut bytes) = (BTreeMap::new(), 0);
    for (name, value) in &state.plan().outputs {
        let value = known.tree(Viewpoint::Closing, value, &beyond);
        let value = value.map_err(|why| format!("output `{name}`: {why}"))?;
        bytes += name.len() + value.to_string().len();
        if bytes > OUTPUTS_BYTES_MAX {
            return Err(format!("the outputs have more than {OUTPUTS_BYTES_MAX} bytes"));
        }
        outputs.insert(name.clone(), value);
    }
    Ok(outputs)
}
