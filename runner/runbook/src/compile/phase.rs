//! Phases: which there are, and what each waits for.

use std::collections::HashMap;

use hardstop_core::{
    ids::PhaseId,
    model::{Phase, Step},
};

use super::build::Builder;
use crate::{syntax, yaml::Node};

/// The name of the one phase of a short runbook.
const UNNAMED: &str = "main";
/// The name of the phase that runs on every exit.
const FINALLY: &str = "finally";

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
                    self.sink.error("runbook::no-steps", &at, "the runbook has no `steps`", None);
                }
                Vec::new()
            }
        };
        if !file.finally.is_empty() {
            self.phase = phases.len();
            let mut last = self.plain(FINALLY, "finally/", &file.finally, tree.get(FINALLY));
            last.finally = true;
            phases.push(last);
        }
        phases
    }

    fn plain(&mut self, name: &str, prefix: &str, steps: &[syntax::Step], node: &'n Node) -> Phase {
        prefix.clone_into(&mut self.prefix);
        Phase {
            id: name.parse().expect("it is a name"),
            title: name.to_owned(),
            needs: Vec::new(),
            finally: false,
            steps: self.steps(steps, node),
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
            if phase.id == FINALLY {
                let help = Some("write its steps under `finally:`".to_owned());
                let message = "`finally` is not a name for a phase";
                self.sink.error("runbook::invalid-name", &node.get("id").at, message, help);
            }
            let needs = match &phase.needs {
                Some(needs) => self.needs(needs, node.get("needs"), &known),
                None => built.last().map(|before| before.id.clone()).into_iter().collect(),
            };
            self.prefix = format!("{id}/");
            let steps = self.steps(&phase.steps, node.get("steps"));
            let title = phase.title.as_ref().unwrap_or(&phase.id).clone();
            built.push(Phase { id, title, needs, finally: false, steps });
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

    fn steps(&mut self, steps: &[syntax::Step], node: &'n Node) -> Vec<Step> {
        if steps.is_empty() {
            self.sink.error("runbook::no-steps", &node.at, "there are no steps here", None);
        }
        let mut seen = HashMap::new();
        steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let node = node.item(index);
                self.step = index;
                self.distinct(&mut seen, &step.id, &node.get("id").at, "step");
                self.step(step, node)
            })
            .collect()
    }
}

/// Which phases are over before each one, in the order of the plan; or a circle of phases that
/// wait for each other, by their places.
pub(super) fn over_before(phases: &[Phase]) -> Result<Vec<Vec<bool>>, Vec<usize>> {
    let mut place: HashMap<&PhaseId, usize> = HashMap::new();
    for (at, phase) in phases.iter().enumerate() {
        // A second phase of the same name was reported; it must not wait for itself.
        place.entry(&phase.id).or_insert(at);
    }
    let mut order = Order {
        needs: phases
            .iter()
            .map(|phase| phase.needs.iter().filter_map(|id| place.get(id).copied()).collect())
            .collect(),
        before: vec![None; phases.len()],
        path: Vec::new(),
    };
    for at in 0..phases.len() {
        order.visit(at)?;
    }
    let mut before: Vec<Vec<bool>> = order.before.into_iter().flatten().collect();
    for (at, phase) in phases.iter().enumerate() {
        if phase.finally {
            before[at] = (0..phases.len()).map(|other| other != at).collect();
        }
    }
    Ok(before)
}

struct Order {
    needs: Vec<Vec<usize>>,
    before: Vec<Option<Vec<bool>>>,
    /// The phases being visited, each waiting for the next.
    path: Vec<usize>,
}

impl Order {
    /// Depth first, without recursion: a chain of phases may be as long as a runbook.
    fn visit(&mut self, from: usize) -> Result<(), Vec<usize>> {
        self.path.push(from);
        while let Some(&at) = self.path.last() {
            let open = self.needs[at].iter().find(|need| self.before[**need].is_none());
            if let Some(&open) = open {
                if let Some(start) = self.path.iter().position(|visited| *visited == open) {
                    return Err(self.path.split_off(start));
                }
                self.path.push(open);
                continue;
            }
            let mut before = vec![false; self.needs.len()];
            for &need in &self.needs[at] {
                before[need] = true;
                for (other, over) in self.before[need].iter().flatten().enumerate() {
                    before[other] |= *over;
                }
            }
            self.before[at] = Some(before);
            self.path.pop();
        }
        Ok(())
    }
}
