//! Steps: the rules every kind shares, and commands.

use std::collections::HashMap;

use hardstop_core::{
    ids::{ItemId, StepId},
    limits::{EVIDENCE_FILE_BYTES_MAX, SCRIPT_BYTES_MAX, SPAN_MAX, TIMEOUT_DEFAULT},
    model::{Capture, CapturePattern, EvidenceFile, Program, Retry, RetryOn, Run, Step, StepKind},
    time::Millis,
};

use super::build::{Builder, Slot};
use crate::{measure, path, syntax, yaml::Node};

impl<'n> Builder<'n, '_, '_> {
    pub(super) fn step(&mut self, step: &syntax::Step, node: &'n Node) -> Step {
        // A step's own name has the form of an item's: a `/` would make it an address.
        let name: ItemId = self.parse(&step.id, node.get("id"), "broken");
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
        Step {
            id: self.address(name.as_str()),
            title: step.title.as_ref().unwrap_or(&step.id).clone(),
            description: step.description.clone().unwrap_or_default(),
            condition: step.condition.clone(),
            kind: self.kind(step, node),
            on_failure: step.on_failure.unwrap_or_default(),
            evidence: self
                .evidence(step.evidence.as_deref().unwrap_or_default(), node.get("evidence")),
        }
    }

    /// The full address of a step of this phase.
    pub(super) fn address(&self, name: &str) -> StepId {
        format!("{}{name}", self.prefix).parse().expect("names make an address")
    }

    fn kind(&mut self, step: &syntax::Step, node: &'n Node) -> StepKind {
        let kinds: Vec<&str> = [
            ("run", step.run.is_some()),
            ("checklist", step.checklist.is_some()),
            ("approval", step.approval.is_some()),
            ("wait", step.wait.is_some()),
            ("hard_stop", step.hard_stop.is_some()),
        ]
        .into_iter()
        .filter_map(|(kind, given)| given.then_some(kind))
        .collect();
        if let [first, second, ..] = kinds.as_slice() {
            let message = format!("step `{}` is both `{first}` and `{second}`", step.id);
            let help = Some("make them two steps".to_owned());
            self.sink.error("runbook::step-kind", &node.get(second).at, message, help);
        }
        if kinds.is_empty() && !self.sink.has_error_in(&node.at) {
            let message = format!("step `{}` does nothing", step.id);
            let help = "give it one of: run, checklist, approval, wait, hard_stop".to_owned();
            self.sink.error("runbook::step-kind", &node.get("id").at, message, Some(help));
        }
        if step.run.is_none() {
            self.only_for_run(step, node, kinds.first().copied());
        }
        if let Some(command) = &step.run {
            StepKind::Run(self.run(step, command, node))
        } else if let Some(checklist) = &step.checklist {
            StepKind::Checklist(self.checklist(checklist, node.get("checklist")))
        } else if let Some(approval) = &step.approval {
            StepKind::Approval(self.approval(approval, node.get("approval")))
        } else if let Some(hard_stop) = &step.hard_stop {
            StepKind::HardStop(self.delay(hard_stop, node.get("hard_stop")))
        } else if let Some(wait) = &step.wait {
            StepKind::Wait(self.delay(wait, node.get("wait")))
        } else {
            StepKind::Wait(Self::no_delay())
        }
    }

    fn only_for_run(&mut self, step: &syntax::Step, node: &Node, kind: Option<&str>) {
        let Some(kind) = kind else { return };
        let given = [
            ("evidence", step.evidence.is_some()),
            ("env", step.env.is_some()),
            ("working_directory", step.working_directory.is_some()),
            ("timeout", step.timeout.is_some()),
            ("retry", step.retry.is_some()),
            ("idempotent", step.idempotent.is_some()),
            ("capture", step.capture.is_some()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            let message = format!("`{key}` is for `run`, and this step is `{kind}`");
            let help = match (*key, kind) {
                ("timeout", "approval" | "checklist") => Some(format!("write it inside `{kind}`")),
                ("evidence", "checklist") => {
                    Some("an item may ask for a file: `evidence: required`".to_owned())
                }
                _ => None,
            };
            self.sink.error("runbook::misplaced-key", &node.get(key).at, message, help);
        }
    }

    fn run(&mut self, step: &syntax::Step, command: &syntax::Command, node: &'n Node) -> Run {
        let env = step.env.clone().unwrap_or_default();
        for (name, value) in node.find("env").into_iter().flat_map(Node::entries) {
            self.environment_name(name, value);
            self.text(value, Slot::Env);
        }
        if let Some(directory) = &step.working_directory {
            let node = node.get("working_directory");
            self.text(node, Slot::Text);
            self.inside(directory, node);
        }
        Run {
            program: self.program(command, node.get("run")),
            env,
            directory: step.working_directory.clone(),
            timeout: self.limit(step.timeout.as_ref(), node.get("timeout"), TIMEOUT_DEFAULT),
            retry: self.retry(step.retry.as_ref(), node.get("retry")),
            idempotent: step.idempotent.unwrap_or(false),
            capture: step.capture.as_ref().and_then(|c| self.capture(c, node.get("capture"))),
        }
    }

    fn program(&mut self, command: &syntax::Command, node: &'n Node) -> Program {
        match command {
            syntax::Command::Argv(argv) => {
                if argv.is_empty() {
                    let message = "`run` names no program";
                    self.sink.error("runbook::empty", &node.at, message, None);
                }
                (0..argv.len()).for_each(|index| self.text(node.item(index), Slot::Text));
                Program::Argv(argv.clone())
            }
            syntax::Command::Script(script) => {
                let node = node.get("script");
                if script.script.contains("${{") {
                    let help = "pass the value by `env:` and write \"$NAME\" in the script";
                    let message = "a script is constant: it cannot hold `${{ }}`";
                    let at = self.sink.find(&node.at, "${{");
                    self.sink.error("runbook::script", &at, message, Some(help.to_owned()));
                }
                if script.script.len() > SCRIPT_BYTES_MAX {
                    let message = format!(
                        "the script has {} bytes; at most {SCRIPT_BYTES_MAX} fit",
                        script.script.len()
                    );
                    let help = Some("keep it in a file of the repository".to_owned());
                    self.sink.error("runbook::too-large", &node.at, message, help);
                }
                Program::Script { shell: script.shell, text: script.script.clone() }
            }
        }
    }

    fn retry(&mut self, retry: Option<&syntax::Retry>, node: &Node) -> Retry {
        let once = Retry {
            max_attempts: 1,
            delay: Millis(0),
            backoff: 1,
            max_delay: SPAN_MAX,
            on: vec![RetryOn::Failed],
        };
        let Some(retry) = retry else { return once };
        Retry {
            max_attempts: retry.max_attempts,
            delay: self.span(retry.delay.as_ref(), node.get("delay"), once.delay),
            backoff: retry.backoff.unwrap_or(once.backoff),
            max_delay: self.span(retry.max_delay.as_ref(), node.get("max_delay"), once.max_delay),
            on: retry.on.clone().unwrap_or(once.on),
        }
    }

    fn capture(&mut self, capture: &syntax::Capture, node: &Node) -> Option<Capture> {
        match (&capture.json, &capture.regex) {
            (Some(_), None) => Some(Capture::Json),
            (None, Some(patterns)) => {
                self.names(node.find("regex"), "output");
                let node = node.get("regex");
                let built = patterns.iter().map(|(name, pattern)| {
                    let (regex, integer, node) = match pattern {
                        syntax::CapturePattern::Text(regex) => (regex, false, node.get(name)),
                        syntax::CapturePattern::Typed(typed) => (
                            &typed.pattern,
                            typed.kind == syntax::CaptureType::Integer,
                            node.get(name).get("pattern"),
                        ),
                    };
                    self.pattern(regex, node);
                    (name.clone(), CapturePattern { regex: regex.clone(), integer })
                });
                Some(Capture::Patterns(built.collect()))
            }
            (Some(_), Some(_)) | (None, None) => {
                if !self.sink.has_error_in(&node.at) {
                    let message = "`capture` is either `json` or `regex`";
                    let help = Some("for example `capture: {json: stdout}`".to_owned());
                    self.sink.error("runbook::capture", &node.at, message, help);
                }
                None
            }
        }
    }

    fn evidence(&mut self, files: &[syntax::Evidence], node: &'n Node) -> Vec<EvidenceFile> {
        let mut seen = HashMap::new();
        let mut built = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let node = node.item(index);
            self.parse::<ItemId>(&file.id, node.get("id"), "broken");
            self.distinct(&mut seen, &file.id, &node.get("id").at, "piece of evidence");
            self.text(node.get("file"), Slot::Text);
            self.inside(&file.file, node.get("file"));
            let max_bytes = match file.max_size.as_deref().map(measure::size) {
                Some(Ok(bytes)) => bytes,
                Some(Err(message)) => {
                    self.sink.error("runbook::size", &node.get("max_size").at, message, None);
                    EVIDENCE_FILE_BYTES_MAX
                }
                None => EVIDENCE_FILE_BYTES_MAX,
            };
            built.push(EvidenceFile {
                id: file.id.clone(),
                file: file.file.clone(),
                required: file.required.unwrap_or(true),
                max_bytes,
            });
        }
        built
    }

    fn inside(&mut self, text: &str, node: &Node) {
        if let Err(why) = path::inside(text) {
            let help = "name a path in the repository, or in `${{ run.workspace }}`".to_owned();
            self.sink.error("runbook::path", &node.at, why, Some(help));
        }
    }
}
