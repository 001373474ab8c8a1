//! Steps: the rules every kind shares.

use hardstop_core::{
    ids::{ItemId, StepId},
    limits::TIMEOUT_DEFAULT,
    model::{AfterRemedy, Delay, OnFailure, Step, StepKind, Until},
    time::Millis,
};

use super::{
    build::{Builder, Slot},
    work::Keys,
};
use crate::{syntax, yaml::Node};

/// The kinds of a step, as the language names them.
const KINDS: &str = "run, uses, checklist, approval, wait, hard_stop, runbook, parallel, block, \
                     ensure";

impl<'n> Builder<'n, '_, '_> {
    /// Compiles a step, the steps in it, and what takes it back.
    pub(super) fn step(&mut self, step: &syntax::Step, node: &'n Node) {
        self.step = self.steps.len();
        // A step's own name has the form of an item's: a `/` would make it an address.
        let name: ItemId = self.parse(&step.id, node.get("id"), "broken");
        self.distinct_step(&step.id, &node.get("id").at);
        for (key, given) in
            [("title", step.title.is_some()), ("description", step.description.is_some())]
        {
            if given {
                self.text(node.get(key), Slot::Text);
            }
        }
        if step.condition.is_some() {
            self.text(node.get("if"), Slot::Condition);
        }
        let for_each = step.for_each.as_ref().map(|it| self.for_each(it, node.get("for_each")));
        let id = self.address(name.as_str());
        let kind = self.kind(step, node);
        let built = Step {
            id: id.clone(),
            title: step.title.as_ref().unwrap_or(&step.id).clone(),
            description: step.description.clone().unwrap_or_default(),
            condition: step.condition.clone(),
            on_failure: self.on_failure(step, &kind, node.get("on_failure")),
            kind,
            evidence: self.step_evidence(step, node),
            within: self.within.clone(),
            backout: step.only.is_some(),
            locks: self.locks(step.locks.as_deref(), node.get("locks")),
            formerly: match &step.formerly {
                Some(formerly) => self.formerly(formerly, &name, node),
                None => self.with_the_phase(name.as_str()),
            },
            for_each,
        };
        self.items.extend(built.for_each.as_ref().map(|it| it.name.clone()));
        let depth = self.items.len() - usize::from(built.for_each.is_some());
        self.steps.push(built);
        self.step_nodes.push(node);
        self.parts(step, &id, node);
        self.companions(step, &id, node);
        self.items.truncate(depth);
    }

    fn kind(&mut self, step: &syntax::Step, node: &'n Node) -> StepKind {
        let kinds = kinds(step);
        if let [first, second, ..] = kinds.as_slice() {
            let message = format!("step `{}` is both `{first}` and `{second}`", step.id);
            let help = Some("make them two steps".to_owned());
            self.sink.error("runbook::step-kind", &node.get(second).at, message, help);
        }
        let Some(kind) = kinds.first() else {
            if !self.sink.has_error_in(&node.at) {
                let message = format!("step `{}` does nothing", step.id);
                let help = format!("give it one of: {KINDS}");
                self.sink.error("runbook::step-kind", &node.get("id").at, message, Some(help));
            }
            return StepKind::Wait(no_delay());
        };
        self.misplaced(step, node, kind);
        if let Some(checklist) = &step.checklist {
            StepKind::Checklist(self.checklist(checklist, node.get("checklist")))
        } else if let Some(approval) = &step.approval {
            StepKind::Approval(self.approval(approval, node.get("approval")))
        } else if let Some(hard_stop) = &step.hard_stop {
            StepKind::HardStop(self.delay(hard_stop, node.get("hard_stop")))
        } else if let Some(wait) = &step.wait {
            StepKind::Wait(self.pause(wait, node.get("wait")))
        } else if let Some(path) = &step.runbook {
            let node = (node.get("runbook"), node.find("inputs"));
            StepKind::Runbook(self.child(path, step.inputs.as_ref(), node))
        } else if step.parallel.is_some() {
            StepKind::Parallel
        } else if step.block.is_some() {
            StepKind::Block
        } else if let Some(ensure) = &step.ensure {
            let set = node.get("ensure").get("set");
            self.work(Keys::of(&ensure.set), set).unwrap_or_else(|| StepKind::Wait(no_delay()))
        } else {
            let keys = Keys::of_step(step);
            self.work(keys, node).unwrap_or_else(|| StepKind::Wait(no_delay()))
        }
    }

    /// Reports keys that say nothing about a step of this kind.
    fn misplaced(&mut self, step: &syntax::Step, node: &Node, kind: &str) {
        const WORK: &[&str] = &["run", "uses"];
        const NO_GATE: &[&str] = &["run", "uses", "checklist", "runbook", "parallel", "block"];
        let given: [(&str, bool, &[&str]); 13] = [
            ("evidence", step.evidence.is_some(), WORK),
            ("env", step.env.is_some(), &["run"]),
            ("working_directory", step.working_directory.is_some(), &["run"]),
            ("timeout", step.timeout.is_some(), WORK),
            ("retry", step.retry.is_some(), WORK),
            ("idempotent", step.idempotent.is_some(), WORK),
            ("capture", step.capture.is_some(), &["run"]),
            ("until", step.until.is_some(), WORK),
            ("with", step.with.is_some(), &["uses"]),
            ("inputs", step.inputs.is_some(), &["runbook"]),
            ("rescue", step.rescue.is_some(), &["block"]),
            ("always", step.always.is_some(), &["block"]),
            ("undo", step.undo.is_some(), NO_GATE),
        ];
        for (key, given, kinds) in given {
            if !given || kinds.contains(&kind) {
                continue;
            }
            let message = match kinds {
                [one] => format!("`{key}` is for `{one}`, and this step is `{kind}`"),
                [one, other] => {
                    format!("`{key}` is for `{one}` and `{other}`, and this step is `{kind}`")
                }
                _ => format!("there is nothing to undo in a step that is `{kind}`"),
            };
            let help = match (key, kind) {
                ("undo", "ensure") => Some("`restore` sets it back".to_owned()),
                ("timeout", "approval" | "checklist") | ("until", "wait" | "hard_stop") => {
                    Some(format!("write it inside `{kind}`"))
                }
                ("evidence", "checklist") => {
                    Some("an item may ask for a file: `evidence: required`".to_owned())
                }
                ("with" | "evidence" | "env" | "timeout" | "retry" | "idempotent", "ensure") => {
                    Some("write it inside `set` or `restore`".to_owned())
                }
                ("with", "runbook") => Some("a runbook is given `inputs`".to_owned()),
                ("inputs", "uses") => Some("an action is given its values by `with`".to_owned()),
                _ => None,
            };
            self.sink.error("runbook::misplaced-key", &node.get(key).at, message, help);
        }
    }

    fn on_failure(&mut self, step: &syntax::Step, kind: &StepKind, node: &'n Node) -> OnFailure {
        match &step.on_failure {
            Some(syntax::OnFailure::Word(word)) => in_words(*word),
            Some(syntax::OnFailure::Remedy(remedy)) => {
                let node = node.get("run");
                if remedy.run.is_empty() {
                    let help = Some("name a step with `only: backout`".to_owned());
                    self.sink.error("runbook::empty", &node.at, "`run` names no step", help);
                }
                let mut steps = Vec::new();
                for (index, name) in remedy.run.iter().enumerate() {
                    if let Some(step) = self.other(name, node.item(index)) {
                        self.text(node.item(index), Slot::Remedy(step.clone()));
                        steps.push(step);
                    }
                }
                OnFailure::Run { steps, then: remedy.after }
            }
            None if self.rescued => OnFailure::Rescue,
            None if matches!(kind, StepKind::Run(_) | StepKind::Uses(_)) => {
                in_words(self.defaults.on_failure)
            }
            None => OnFailure::default(),
        }
    }

    fn formerly(&mut self, text: &str, name: &ItemId, node: &'n Node) -> Option<StepId> {
        let node = node.get("formerly");
        if text == name.as_str() && self.formerly == self.prefix {
            let message = "the step has this name now";
            let help = Some("`formerly` names what is there no more".to_owned());
            self.sink.error("runbook::formerly", &node.at, message, help);
            return None;
        }
        let address =
            if text.contains('/') { text.to_owned() } else { self.formerly.clone() + text };
        let known = |step: &StepId| !step.as_str().contains(['.', '[']);
        let Some(step) = address.parse().ok().filter(known) else {
            let message = format!("`{text}` cannot have been a step's name");
            self.sink.error("runbook::invalid-name", &node.at, message, None);
            return None;
        };
        self.text(node, Slot::Former(StepId::clone(&step)));
        Some(step)
    }

    /// What a step was called before its phase was renamed.
    pub(super) fn with_the_phase(&self, name: &str) -> Option<StepId> {
        let renamed = self.formerly != self.prefix;
        renamed.then(|| format!("{}{name}", self.formerly).parse().ok()).flatten()
    }

    /// What must be had before a step begins.
    pub(super) fn locks(&mut self, locks: Option<&[String]>, node: &'n Node) -> Vec<String> {
        let locks = locks.unwrap_or_default();
        for (index, lock) in locks.iter().enumerate() {
            let node = node.item(index);
            self.text(node, Slot::Text);
            if lock.trim().is_empty() {
                self.sink.error("runbook::empty", &node.at, "the lock has no name", None);
            } else if locks[..index].contains(lock) {
                let message = format!("the lock `{lock}` is taken a second time");
                self.sink.error("runbook::duplicate-name", &node.at, message, None);
            }
        }
        locks.to_vec()
    }

    /// How long a step may run that says `timeout`, or does not.
    pub(super) fn timeout(&mut self, text: Option<&String>, node: &Node) -> Millis {
        let default = self.defaults.timeout;
        if text.is_none() { default } else { self.limit(text, node, TIMEOUT_DEFAULT) }
    }
}

/// The kinds a step says it is.
fn kinds(step: &syntax::Step) -> Vec<&'static str> {
    let given = [
        ("run", step.run.is_some()),
        ("uses", step.uses.is_some()),
        ("checklist", step.checklist.is_some()),
        ("approval", step.approval.is_some()),
        ("wait", step.wait.is_some()),
        ("hard_stop", step.hard_stop.is_some()),
        ("runbook", step.runbook.is_some()),
        ("parallel", step.parallel.is_some()),
        ("block", step.block.is_some()),
        ("ensure", step.ensure.is_some()),
    ];
    given.into_iter().filter_map(|(kind, given)| given.then_some(kind)).collect()
}

/// Stands in for what could not be understood.
pub(super) fn no_delay() -> Delay {
    let until = Until::After { span: Millis(0), since: None };
    Delay {
        until,
        attempt: hardstop_core::model::AttemptRule::default(),
        continuous: false,
        zone: None,
        break_glass: None,
    }
}

const fn in_words(word: AfterRemedy) -> OnFailure {
    match word {
        AfterRemedy::Pause => OnFailure::Pause,
        AfterRemedy::Abort => OnFailure::Abort,
        AfterRemedy::Continue => OnFailure::Continue,
    }
}
