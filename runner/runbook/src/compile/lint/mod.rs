//! What is not wrong, but probably not meant; and what only a whole and sound plan shows.

mod gate;
mod step;
mod window;

use hardstop_core::time::Timestamp;

use super::whole::Built;
use crate::{diagnostics::Sink, yaml::Node};

/// Looks at a plan that has no errors.
pub(super) fn check(built: &Built<'_>, tree: &Node, at: Timestamp, sink: &mut Sink<'_>) {
    step::check(built, sink);
    gate::check(built, sink);
    window::check(built, tree, at, sink);
}
