//! The way of a runbook from text to plan.

use std::{cell::Cell, collections::BTreeSet};

use hardstop_core::{
    limits::{NAMES_MAX, STEPS_MAX},
    model::Plan,
};

use super::{
    call::Plugins,
    child::{Family, Files, afford},
    lint, reference, whole,
};
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
    /// Actions of plugins that are not locked, `plugin/action`, those called by the runbooks it
    /// runs as well. Such a call was not checked and cannot be made.
    pub unlocked: BTreeSet<String>,
}

/// Compiles the text of a runbook, and those of the runbooks it runs.
///
/// `path` is shown in messages, and the paths of the runbooks it runs are relative to it.
///
/// # Errors
///
/// All problems found, up to [`PROBLEMS_MAX`](hardstop_core::limits::PROBLEMS_MAX).
pub fn compile(path: &str, text: &str, files: Files<'_>) -> Result<Compiled, Diagnostics> {
    let steps_left = Cell::new(STEPS_MAX);
    let chain = [path.to_owned()];
    member(
        path,
        text,
        &Family { files, chain: &chain, steps_left: &steps_left, plugins: &Plugins::default() },
    )
}

/// Compiles one runbook of a family.
pub(super) fn member(path: &str, text: &str, family: &Family<'_>) -> Result<Compiled, Diagnostics> {
    let mut sink = Sink::new(path, text);
    let schema = crate::schema::of::<syntax::Runbook>();
    let Some((file, tree)) = read::<syntax::Runbook>(&mut sink, &schema) else {
        return Err(sink.failed());
    };
    let built = whole::plan(&file, &tree, family, &mut sink);
    // Looking a name up takes time for each there is, so their number comes first.
    if !afford(&built.plan, family.steps_left) {
        let message = match family.chain {
            [_] => format!("the runbook has more than {STEPS_MAX} steps"),
            _ => format!("the runbook and those that run it have more than {STEPS_MAX} steps"),
        };
        let at = tree.at.start..tree.at.start + 1;
        sink.error("runbook::too-many", &at, message, None);
    } else if built.plan.vars.len() <= NAMES_MAX {
        let lock = family.plugins.lock(family.files).ok().flatten();
        reference::check(&built, &tree, lock, &mut sink);
    }
    if !sink.has_errors() {
        lint::check(&built, &tree, family.files, &mut sink);
    }
    let warnings = sink.finish()?;
    Ok(Compiled { plan: built.plan, warnings, unlocked: built.unlocked })
}
