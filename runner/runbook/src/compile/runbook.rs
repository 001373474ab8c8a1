//! The way of a runbook from text to plan.

use hardstop_core::{
    limits::{NAMES_MAX, STEPS_MAX},
    model::Plan,
};

use super::{build, lint, reference};
use crate::{
    diagnostics::{Diagnostics, Sink},
    file::read,
    syntax,
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
