//! Steps of a runbook's text, marked with what was found out about them after it was compiled.

use hardstop_core::ids::StepId;

use crate::{
    diagnostics::{Diagnostics, Sink},
    yaml::{self, Kind, Node},
};

/// Complaints about steps, each with the place of the step in the text: its `id`. One about a step
/// that is not found there points at the beginning.
///
/// * `path`: shown in messages.
/// * `found`: the code of each, the step's address, and one lowercase fragment.
pub fn marked_steps(
    path: &str,
    text: &str,
    found: &[(&'static str, StepId, String)],
) -> Diagnostics {
    let mut sink = Sink::new(path, text);
    let Some(tree) = yaml::read(&mut sink) else { return sink.failed() };
    for (code, step, message) in found {
        let step = step.base();
        let phases = tree.find("phases");
        let phase = step.phase().and_then(|phase| named(phases?, phase));
        let node = named(phase.unwrap_or(&tree), step.name());
        let at = node.map_or(0..0, |node| node.get("id").at.clone());
        sink.error(code, &at, message, None);
    }
    sink.failed()
}

/// The map below `node` whose `id` this is; the nearest comes first.
fn named<'n>(node: &'n Node, id: &str) -> Option<&'n Node> {
    let is = |node: &Node| {
        node.find("id").is_some_and(|found| matches!(&found.kind, Kind::Text(text) if text == id))
    };
    let mut level = vec![node];
    while !level.is_empty() {
        let below = level.iter().flat_map(|node| match &node.kind {
            Kind::List(items) => items.iter().collect(),
            Kind::Map(members) => members.iter().map(|(_, node)| node).collect(),
            Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Text(_) | Kind::Unfit => {
                Vec::new()
            }
        });
        level = below.collect();
        if let Some(found) = level.iter().find(|node| is(node)) {
            return Some(found);
        }
    }
    None
}
