//! A run on a bench: give it inputs as text, get facts as text.
//!
//! Each input is checked as well: folding the journal from nothing gives the same state and the
//! same work under way, that work has unique names, and the same input once more changes nothing.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{
    effect::Effect,
    event::Event,
    header::{Header, Inputs},
    ids::Digest,
    input::{Input, Request, Revision},
    model::Plan,
    policy::Policy,
    run::{Context, RunState, advance, apply, outstanding},
    time::{Millis, Reading},
};

use crate::{people, picture, plan::plan, script};

/// One run, its clocks, its policy and its journal.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The run.
    pub state: RunState,
    /// The clocks.
    pub now: Reading,
    /// The policy in force.
    pub policy: Policy,
    /// All that happened so far.
    pub journal: Vec<(Event, Reading)>,
    empty: RunState,
    revisions: BTreeMap<Digest, Arc<Plan>>,
}

impl Bench {
    /// A run that is not open yet, to be started by `initiator`.
    pub fn closed(text: &str, policy: Policy, initiator: &str) -> Self {
        let now = Reading { wall: picture::START, boot: "boot-1".to_owned(), mono: Millis(0) };
        let header = people::header(initiator, &policy, now.wall);
        let empty =
            RunState::new(Arc::new(header), Arc::new(plan(text)), Arc::new(Inputs::default()));
        Self {
            state: empty.clone(),
            now,
            policy,
            journal: Vec::new(),
            empty,
            revisions: BTreeMap::new(),
        }
    }

    /// An open run that `alice` started under the team's policy, with the lease taken.
    pub fn team(text: &str) -> Self {
        Self::open(text, people::team())
    }

    /// The same under the embedded policy.
    pub fn solo(text: &str) -> Self {
        Self::open(text, people::solo())
    }

    /// The same plan and policy, not open yet, with another header.
    #[must_use]
    pub fn with_header(self, header: Header) -> Self {
        let (plan, inputs) = (self.empty.shared_plan(), Arc::new(Inputs::default()));
        let empty = RunState::new(Arc::new(header), plan, inputs);
        Self { state: empty.clone(), journal: Vec::new(), empty, ..self }
    }

    fn open(text: &str, policy: Policy) -> Self {
        let mut bench = Self::closed(text, policy, "alice");
        bench.give("alice: open");
        bench.give("lease");
        bench
    }

    /// Gives the run what `line` says (see [`script`]), and renders what happened: the facts, or
    /// `refused: …`, or `-`.
    pub fn give(&mut self, line: &str) -> String {
        let input = script::read(self, line);
        self.input(&input)
    }

    /// Has `who` ask that the run goes on with that plan, at a commit made of `digit`.
    pub fn rebase(&mut self, who: &str, text: &str, digit: u8) -> String {
        let onto = Revision {
            commit: char::from(b'0' + digit % 10).to_string().repeat(40),
            runbook: people::digest(100 + digit),
            digest: people::digest(200 + digit),
            plan: Arc::new(plan(text)),
        };
        self.revisions.insert(onto.digest, Arc::clone(&onto.plan));
        self.empty = self.empty.clone().with_revisions(self.revisions.clone());
        self.state = self.state.clone().with_revisions(self.revisions.clone());
        let request = Request::Rebase { onto, reason: "because".to_owned() };
        self.input(&Input::Person { actor: people::actor(who), request })
    }

    /// Gives the run one input, and renders what happened.
    pub fn input(&mut self, input: &Input) -> String {
        let before = self.journal.len();
        let refusal = self.advance(input).err();
        let mut facts: Vec<String> =
            self.journal[before..].iter().map(|(event, _)| picture::event(event)).collect();
        facts.extend(refusal.map(|refusal| format!("refused: {refusal}")));
        self.check_fold();
        self.check_repeat(input);
        if facts.is_empty() { "-".to_owned() } else { facts.join("; ") }
    }

    fn advance(&mut self, input: &Input) -> Result<(), hardstop_core::run::Refusal> {
        let mut events = Vec::new();
        let context = Context { now: &self.now, policy: &self.policy };
        let result = advance(&mut self.state, input, &context, &mut events);
        self.journal.extend(events.into_iter().map(|event| (event, self.now.clone())));
        result
    }

    /// Gives each line of `script` up to its `|`, and compares what stands after it with what
    /// happened.
    #[track_caller]
    pub fn play(&mut self, script: &str) {
        let lines = || script.lines().map(str::trim).filter(|line| !line.is_empty());
        let split = |line: &str| {
            let (left, right) = line.split_once('|').unwrap_or((line, ""));
            (left.trim().to_owned(), right.trim().to_owned())
        };
        let row = |(left, right): &(String, String)| format!("{left:<24} | {right}\n");
        let wanted: String = lines().map(split).map(|line| row(&line)).collect();
        let mut got = String::new();
        for (left, _) in lines().map(split) {
            let happened = self.give(&left);
            got.push_str(&row(&(left, happened)));
        }
        assert!(got == wanted, "got:\n{got}\nwanted:\n{wanted}");
    }

    /// What is under way, in the order of the plan.
    pub fn under_way(&self) -> String {
        let all: Vec<String> = outstanding(&self.state).map(|it| picture::effect(&it)).collect();
        if all.is_empty() { "-".to_owned() } else { all.join("; ") }
    }

    /// Whether some step may start.
    pub fn resolving(&self) -> Vec<Effect> {
        outstanding(&self.state).filter(|it| matches!(it, Effect::Resolve { .. })).collect()
    }

    /// Where a step stands, in one word.
    pub fn step(&self, id: &str) -> String {
        picture::state(self.state.step(&people::name(id)).expect("a step of the plan"))
    }

    /// Lets both clocks run.
    pub fn pass(&mut self, ms: u64) {
        self.now.wall = self.now.wall.plus(Millis(ms));
        self.now.mono.0 += ms;
    }

    /// The state after the first `events` of the journal, folded from nothing.
    pub fn fold(&self, events: usize) -> RunState {
        let mut state = self.empty.clone();
        for (event, at) in &self.journal[..events] {
            apply(&mut state, event, at);
        }
        state
    }

    fn check_fold(&self) {
        let folded = self.fold(self.journal.len());
        assert_eq!(format!("{folded:?}"), format!("{:?}", self.state), "the fold differs");
        let work: Vec<Effect> = outstanding(&self.state).collect();
        assert_eq!(outstanding(&folded).collect::<Vec<_>>(), work);
        let mut ids: Vec<_> = work.iter().map(Effect::id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), work.len(), "two pieces of work have one name");
    }

    fn check_repeat(&self, input: &Input) {
        let mut again = self.clone();
        // A refusal is as good as nothing: both add no fact.
        let _refused = again.advance(input).is_err();
        let extra: Vec<_> = again.journal[self.journal.len()..].iter().collect();
        assert!(extra.is_empty(), "{input:?} given twice adds {extra:?}");
    }
}
