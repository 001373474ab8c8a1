//! What a plan does not hold of the text it was made from: what the runbook is for, who looks
//! after it, and where each part stands.

use std::collections::BTreeMap;

use crate::{
    diagnostics::Sink,
    yaml::{self, Kind, Node},
};

/// Keys below which steps stand.
const HOLDERS: [&str; 8] =
    ["phases", "steps", "parallel", "block", "rescue", "always", "on_abort", "finally"];

/// A runbook's text, told beside its plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// What it is for and when to use it; empty if it does not say.
    pub purpose: String,
    /// Who looks after it.
    pub owners: Vec<String>,
    /// The line on which each phase and each step begins, from 1.
    lines: BTreeMap<String, usize>,
}

impl Outline {
    /// The line on which a step or a phase begins, from 1. That of the step for its undo and
    /// restore.
    pub fn line(&self, address: &str) -> Option<usize> {
        let step = address.strip_suffix(".undo").or_else(|| address.strip_suffix(".restore"));
        self.lines.get(address).or_else(|| self.lines.get(step?)).copied()
    }
}

/// Reads the outline of a text that compiled; of any other, what can be read of it.
pub fn outline(text: &str) -> Outline {
    let mut sink = Sink::new("", text);
    let Some(tree) = yaml::read(&mut sink) else { return Outline::default() };
    let string =
        |node: &Node| if let Kind::Text(text) = &node.kind { Some(text.clone()) } else { None };
    let mut outline = Outline {
        purpose: tree.find("description").and_then(string).unwrap_or_default(),
        owners: tree
            .find("owners")
            .map(items)
            .unwrap_or_default()
            .iter()
            .filter_map(string)
            .collect(),
        lines: BTreeMap::new(),
    };
    let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |node: &Node| starts.partition_point(|end| *end < node.at.start) + 1;
    collect(&tree, "", &line, &mut outline.lines);
    outline
}

fn items(node: &Node) -> &[Node] {
    if let Kind::List(items) = &node.kind { items } else { &[] }
}

fn collect(
    node: &Node,
    phase: &str,
    line: &impl Fn(&Node) -> usize,
    lines: &mut BTreeMap<String, usize>,
) {
    for (holder, list) in node.entries().filter(|(name, _)| HOLDERS.contains(name)) {
        let closing = ["on_abort", "finally"].contains(&holder);
        for item in items(list) {
            let Some(Kind::Text(id)) = item.find("id").map(|id| &id.kind) else { continue };
            let address = match (closing, phase) {
                (true, _) => format!("{holder}/{id}"),
                (false, "") => id.clone(),
                (false, phase) => format!("{phase}/{id}"),
            };
            let inner = match (holder, closing) {
                ("phases", _) => id,
                (_, true) => holder,
                (_, false) => phase,
            };
            lines.entry(address).or_insert_with(|| line(item));
            collect(item, inner, line, lines);
        }
    }
}
