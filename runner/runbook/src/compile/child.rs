//! Runbooks that others run: found, compiled, and given what they ask for.

use std::{cell::Cell, collections::BTreeMap};

use hardstop_core::{
    ids::Digest,
    limits::{CHILD_DEPTH_MAX, STEPS_MAX},
    model::{Child, ChildPlan, Plan},
    time::Timestamp,
    value::Value,
};
use sha2::{Digest as _, Sha256};

use super::{
    build::{Builder, Slot},
    call::Plugins,
    runbook::member,
};
use crate::{inputs, path, spelling, yaml::Node};

/// The other files of a runbook's repository, as of an instant.
#[derive(Clone, Copy)]
pub struct Files<'f> {
    /// The text of the file of that path; `None` if there is none. The path of a runbook that
    /// another one runs begins where that of its caller begins; the path of a calendar begins at
    /// the top of the repository.
    pub load: &'f dyn Fn(&str) -> Option<String>,
    /// Calendars are read from this instant on, over
    /// [`FREEZE_HORIZON`](hardstop_core::limits::FREEZE_HORIZON).
    pub at: Timestamp,
}

impl std::fmt::Debug for Files<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Files<'_> {
    /// No files: for a text that stands alone.
    pub const NONE: Files<'static> = Files { load: &|_| None, at: Timestamp::from_millis(0) };
}

/// A runbook among those that run it.
pub(super) struct Family<'f> {
    pub(super) files: Files<'f>,
    /// The paths from the outermost to this one.
    pub(super) chain: &'f [String],
    /// Steps that all of them together may still have.
    pub(super) steps_left: &'f Cell<usize>,
    /// What all of them may call.
    pub(super) plugins: &'f Plugins,
}

impl<'n> Builder<'n, '_, '_> {
    /// The step that runs the runbook at `written`, with its inputs; `node` is that of the path,
    /// and that of the inputs.
    pub(super) fn child(
        &mut self,
        written: &str,
        given: Option<&BTreeMap<String, Value>>,
        node: (&'n Node, Option<&'n Node>),
    ) -> Child {
        let inputs = given.cloned().unwrap_or_default();
        let path = self.child_path(written, node.0);
        if let Some(values) = node.1 {
            self.texts(values, &Slot::Text);
        }
        let Some(path) = path else { return Child { path: written.to_owned(), inputs } };
        if !self.children.contains_key(&path) {
            let child = self.child_plan(&path, node.0);
            self.children.extend(child.map(|child| (path.clone(), child)));
        }
        if let Some(child) = self.children.remove(&path) {
            self.child_inputs(&child.plan, &path, &inputs, node);
            self.children.insert(path.clone(), child);
        }
        Child { path, inputs }
    }

    fn child_path(&mut self, written: &str, node: &Node) -> Option<String> {
        let own = self.family.chain.last().map_or("", String::as_str);
        let message = match path::beside(own, written) {
            Ok(path) => return Some(path),
            Err(message) => message,
        };
        let help = "write its path relative to this file: `./other.yaml`".to_owned();
        self.sink.error("runbook::path", &node.at, message, Some(help));
        None
    }

    fn child_plan(&mut self, path: &str, node: &Node) -> Option<ChildPlan> {
        let chain = self.family.chain;
        let mut longer = chain.to_vec();
        longer.push(path.to_owned());
        if let Some(start) = chain.iter().position(|known| known == path) {
            let message = format!("runbooks run each other: {}", longer[start..].join(" -> "));
            self.sink.error("runbook::circle", &node.at, message, None);
            return None;
        }
        if chain.len() > CHILD_DEPTH_MAX {
            let message = format!("runbooks run each other more than {CHILD_DEPTH_MAX} deep");
            let help = Some(longer.join(" -> "));
            self.sink.error("runbook::too-many", &node.at, message, help);
            return None;
        }
        if self.family.steps_left.get() == 0 {
            let message = format!("the runbooks that run each other have over {STEPS_MAX} steps");
            self.sink.error("runbook::too-many", &node.at, message, None);
            return None;
        }
        let Some(text) = (self.family.files.load)(path) else {
            let message = format!("there is no runbook `{path}`");
            self.sink.error("runbook::unknown-reference", &node.at, message, None);
            return None;
        };
        match member(path, &text, &Family { chain: &longer, ..*self.family }) {
            Ok(compiled) => {
                let runbook = Digest::from_bytes(Sha256::digest(text.as_bytes()).into());
                self.unlocked.extend(compiled.unlocked);
                Some(ChildPlan { runbook, plan: compiled.plan })
            }
            Err(problems) => {
                let first = problems.findings().into_iter().next();
                let first = first.map(|it| format!(": line {}: {}", it.line, it.message));
                let message = format!("{problems}{}", first.unwrap_or_default());
                let help = Some(format!("see all with `hardstop check {path}`"));
                self.sink.error("runbook::child", &node.at, message, help);
                None
            }
        }
    }

    /// Whether the inputs are those the runbook asks for.
    fn child_inputs(
        &mut self,
        plan: &Plan,
        path: &str,
        given: &BTreeMap<String, Value>,
        node: (&Node, Option<&Node>),
    ) {
        for input in &plan.inputs {
            if input.default.is_none() && !given.contains_key(&input.name) {
                let message = format!("`{path}` must be given the input `{}`", input.name);
                self.sink.error("runbook::missing-key", &node.0.at, message, None);
            }
        }
        for (name, value) in given {
            let node = node.1.unwrap_or(node.0).get(name);
            let Some(input) = plan.inputs.iter().find(|input| input.name == *name) else {
                let message = format!("`{path}` has no input `{name}`");
                let known = plan.inputs.iter().map(|input| input.name.as_str());
                let help = spelling::suggest(name, known);
                self.sink.error("runbook::unknown-reference", &node.at, message, help);
                continue;
            };
            let constant = !value.to_string().contains("${{");
            if constant && let Err(message) = inputs::constant(&input.kind, value.clone()) {
                self.sink.error("runbook::input", &node.at, message, None);
            }
        }
    }
}

/// Takes the steps of `plan` from what is left; whether they were there.
pub(super) fn afford(plan: &Plan, left: &Cell<usize>) -> bool {
    let needed = plan.steps().take(STEPS_MAX + 1).count();
    let afforded = needed <= left.get();
    left.set(left.get().saturating_sub(needed));
    afforded
}
