//! Every look at a whole plan.

use super::{gate, people, step, window};
use crate::{
    compile::{child::Files, whole::Built},
    diagnostics::Sink,
    yaml::Node,
};

/// Looks at a plan that has no errors.
pub(in crate::compile) fn check(
    built: &Built<'_>,
    tree: &Node,
    files: Files<'_>,
    sink: &mut Sink<'_>,
) {
    step::check(built, sink);
    gate::check(built, sink);
    people::check(built, files, sink);
    window::check(built, tree, files.at, sink);
}
