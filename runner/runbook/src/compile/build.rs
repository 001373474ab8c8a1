//! What is known while a plan is built, and names that are told apart.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    mem,
    ops::Range,
    str::FromStr,
};

use hardstop_core::{
    calendar::Zone,
    ids::{InvalidId, ItemId, StepId},
    limits::NAMES_MAX,
    model::{AfterRemedy, AnchorPoint, ChildPlan, PinnedPlugin, Retry, Step, Within},
    policy::Subject,
    time::Millis,
};

use super::child::Family;
use crate::{
    diagnostics::Sink,
    expression::{Sees, Viewpoint, spelled},
    measure,
    yaml::{Kind, Node},
};

/// A text that may hold expressions, to be checked once the whole plan is known.
pub(super) struct Use<'n> {
    pub(super) node: &'n Node,
    pub(super) from: Viewpoint,
    pub(super) slot: Slot,
}

/// What is expected of a text with expressions.
#[derive(Clone)]
pub(super) enum Slot {
    /// Any text.
    Text,
    /// A whole value of `env` or `with`, which may be a secret.
    Secretive,
    /// One expression and nothing else.
    Condition,
    /// One expression and nothing else, for all items together.
    Items,
    /// One expression and nothing else, for one item.
    Key,
    /// Any text, once the step itself is over.
    Own,
    /// One expression and nothing else, once the step itself is over.
    OwnCondition,
    /// A point in time or one expression.
    Instant,
    /// No expression, but another step, by its address.
    Address(StepId, Option<AnchorPoint>),
    /// No expression, but a step that is there no more, by its address.
    Former(StepId),
    /// No expression, but a step that is a remedy, by its address.
    Remedy(StepId),
    /// No expression, but a phase, or a step by its address.
    Place(String),
}

/// What steps do that do not say.
pub(super) struct Defaults {
    pub(super) timeout: Millis,
    pub(super) on_failure: AfterRemedy,
    pub(super) retry: Option<Retry>,
}

/// Builds a plan. Where something is wrong, a stand-in keeps the rest checkable.
pub(super) struct Builder<'n, 's, 't> {
    pub(super) sink: &'s mut Sink<'t>,
    pub(super) family: &'s Family<'s>,
    pub(super) uses: Vec<Use<'n>>,
    /// The node of each step, by phase and place.
    pub(super) nodes: Vec<Vec<&'n Node>>,
    pub(super) zone: Zone,
    pub(super) calendars: Vec<String>,
    pub(super) defaults: Defaults,
    pub(super) children: BTreeMap<String, ChildPlan>,
    /// The plugins that are called, and the actions of those that are not locked.
    pub(super) plugins: BTreeMap<String, PinnedPlugin>,
    pub(super) unlocked: BTreeSet<String>,
    /// The phase's place in the plan, and what the addresses of its steps begin with.
    pub(super) phase: usize,
    pub(super) prefix: String,
    /// The same of the phase before it was renamed.
    pub(super) formerly: String,
    /// The phase's steps so far, and their names.
    pub(super) steps: Vec<Step>,
    pub(super) step_nodes: Vec<&'n Node>,
    pub(super) seen: HashMap<String, String>,
    /// The composite around the next step, and whether a failure there is rescued.
    pub(super) within: Option<Within>,
    pub(super) rescued: bool,
    /// What items are called in the steps around, outermost first.
    pub(super) items: Vec<String>,
    /// The place in the phase of the step whose texts are read.
    pub(super) step: usize,
    /// Patterns that compile: that takes long, and runbooks repeat them.
    pub(super) patterns: HashSet<String>,
}

impl<'n> Builder<'n, '_, '_> {
    /// Parses a text with a form of its own; `stand_in` is valid and used if `text` is not.
    pub(super) fn parse<T: FromStr<Err = InvalidId>>(
        &mut self,
        text: &str,
        node: &Node,
        stand_in: &str,
    ) -> T {
        match text.parse() {
            Ok(value) => value,
            Err(error) => {
                let help = Some(format!("use {}", error.rule));
                let message = format!("`{text}` cannot be a name");
                self.sink.error("runbook::invalid-name", &node.at, message, help);
                stand_in.parse().expect("stand-ins are valid names")
            }
        }
    }

    pub(super) fn subject(&mut self, text: &str, node: &Node) -> Subject {
        self.parse(text, node, "anyone")
    }

    pub(super) fn subjects(&mut self, texts: &[String], node: &Node) -> Vec<Subject> {
        texts.iter().enumerate().map(|(i, text)| self.subject(text, node.item(i))).collect()
    }

    /// The zone that `name` names, or the runbook's.
    pub(super) fn zone(&mut self, name: Option<&String>, node: &Node) -> Zone {
        let Some(name) = name else { return self.zone.clone() };
        name.parse().unwrap_or_else(|error: hardstop_core::calendar::InvalidZone| {
            self.sink.error("runbook::zone", &node.at, error.to_string(), None);
            Zone::UTC
        })
    }

    /// A span, or `default` if none is given.
    pub(super) fn span(&mut self, text: Option<&String>, node: &Node, default: Millis) -> Millis {
        let Some(text) = text else { return default };
        measure::duration(text).unwrap_or_else(|message| {
            self.sink.error("runbook::duration", &node.at, message, None);
            default
        })
    }

    /// A span in which something is to be done: not nothing.
    pub(super) fn limit(&mut self, text: Option<&String>, node: &Node, default: Millis) -> Millis {
        let span = self.span(text, node, default);
        if span == Millis(0) {
            let message = "nothing can be done in no time";
            self.sink.error("runbook::duration", &node.at, message, None);
        }
        span
    }

    /// Notes a text of the step that may hold expressions.
    pub(super) fn text(&mut self, node: &'n Node, slot: Slot) {
        let from = self.viewpoint(&slot);
        self.uses.push(Use { node, from, slot });
    }

    const fn viewpoint(&self, slot: &Slot) -> Viewpoint {
        let sees = match slot {
            Slot::Items => Sees::Whole,
            Slot::OwnCondition => Sees::Outputs,
            Slot::Own => Sees::Files,
            Slot::Text
            | Slot::Secretive
            | Slot::Condition
            | Slot::Key
            | Slot::Instant
            | Slot::Address(..)
            | Slot::Former(_)
            | Slot::Remedy(_)
            | Slot::Place(_) => Sees::Item,
        };
        Viewpoint::Step { at: (self.phase, self.step), sees }
    }

    /// Notes every text of a value of any shape that belongs to the step.
    pub(super) fn texts(&mut self, node: &'n Node, slot: &Slot) {
        self.texts_from(node, self.viewpoint(slot), slot);
    }

    /// Notes every text of a value of any shape.
    pub(super) fn texts_from(&mut self, node: &'n Node, from: Viewpoint, slot: &Slot) {
        match &node.kind {
            Kind::Text(_) => self.uses.push(Use { node, from, slot: slot.clone() }),
            Kind::List(items) => items.iter().for_each(|item| self.texts_from(item, from, slot)),
            Kind::Map(_) => {
                node.entries().for_each(|(_, member)| self.texts_from(member, from, slot));
            }
            Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Unfit => {}
        }
    }

    /// The full address of a step of this phase.
    pub(super) fn address(&self, name: &str) -> StepId {
        format!("{}{name}", self.prefix).parse().expect("names make an address")
    }

    /// The step that `text` names: of this phase, or by `phase/step`.
    pub(super) fn other(&mut self, text: &str, node: &Node) -> Option<StepId> {
        let plain = |step: &StepId| !step.as_str().contains(['.', '[']);
        let Some(step) = text.parse::<StepId>().ok().filter(plain) else {
            let message = format!("`{text}` does not name a step");
            let help = Some("write `step`, or `phase/step` for another phase".to_owned());
            self.sink.error("runbook::unknown-reference", &node.at, message, help);
            return None;
        };
        Some(if step.phase().is_some() { step } else { self.address(step.name()) })
    }

    /// The names of a map: each a name, and none of them alike in an expression.
    pub(super) fn names(&mut self, node: Option<&Node>, what: &str) {
        let Some(Kind::Map(entries)) = node.map(|node| &node.kind) else { return };
        if entries.len() > NAMES_MAX {
            let at = &entries[NAMES_MAX].0.at;
            let message = format!("there are {} {what}s; at most {NAMES_MAX}", entries.len());
            return self.sink.error("runbook::too-many", at, message, None);
        }
        let mut seen = HashMap::new();
        for (key, _) in entries {
            if key.name.parse::<ItemId>().is_err() {
                let message = format!("`{}` is not a valid {what} name", key.name);
                let help =
                    "use lower-case letters, digits, `_` and `-`, a letter first, at most 63";
                self.sink.error("runbook::invalid-name", &key.at, message, Some(help.to_owned()));
            }
            self.distinct(&mut seen, &key.name, &key.at, what);
        }
    }

    /// Reports a name that was seen before, `-` and `_` being alike in expressions.
    pub(super) fn distinct(
        &mut self,
        seen: &mut HashMap<String, String>,
        name: &str,
        at: &Range<usize>,
        what: &str,
    ) {
        let Some(first) = seen.insert(spelled(name), name.to_owned()) else { return };
        let (message, help) = if first == name {
            let help = "steps are told apart in their whole phase, however deep they stand";
            let help = (what == "step").then(|| help.to_owned());
            (format!("a second {what} is named `{name}`"), help)
        } else {
            let help = format!("in expressions both are `{}`", spelled(name));
            (format!("the {what} `{name}` cannot be told from `{first}`"), Some(help))
        };
        self.sink.error("runbook::duplicate-name", at, message, help);
    }

    /// Reports a step's name that was seen before in its phase.
    pub(super) fn distinct_step(&mut self, name: &str, at: &Range<usize>) {
        let mut seen = mem::take(&mut self.seen);
        self.distinct(&mut seen, name, at, "step");
        self.seen = seen;
    }
}
