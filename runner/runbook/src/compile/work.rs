//! Commands, calls, and the files they leave.

use std::collections::{BTreeMap, HashMap};

use hardstop_core::{
    ids::ItemId,
    limits::{EVIDENCE_FILE_BYTES_MAX, SCRIPT_BYTES_MAX, SPAN_MAX},
    model::{
        Capture, CapturePattern, EvidenceFile, Poll, Program, Retry, RetryOn, Run, StepKind, Uses,
    },
    time::Millis,
    value::Value,
};

use super::build::{Builder, Slot};
use crate::{measure, path, secret::environment_name, syntax, yaml::Node};

/// The keys of a command or a call, wherever they stand.
#[derive(Clone, Copy)]
pub(super) struct Keys<'s> {
    run: Option<&'s syntax::Command>,
    uses: Option<&'s String>,
    with: Option<&'s BTreeMap<String, Value>>,
    env: Option<&'s BTreeMap<String, String>>,
    working_directory: Option<&'s String>,
    timeout: Option<&'s String>,
    retry: Option<&'s syntax::Retry>,
    idempotent: Option<bool>,
    capture: Option<&'s syntax::Capture>,
    until: Option<&'s syntax::Poll>,
}

impl<'s> Keys<'s> {
    /// Those of a step.
    pub(super) const fn of_step(step: &'s syntax::Step) -> Self {
        Self {
            run: step.run.as_ref(),
            uses: step.uses.as_ref(),
            with: step.with.as_ref(),
            env: step.env.as_ref(),
            working_directory: step.working_directory.as_ref(),
            timeout: step.timeout.as_ref(),
            retry: step.retry.as_ref(),
            idempotent: step.idempotent,
            capture: step.capture.as_ref(),
            until: step.until.as_ref(),
        }
    }

    /// Those of what belongs to a step.
    pub(super) const fn of(work: &'s syntax::Work) -> Self {
        Self {
            run: work.run.as_ref(),
            uses: work.uses.as_ref(),
            with: work.with.as_ref(),
            env: work.env.as_ref(),
            working_directory: work.working_directory.as_ref(),
            timeout: work.timeout.as_ref(),
            retry: work.retry.as_ref(),
            idempotent: work.idempotent,
            capture: work.capture.as_ref(),
            until: work.until.as_ref(),
        }
    }
}

impl<'n> Builder<'n, '_, '_> {
    /// A command or a call; `None` if it is not one of them, which was reported.
    pub(super) fn work(&mut self, keys: Keys<'_>, node: &'n Node) -> Option<StepKind> {
        match (keys.run, keys.uses) {
            (Some(command), None) => Some(StepKind::Run(self.run(keys, command, node))),
            (None, Some(action)) => Some(StepKind::Uses(self.uses(keys, action, node))),
            (None, None) => {
                if !self.sink.has_error_in(&node.at) {
                    let help = Some("give it `run` or `uses`".to_owned());
                    self.sink.error("runbook::step-kind", &node.at, "this does nothing", help);
                }
                None
            }
            (Some(_), Some(_)) => {
                let at = &node.get("uses").at;
                if !self.sink.has_error_in(at) {
                    let message = "this is both `run` and `uses`";
                    let help = Some("keep the one that is meant".to_owned());
                    self.sink.error("runbook::step-kind", at, message, help);
                }
                None
            }
        }
    }

    /// What sets something back, or takes it back: with keys that fit.
    pub(super) fn companion_work(
        &mut self,
        work: &syntax::Work,
        node: &'n Node,
    ) -> Option<StepKind> {
        self.misplaced_in_work(work, node);
        self.work(Keys::of(work), node)
    }

    /// Reports keys that say nothing about a command, or nothing about a call.
    pub(super) fn misplaced_in_work(&mut self, work: &syntax::Work, node: &Node) {
        let given = [
            ("env", work.env.is_some(), work.run.is_some(), "run"),
            ("working_directory", work.working_directory.is_some(), work.run.is_some(), "run"),
            ("capture", work.capture.is_some(), work.run.is_some(), "run"),
            ("with", work.with.is_some(), work.uses.is_some(), "uses"),
        ];
        for (key, given, fits, kind) in given {
            if given && !fits {
                let message = format!("`{key}` is for `{kind}`");
                self.sink.error("runbook::misplaced-key", &node.get(key).at, message, None);
            }
        }
    }

    fn uses(&mut self, keys: Keys<'_>, action: &str, node: &'n Node) -> Uses {
        self.action(action, node.get("uses"));
        for (_, value) in node.find("with").into_iter().flat_map(Node::entries) {
            if let crate::yaml::Kind::Text(_) = value.kind {
                self.text(value, Slot::Secretive);
            } else {
                self.texts(value, &Slot::Text);
            }
        }
        let idempotent = self.call(action, keys.idempotent, node);
        let keys = Keys { idempotent: Some(idempotent), ..keys };
        Uses {
            action: action.to_owned(),
            with: keys.with.cloned().unwrap_or_default(),
            timeout: self.timeout(keys.timeout, node.get("timeout")),
            retry: self.retries(keys, node),
            idempotent,
            until: keys.until.map(|poll| self.poll(poll, node.get("until"))),
        }
    }

    /// `plugin/action`, each a name; versions are pinned in the configuration.
    fn action(&mut self, action: &str, node: &Node) {
        let name = |part: &str| part.parse::<ItemId>().is_ok();
        let whole = action.split_once('/');
        if whole.is_some_and(|(plugin, action)| name(plugin) && name(action)) {
            return;
        }
        let help = match action.split_once('@') {
            Some((plain, _)) => format!("plugins are pinned by digest, not here: write `{plain}`"),
            None => "write `plugin/action`, such as `jenkins/build`".to_owned(),
        };
        let message = format!("`{action}` does not name an action");
        self.sink.error("runbook::invalid-name", &node.at, message, Some(help));
    }

    fn poll(&mut self, poll: &syntax::Poll, node: &'n Node) -> Poll {
        if poll.condition.is_some() {
            self.text(node.get("condition"), Slot::OwnCondition);
        }
        let interval = self.limit(Some(&poll.interval), node.get("interval"), Millis(1));
        let timeout = self.limit(Some(&poll.timeout), node.get("timeout"), SPAN_MAX);
        if interval > timeout {
            let message = format!("nothing is asked again: `interval` is longer than {timeout}");
            self.sink.error("runbook::duration", &node.get("interval").at, message, None);
        }
        Poll { condition: poll.condition.clone(), interval, timeout }
    }

    fn retries(&mut self, keys: Keys<'_>, node: &Node) -> Retry {
        match (keys.retry, &self.defaults.retry) {
            (Some(retry), _) => self.retry(retry, node.get("retry")),
            (None, Some(retry)) if keys.idempotent == Some(true) => retry.clone(),
            (None, Some(_) | None) => once(),
        }
    }

    pub(super) fn step_evidence(
        &mut self,
        step: &syntax::Step,
        node: &'n Node,
    ) -> Vec<EvidenceFile> {
        let (files, node) = match &step.ensure {
            Some(ensure) => {
                let node = node.get("ensure").get("set");
                self.misplaced_in_work(&ensure.set, node);
                (&ensure.set.evidence, node)
            }
            None => (&step.evidence, node),
        };
        self.evidence(files.as_deref().unwrap_or_default(), node.get("evidence"))
    }

    fn run(&mut self, keys: Keys<'_>, command: &syntax::Command, node: &'n Node) -> Run {
        let env = keys.env.cloned().unwrap_or_default();
        for (name, value) in node.find("env").into_iter().flat_map(Node::entries) {
            environment_name(name, value, self.sink);
            self.text(value, Slot::Secretive);
        }
        if let Some(directory) = keys.working_directory {
            let node = node.get("working_directory");
            self.text(node, Slot::Text);
            self.inside(directory, node);
        }
        Run {
            program: self.program(command, node.get("run")),
            env,
            directory: keys.working_directory.cloned(),
            timeout: self.timeout(keys.timeout, node.get("timeout")),
            retry: self.retries(keys, node),
            idempotent: keys.idempotent.unwrap_or(false),
            capture: keys.capture.and_then(|it| self.capture(it, node.get("capture"))),
            until: keys.until.map(|poll| self.poll(poll, node.get("until"))),
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

    pub(super) fn retry(&mut self, retry: &syntax::Retry, node: &Node) -> Retry {
        let once = once();
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

    pub(super) fn evidence(
        &mut self,
        files: &[syntax::Evidence],
        node: &'n Node,
    ) -> Vec<EvidenceFile> {
        let mut seen = HashMap::new();
        let mut built = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let node = node.item(index);
            self.parse::<ItemId>(&file.id, node.get("id"), "broken");
            self.distinct(&mut seen, &file.id, &node.get("id").at, "piece of evidence");
            self.text(node.get("file"), Slot::Text);
            self.inside(&file.file, node.get("file"));
            if file.content.is_some() {
                self.text(node.get("content"), Slot::Own);
            }
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
                content: file.content.clone(),
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

/// The retries of a step that does not say.
fn once() -> Retry {
    Retry {
        max_attempts: 1,
        delay: Millis(0),
        backoff: 1,
        max_delay: SPAN_MAX,
        on: vec![RetryOn::Failed],
    }
}
