//! Answers whatever a run asks of its driver, so that a story tells only what is out of the
//! ordinary.

use std::collections::BTreeMap;

use hardstop_core::{
    effect::Effect,
    event::{Artifact, Call, Cause, ChildRun, Command, ListedItem, OpenedItem, Work},
    header::Parent,
    ids::{AttemptNo, StepId},
    input::{Input, Outcome, Request as Asked, Resolution},
    model::{Item, Plan, Program, Run, StepKind, Uses},
    run::outstanding,
    value::Value,
};
use hardstop_evidence::{digest, layout};

use super::{
    plan::sre,
    story::{Telling, by},
    whole::{CHILD_RUN, image},
};

/// Answers whatever is outstanding, one thing a second.
pub(crate) struct Player {
    pub(crate) telling: Telling,
    pub(crate) clock_ms: u64,
    /// What fails the first time.
    failing: &'static [&'static str],
    /// What stays under way the first time, until the story says how it ends.
    staying: &'static [&'static str],
}

impl Player {
    /// Alice opens a run of that id.
    pub(crate) fn open(run: &str, plan: Plan, parent: Option<Parent>) -> Self {
        let policy = sre(&["alice", "bob", "carol"]);
        let telling = Telling::open(run.parse().unwrap(), plan, policy, parent);
        Self { telling, clock_ms: 1_000, failing: &[], staying: &[] }
    }

    /// The same run, of which that fails, or stays under way, the first time.
    pub(crate) fn with(
        self,
        failing: &'static [&'static str],
        staying: &'static [&'static str],
    ) -> Self {
        Self { failing, staying, ..self }
    }

    pub(crate) fn input(&mut self, input: &Input) {
        self.clock_ms += 1_000;
        self.telling.input(self.clock_ms, input);
    }

    pub(crate) fn wait_until(&mut self, clock_ms: u64) {
        self.clock_ms = clock_ms;
        self.input(&Input::Wake);
    }

    pub(crate) fn ask(&mut self, person: &str, request: Asked) {
        self.input(&Input::Person { actor: by(person).actor, request });
    }

    pub(crate) fn play(&mut self) {
        loop {
            let effects: Vec<Effect> = outstanding(&self.telling.state).collect();
            let Some(input) = effects.into_iter().find_map(|effect| self.answer(effect)) else {
                return;
            };
            self.input(&input);
        }
    }

    fn answer(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Resolve { step, attempt } => {
                let resolution = Ok(self.resolution(&step)?);
                Some(Input::Resolved { step, attempt, resolution })
            }
            Effect::Perform { work: Work::Child(_), .. } | Effect::Wake { .. } => None,
            Effect::Perform { step, attempt, work, .. } => {
                let stays = self.staying.contains(&step.as_str()) && attempt == AttemptNo::FIRST;
                let outcome = (!stays).then(|| self.outcome(&step, attempt, &work))?;
                Some(Input::Outcome { step, attempt, outcome })
            }
            Effect::Lock { step, .. } => {
                let state = &self.telling.state;
                let held = match &step {
                    Some(step) => state.locks(step).is_some_and(|(_, held)| held),
                    None => state.group().is_some_and(|(_, held)| held),
                };
                (!held).then_some(Input::Locked { step })
            }
            Effect::Outputs => Some(Input::Outputs(image())),
        }
    }

    fn resolution(&self, id: &StepId) -> Option<Resolution> {
        let state = &self.telling.state;
        let planned = state.template(id).unwrap();
        if planned.condition.is_some() {
            return Some(Resolution::Skip);
        }
        if state.is_fan(id) {
            let item = |key: &str| {
                let value = Value::Text(key.to_owned());
                ListedItem { key: key.to_owned(), value }
            };
            return Some(Resolution::Items(vec![item("eu"), item("us")]));
        }
        if !planned.locks.is_empty() && state.locks(id).is_none() {
            return Some(Resolution::Locks(planned.locks.clone()));
        }
        let evidence = Vec::new();
        Some(match &planned.kind {
            StepKind::Run(Run { program: Program::Argv(argv), .. }) => {
                let (argv, directory) = (argv.clone(), ".".to_owned());
                Resolution::Run(Command {
                    argv,
                    env: BTreeMap::new(),
                    directory,
                    evidence,
                    grants: Vec::new(),
                })
            }
            StepKind::Uses(Uses { action, with, .. }) => {
                let (action, with) = (action.clone(), with.clone());
                let (secrets, grants) = (BTreeMap::new(), Vec::new());
                Resolution::Uses(Call { action, with, secrets, evidence, grants })
            }
            StepKind::Runbook(child) => Resolution::Child(ChildRun {
                run: CHILD_RUN.parse().unwrap(),
                path: child.path.clone(),
                inputs: BTreeMap::new(),
            }),
            StepKind::Block | StepKind::Parallel => Resolution::Enter,
            StepKind::HardStop(_) | StepKind::Wait(_) => Resolution::Delay { until: None },
            StepKind::Checklist(list) => {
                let shown =
                    |item: &Item| OpenedItem { id: item.id.clone(), text: item.text.clone() };
                Resolution::Checklist(list.items.iter().map(shown).collect())
            }
            // Asked for when the people who answer are there.
            StepKind::Run(_) | StepKind::Approval(_) => return None,
        })
    }

    /// What is to fail fails once.
    fn outcome(&mut self, id: &StepId, attempt: AttemptNo, work: &Work) -> Outcome {
        if self.failing.contains(&id.as_str()) && attempt == AttemptNo::FIRST {
            return Outcome::Failed { cause: Cause::Exit { code: 1 }, artifacts: Vec::new() };
        }
        let done = |done| [("done".to_owned(), Value::Bool(done))].into();
        let polled = id.name() == "left";
        if polled && self.telling.state.probe(id).is_none() {
            return Outcome::NotYet { outputs: done(false), cause: None, artifacts: Vec::new() };
        }
        let outputs = if polled { done(true) } else { BTreeMap::new() };
        let artifacts = match work {
            Work::Command(_) => vec![self.kept(id, attempt)],
            Work::Call(_) | Work::Child(_) => Vec::new(),
        };
        Outcome::Succeeded { outputs, artifacts }
    }

    pub(crate) fn kept(&mut self, id: &StepId, attempt: AttemptNo) -> Artifact {
        let bytes = format!("{id}: done\n").into_bytes();
        let path = layout::attempt_file(id, attempt, "stdout.log");
        let (size_bytes, digest) = (bytes.len() as u64, digest(&bytes));
        self.telling.story.files.insert(path.clone(), bytes);
        let original_bytes = size_bytes;
        Artifact { path, digest, size_bytes, original_bytes, redactions: 0, evidence: None }
    }
}
