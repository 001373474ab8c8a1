//! Steps that hold steps, steps done for several items, and what takes a step back.

use hardstop_core::{
    ids::StepId,
    model::{Budget, Expect, ForEach, OnFailure, Part, Step, Within},
};

use super::build::{Builder, Slot};
use crate::{expression::spelled, syntax, yaml::Node};

/// What an item is called if nobody says.
const ITEM: &str = "item";

/// Names that mean something else in every expression.
const TAKEN: [&str; 8] = ["inputs", "vars", "secrets", "steps", "phases", "run", "self", "now"];

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn for_each(&mut self, given: &syntax::ForEach, node: &'n Node) -> ForEach {
        self.text(node.get("items"), Slot::Items);
        if given.key.is_some() {
            self.text(node.get("key"), Slot::Key);
        }
        let name = given.name.clone().unwrap_or_else(|| ITEM.to_owned());
        self.item_name(&name, node.get("as"));
        let expect = given.expect.as_ref().map(|it| self.expect(it, node.get("expect")));
        ForEach {
            items: given.items.clone(),
            name,
            key: given.key.clone(),
            max_parallel: given.max_parallel.unwrap_or(1),
            max_failures: self.budget(given.max_failures.as_ref(), node.get("max_failures")),
            on_exceeded: given.on_exceeded,
            expect,
        }
    }

    fn item_name(&mut self, name: &str, node: &Node) {
        self.parse::<hardstop_core::ids::ItemId>(name, node, "broken");
        if TAKEN.contains(&name) {
            let message = format!("`{name}` means something else in expressions");
            self.sink.error("runbook::invalid-name", &node.at, message, None);
        } else if self.items.iter().any(|outer| spelled(outer) == spelled(name)) {
            let message = format!("an item around this one is called `{name}` already");
            let help = Some("give it another name: `as: …`".to_owned());
            self.sink.error("runbook::duplicate-name", &node.at, message, help);
        }
    }

    fn expect(&mut self, given: &syntax::Expect, node: &Node) -> Expect {
        let expect = Expect { min: given.min.unwrap_or(1), max: given.max.unwrap_or(u32::MAX) };
        if expect.min > expect.max {
            let message = format!("nothing is at least {} and at most {}", expect.min, expect.max);
            self.sink.error("runbook::out-of-range", &node.get("max").at, message, None);
        }
        expect
    }

    fn budget(&mut self, given: Option<&syntax::Budget>, node: &Node) -> Budget {
        let text = match given {
            None => return Budget::Count(0),
            Some(syntax::Budget::Count(count)) => return Budget::Count(*count),
            Some(syntax::Budget::Share(text)) => text,
        };
        match crate::measure::share(text) {
            Ok(points) => Budget::BasisPoints(points),
            Err(message) => {
                self.sink.error("runbook::out-of-range", &node.at, message, None);
                Budget::Count(0)
            }
        }
    }

    /// Compiles the steps within a step.
    pub(super) fn parts(&mut self, step: &syntax::Step, id: &StepId, node: &'n Node) {
        let rescued = self.rescued || step.rescue.is_some();
        let outer = self.rescued;
        let parts = [
            ("parallel", &step.parallel, Part::Steps, outer),
            ("block", &step.block, Part::Steps, rescued),
            ("rescue", &step.rescue, Part::Rescue, outer),
            ("always", &step.always, Part::Always, outer),
        ];
        for (key, steps, part, rescued) in parts {
            let Some(steps) = steps else { continue };
            let around = self.within.replace(Within { step: id.clone(), part });
            self.rescued = rescued;
            self.steps(steps, node.get(key));
            self.rescued = outer;
            self.within = around;
        }
    }

    /// Compiles what takes a step back, and what sets back what it set.
    pub(super) fn companions(&mut self, step: &syntax::Step, id: &StepId, node: &'n Node) {
        if let Some(undo) = &step.undo {
            self.companion(undo, node.get("undo"), id, Part::Undo);
        }
        if let Some(ensure) = &step.ensure {
            self.companion(&ensure.restore, node.get("ensure").get("restore"), id, Part::Restore);
        }
    }

    fn companion(&mut self, work: &syntax::Work, node: &'n Node, of: &StepId, part: Part) {
        let end = if part == Part::Undo { "undo" } else { "restore" };
        self.step = self.steps.len();
        let Some(kind) = self.companion_work(work, node) else { return };
        let evidence = work.evidence.as_deref().unwrap_or_default();
        let step = Step {
            id: format!("{of}.{end}").parse().expect("a companion has an address"),
            title: format!("{} ({end})", self.title_of(of)),
            description: String::new(),
            condition: None,
            kind,
            on_failure: OnFailure::default(),
            evidence: self.evidence(evidence, node.get("evidence")),
            within: Some(Within { step: of.clone(), part }),
            for_each: None,
            backout: false,
            locks: Vec::new(),
            formerly: None,
        };
        self.steps.push(step);
        self.step_nodes.push(node);
    }

    fn title_of(&self, id: &StepId) -> &str {
        self.steps.iter().find(|step| step.id == *id).map_or("", |step| &step.title)
    }
}
