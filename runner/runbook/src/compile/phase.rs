//! Phases: which there are, and what each waits for.

use std::{collections::HashMap, mem};

use hardstop_core::{
    ids::{PhaseId, StepId},
    model::{OnFailure, Part, Phase, Step, StepKind, Within},
};

use super::build::Builder;
use crate::{syntax, yaml::Node};

/// The name of the one phase of a short runbook.
const UNNAMED: &str = "main";
/// The name of the phase that runs when a run is aborted.
const ON_ABORT: &str = "on_abort";
/// The name of the phase that runs on every exit.
const FINALLY: &str = "finally";
/// The name of the block that a phase is which is done several times, or holds locks.
const EACH: &str = "each";

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn phases(&mut self, file: &syntax::Runbook, tree: &'n Node) -> Vec<Phase> {
        let mut phases = match (&file.steps, &file.phases) {
            (Some(steps), None) => {
                vec![self.plain(UNNAMED, "", steps, tree.get("steps"))]
            }
            (None, Some(phases)) => self.named(phases, tree.get("phases")),
            (Some(_), Some(_)) => {
                let message = "a runbook has `steps` or `phases`, not both";
                let help = Some("put the steps into a phase of their own".to_owned());
                self.sink.error("runbook::steps-and-phases", &tree.get("phases").at, message, help);
                Vec::new()
            }
            (None, None) => {
                if !self.sink.has_errors() {
                    let at = tree.at.start..tree.at.start + 1;
                    let help = Some("give it `steps`, or `phases` that have some".to_owned());
                    self.sink.error("runbook::no-steps", &at, "the runbook has no `steps`", help);
                }
                Vec::new()
            }
        };
        for (name, steps) in [(ON_ABORT, &file.on_abort), (FINALLY, &file.finally)] {
            if !steps.is_empty() {
                self.phase = phases.len();
                let mut last = self.plain(name, &format!("{name}/"), steps, tree.get(name));
                last.finally = name == FINALLY;
                last.on_abort = name == ON_ABORT;
                phases.push(last);
            }
        }
        phases
    }

    fn plain(&mut self, name: &str, prefix: &str, steps: &[syntax::Step], node: &'n Node) -> Phase {
        self.begin(prefix.to_owned(), prefix.to_owned());
        self.steps(steps, node);
        Phase {
            id: name.parse().expect("it is a name"),
            title: name.to_owned(),
            needs: Vec::new(),
            finally: false,
            on_abort: false,
            steps: self.end(),
        }
    }

    fn named(&mut self, phases: &[syntax::Phase], node: &'n Node) -> Vec<Phase> {
        let known: Vec<&str> = phases.iter().map(|phase| phase.id.as_str()).collect();
        let mut seen = HashMap::new();
        let mut built: Vec<Phase> = Vec::new();
        if phases.is_empty() {
            self.sink.error("runbook::no-steps", &node.at, "the runbook has no phases", None);
        }
        for (index, phase) in phases.iter().enumerate() {
            let node = node.item(index);
            self.phase = index;
            let id: PhaseId = self.parse(&phase.id, node.get("id"), "broken");
            self.distinct(&mut seen, &phase.id, &node.get("id").at, "phase");
            if phase.id == FINALLY || phase.id == ON_ABORT {
                let help = Some(format!("write its steps under `{}:`", phase.id));
                let message = format!("`{}` is not a name for a phase", phase.id);
                self.sink.error("runbook::invalid-name", &node.get("id").at, message, help);
            }
            let needs = match &phase.needs {
                Some(needs) => self.needs(needs, node.get("needs"), &known),
                None => built.last().map(|before| before.id.clone()).into_iter().collect(),
            };
            let formerly = self.former_phase(phase, node.get("formerly"), &known, &id);
            self.begin(format!("{id}/"), format!("{formerly}/"));
            let title = phase.title.as_ref().unwrap_or(&phase.id).clone();
            if phase.for_each.is_some() || phase.locks.is_some() {
                self.each(phase, &title, node);
            }
            self.steps(&phase.steps, node.get("steps"));
            self.items.clear();
            let (finally, on_abort) = (false, false);
            built.push(Phase { id, title, needs, finally, on_abort, steps: self.end() });
        }
        built
    }

    fn needs(&mut self, needs: &[String], node: &Node, known: &[&str]) -> Vec<PhaseId> {
        let mut parsed = Vec::new();
        for (index, need) in needs.iter().enumerate() {
            if known.contains(&need.as_str()) {
                parsed.extend(need.parse());
            } else {
                let message = format!("unknown phase `{need}`");
                let help = crate::spelling::suggest(need, known.iter().copied());
                self.sink.error("runbook::unknown-reference", &node.item(index).at, message, help);
            }
        }
        parsed
    }

    /// What the phase was called: its steps were called so too.
    fn former_phase(
        &mut self,
        phase: &syntax::Phase,
        node: &Node,
        known: &[&str],
        id: &PhaseId,
    ) -> PhaseId {
        let Some(formerly) = &phase.formerly else { return id.clone() };
        if known.contains(&formerly.as_str()) {
            let message = format!("there is a phase `{formerly}` now");
            let help = Some("`formerly` names what is there no more".to_owned());
            self.sink.error("runbook::formerly", &node.at, message, help);
        }
        self.parse(formerly, node, "broken")
    }

    /// Puts the steps that follow into a block that stands for the phase.
    fn each(&mut self, phase: &syntax::Phase, title: &str, node: &'n Node) {
        let id: StepId = self.address(EACH);
        self.seen.insert(EACH.to_owned(), EACH.to_owned());
        self.step = self.steps.len();
        let locks = self.locks(phase.locks.as_deref(), node.get("locks"));
        let for_each = phase.for_each.as_ref().map(|it| self.for_each(it, node.get("for_each")));
        self.items.extend(for_each.as_ref().map(|it| it.name.clone()));
        let step = Step {
            id: id.clone(),
            title: title.to_owned(),
            description: String::new(),
            condition: None,
            kind: StepKind::Block,
            on_failure: OnFailure::default(),
            evidence: Vec::new(),
            within: None,
            for_each,
            backout: false,
            locks,
            formerly: self.with_the_phase(EACH),
        };
        self.steps.push(step);
        self.step_nodes.push(node);
        self.within = Some(Within { step: id, part: Part::Steps });
    }

    fn begin(&mut self, prefix: String, formerly: String) {
        self.prefix = prefix;
        self.formerly = formerly;
        self.seen = HashMap::new();
        self.within = None;
    }

    fn end(&mut self) -> Vec<Step> {
        self.nodes.push(mem::take(&mut self.step_nodes));
        mem::take(&mut self.steps)
    }

    /// Compiles steps of a list, one after the other.
    pub(super) fn steps(&mut self, steps: &[syntax::Step], node: &'n Node) {
        if steps.is_empty() {
            let help = Some("write at least one, or leave the key out".to_owned());
            self.sink.error("runbook::no-steps", &node.at, "there are no steps here", help);
        }
        for (index, step) in steps.iter().enumerate() {
            self.step(step, node.item(index));
        }
    }
}
