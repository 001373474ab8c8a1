//! The run that a `runbook` step opens.

use std::collections::BTreeMap;

use hardstop_core::{
    model::{Child, InputKind, Plan},
    value::Value,
};

use super::resolver::{Resolved, Resolver};
use crate::inputs::settle_inputs;

impl<'s> Resolver<'s> {
    /// What the other runbook is given, checked against what it asks for, so that no run is opened
    /// that would be refused.
    pub(super) fn child(&self, child: &'s Child) -> Result<Resolved, String> {
        let Some(pinned) = self.known.plan.children.get(&child.path) else {
            return Err(format!("the plan does not hold the runbook `{}`", child.path));
        };
        let mut inputs = BTreeMap::new();
        for (name, value) in &child.inputs {
            let value = self.tree(value).map_err(|why| format!("input `{name}`: {why}"))?;
            inputs.insert(name.clone(), with_unit(&pinned.plan, name, value));
        }
        settle_inputs(&pinned.plan, &inputs, "parent")
            .map_err(|problems| format!("`{}`: {}", child.path, problems.join("; ")))?;
        Ok(Resolved::Child { path: child.path.clone(), inputs })
    }
}

/// A span is a number of milliseconds to expressions, and a text with its unit to everybody else.
pub(super) fn with_unit(plan: &Plan, name: &str, value: Value) -> Value {
    let is_span = |name: &str| {
        let input = plan.inputs.iter().find(|input| input.name == name);
        input.is_some_and(|input| input.kind == InputKind::Duration)
    };
    match value {
        Value::Integer(span) if is_span(name) => Value::Text(format!("{span}ms")),
        value @ (Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_)) => value,
    }
}
