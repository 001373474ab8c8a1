//! Every look at a whole plan.

use hardstop_core::time::Timestamp;

use super::{gate, step, window};
use crate::{compile::whole::Built, diagnostics::Sink, yaml::Node};

/// Looks at a plan that has no errors.
pub(in crate::compile) fn check(
    built: &Built<'_>,
    tree: &Node,
    at: Timestamp,
    sink: &mut Sink<'_>,
) {
    step::check(built, sink);
    gate::check(built, sink);
    window::check(built, tree, at, sink);
}
