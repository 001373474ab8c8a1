//! From the file as written to the plan a run executes: defaults filled in, every text understood,
//! every reference checked. All problems are reported in one pass.

mod build;
mod gate;
mod input;
mod lint;
mod phase;
mod reference;
mod step;

use hardstop_core::{
    limits::{NAMES_MAX, STEPS_MAX},
    model::Plan,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    diagnostics::{Diagnostics, Sink},
    shape, syntax,
    yaml::{self, Node},
};

/// A runbook that can be run, and what its author should think about.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The plan.
    pub plan: Plan,
    /// Not wrong, but probably not meant.
    pub warnings: Diagnostics,
}

/// Compiles the text of a runbook.
///
/// `name` is shown in messages: the path people know the file by.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX).
pub fn compile(name: &str, text: &str) -> Result<Compiled, Diagnostics> {
    let mut sink = Sink::new(name, text);
    let schema = crate::schema::of::<syntax::Runbook>();
    let Some((file, tree)) = read::<syntax::Runbook>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let (plan, uses) = build::plan(&file, &tree, &mut sink);
    // Looking a name up takes time for each there is, so their number comes first.
    if plan.steps().nth(STEPS_MAX).is_some() {
        let message = format!("the runbook has more than {STEPS_MAX} steps");
        let at = tree.at.start..tree.at.start + 1;
        sink.error("runbook::too-many", &at, message, None);
    } else if plan.vars.len() <= NAMES_MAX {
        reference::check(&plan, &uses, &tree, &mut sink);
    }
    if !sink.has_errors() {
        lint::check(&plan, &tree, &mut sink);
    }
    let warnings = sink.finish()?;
    Ok(Compiled { plan, warnings })
}

/// Reads a file of one kind. `None` if it is too broken to go on; the sink knows why.
pub(crate) fn read<T: DeserializeOwned>(sink: &mut Sink<'_>, schema: &Value) -> Option<(T, Node)> {
    let tree = yaml::read(sink)?;
    let value = shape::check(&tree, schema, sink)?;
    match serde_json::from_value(value) {
        Ok(file) => Some((file, tree)),
        Err(error) => {
            // The schema is made from the type, so this is a shape it cannot express.
            sink.error("runbook::wrong-type", &(0..0), error.to_string(), None);
            None
        }
    }
}
