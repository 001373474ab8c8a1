//! One run as its runner tells it: a plan, its people, and the events the core makes of them.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{
    event::{Artifact, Command, Event, RunResult},
    header::{Header, Inputs, Parent, PinnedPolicy, PinnedRunbook},
    ids::{AttemptNo, Digest, Epoch, RunId, StepId},
    input::{Input, Outcome, Request as Asked, Resolution},
    model::{Plan, StepKind},
    policy::{Actor, By, Channel, Policy},
    run::{Context, RunState, StepState, advance, binding},
    time::{Millis, Reading, Timestamp},
    value::Value,
};
use hardstop_evidence::{
    attestation::{Predicate, attest},
    chain::Chain,
    digest, document,
    keys::SigningKey,
    layout, policy,
    request::{Request, Rule},
    seal::{Seal, SealFiles, seal},
};

use super::plan::{people, plan};

/// An event with the lease and the clocks it is written under.
pub(crate) type Told = (Epoch, Reading, Event);

/// A run, and everything that can be changed about it before it is sealed.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) run: RunId,
    pub(crate) header: Header,
    /// Every file of the folder that is not derived from the events, by path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) told: Vec<Told>,
}

pub(crate) fn step(id: &str) -> StepId {
    id.parse().unwrap()
}

fn actor(person: &str) -> Actor {
    Actor { email: format!("{person}@example.com"), via: Channel::Cli, level: 1 }
}

pub(crate) fn by(person: &str) -> By {
    By { person: person.parse().unwrap(), actor: actor(person) }
}

pub(crate) fn reading(start: Timestamp, after_ms: u64) -> Reading {
    let boot = "6f1c2a3e".to_owned();
    Reading { wall: start.plus(Millis(after_ms)), boot, mono: Millis(1_000_000 + after_ms) }
}

pub(crate) fn yes(code: String, comment: &str) -> Asked {
    Asked::Approve { code, comment: Some(comment.to_owned()), from: None, signature: None }
}

impl Story {
    /// The run of that id, performed as it should be by alice and bob.
    pub(crate) fn clean(run: &str) -> Self {
        let mut telling = Telling::open(run.parse().unwrap(), plan(), people(), None);
        telling.perform("backup", 2_000, &[("files/refs", b"refs/heads/main 1f2e\n")]);
        telling.ask(
            3_000,
            "alice",
            Asked::Tick {
                step: step("drill/confirm"),
                item: "seen".parse().unwrap(),
                value: Value::Bool(true),
                artifact: None,
            },
        );
        telling.resolve("settle", 4_000, Resolution::Delay { until: None });
        telling.input(13_000, &Input::Wake);
        let code = telling.request("approve", 14_000);
        telling.ask(20_000, "bob", yes(code, "go"));
        telling.perform("delete", 21_000, &[]);
        telling.story
    }

    /// How the run ended.
    pub(crate) fn result(&self) -> Option<RunResult> {
        self.told.iter().find_map(|(_, _, event)| {
            if let Event::RunClosed { result, .. } = event { Some(*result) } else { None }
        })
    }

    /// The first event for which `found` holds.
    pub(crate) fn position(&self, found: impl Fn(&Event) -> bool) -> usize {
        self.told.iter().position(|(_, _, event)| found(event)).unwrap()
    }

    /// Writes a document and says it is pinned by whoever pins it.
    pub(crate) fn rewrite(&mut self, path: &str, bytes: Vec<u8>) -> Digest {
        let sum = digest(&bytes);
        self.files.insert(path.to_owned(), bytes);
        sum
    }

    /// The journal of the first `events` events, and where it ends.
    pub(crate) fn journal(&self, run_json: &[u8], events: usize) -> (Vec<u8>, Chain) {
        let mut chain = Chain::genesis(run_json);
        let mut lines = Vec::new();
        for (epoch, at, event) in self.told.iter().take(events).cloned() {
            lines.extend(chain.append(&self.run, epoch, at, event).unwrap().1);
        }
        (lines, chain)
    }

    /// The folder after the first `events` events, sealed with `key`.
    pub(crate) fn folder(&self, events: usize, key: &SigningKey) -> BTreeMap<String, Vec<u8>> {
        let run_json = document::to_bytes(&self.header);
        let (journal, _) = self.journal(&run_json, events);
        self.sealed(run_json, &journal, events, key)
    }

    /// The same with a journal that need not be the one the events make.
    pub(crate) fn sealed(
        &self,
        run_json: Vec<u8>,
        journal: &[u8],
        events: usize,
        key: &SigningKey,
    ) -> BTreeMap<String, Vec<u8>> {
        let told = &self.told[..events];
        let mentioned = format!("{told:?}");
        let mut files: BTreeMap<String, Vec<u8>> = self
            .files
            .iter()
            .filter(|(path, _)| {
                !path.starts_with("steps/") && !path.starts_with("gates/")
                    || path.starts_with("gates/") && mentioned.contains("GateReached")
                    || mentioned.contains(path.as_str())
            })
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        files.insert(layout::RUN.to_owned(), run_json);
        files.insert(layout::JOURNAL.to_owned(), journal.to_vec());
        files.insert(
            layout::CHECKLIST.to_owned(),
            format!("# {}\n\nDerived from the journal: {events} events.\n", self.run).into_bytes(),
        );
        let last = journal.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap();
        let at = &told[events - 1].1;
        let closed = told.iter().find_map(|(_, _, event)| {
            if let Event::RunClosed { result, .. } = event { Some(*result) } else { None }
        });
        let seq = u64::try_from(events).unwrap() - 1;
        let state = Seal::new(self.run.clone(), closed, seq, digest(last).hex(), at.wall);
        reseal(&mut files, &state, key);
        if closed.is_some() {
            self.attest(&mut files, key);
        }
        files
    }

    pub(crate) fn attest(&self, files: &mut BTreeMap<String, Vec<u8>>, key: &SigningKey) {
        let journal = &files[layout::JOURNAL];
        let lines = || journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let entries: Vec<_> =
            lines().filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let head = lines().next_back().map(digest).unwrap().hex();
        if let Some(said) = Predicate::of(&self.header, &entries, &head) {
            let sums = digest(&files[layout::SUMS]);
            files.insert(layout::ATTESTATION.to_owned(), attest(sums, said, key));
        }
    }
}

/// Puts a new seal over whatever is in the folder.
pub(crate) fn reseal(files: &mut BTreeMap<String, Vec<u8>>, state: &Seal, key: &SigningKey) {
    let digests = files.iter().map(|(path, bytes)| (path.clone(), digest(bytes))).collect();
    let SealFiles { seal: seal_json, sums, signature } = seal(&digests, state, key);
    files.insert(layout::SEAL.to_owned(), seal_json);
    files.insert(layout::SUMS.to_owned(), sums);
    files.insert(layout::SIGNATURE.to_owned(), signature);
}

/// A story while it is being told: the core decides what each input means.
pub(crate) struct Telling {
    pub(crate) story: Story,
    pub(crate) state: RunState,
    policy: Policy,
    pub(crate) start: Timestamp,
    /// By how many milliseconds the wall clock was set ahead since.
    ahead_ms: u64,
}

impl Telling {
    pub(crate) fn open(run: RunId, plan: Plan, people: Policy, parent: Option<Parent>) -> Self {
        let day = run.as_str();
        let start: Timestamp = format!(
            "{}-{}-{}T{}:{}:{}Z",
            &day[11..15],
            &day[15..17],
            &day[17..19],
            &day[20..22],
            &day[22..24],
            &day[24..26]
        )
        .parse()
        .unwrap();
        let (policy_json, policy) = policy::to_file(people);
        let inputs = Inputs::default();
        let files: BTreeMap<String, Vec<u8>> = [
            (layout::PLAN, document::to_bytes(&plan)),
            (layout::RUNBOOK, b"# the runbook's text\n".to_vec()),
            (layout::INPUTS, document::to_bytes(&inputs)),
            (layout::POLICY, policy_json),
        ]
        .map(|(path, bytes)| (path.to_owned(), bytes))
        .into();
        let header = Header {
            schema: Header::SCHEMA.to_owned(),
            run: run.clone(),
            product: "hardstop 0.1.0".to_owned(),
            runner_key: super::branch::runner().public().fingerprint(),
            runbook: PinnedRunbook {
                id: plan.runbook.clone(),
                path: "runbooks/drill.yaml".to_owned(),
                commit: "1".repeat(40),
                digest: digest(&files[layout::RUNBOOK]),
                draft: false,
            },
            plan: digest(&files[layout::PLAN]),
            inputs: digest(&files[layout::INPUTS]),
            policy: PinnedPolicy { version: policy.version, digest: policy.digest },
            initiator: by("alice"),
            parts: Vec::new(),
            created: start,
            trigger: None,
            zones: None,
            parent,
        };
        let state = RunState::new(Arc::new(header.clone()), Arc::new(plan), Arc::new(inputs));
        let (plan, inputs) = (header.plan, header.inputs);
        let group = state.plan().concurrency.as_ref().map(|it| it.group.clone());
        let open = Input::Open { plan, inputs, actor: actor("alice"), group };
        let story = Story { run, header, files, told: Vec::new() };
        let mut telling = Self { story, state, policy, start, ahead_ms: 0 };
        telling.input(0, &open);
        let holder = "runner.example.com:1".to_owned();
        telling.input(100, &Input::LeaseTaken { epoch: Epoch(1), holder });
        telling
    }

    /// Somebody sets the wall clock ahead.
    pub(crate) const fn set_ahead(&mut self, by_ms: u64) {
        self.ahead_ms += by_ms;
    }

    /// Another policy is in force from the next input on.
    pub(crate) fn enforce(&mut self, policy: Policy) {
        let (bytes, policy) = policy::to_file(policy);
        self.story.files.insert(layout::later_policy(policy.version), bytes);
        self.policy = policy;
    }

    fn reading(&self, after_ms: u64) -> Reading {
        let Reading { wall, boot, mono } = reading(self.start, after_ms);
        Reading { wall: wall.plus(Millis(self.ahead_ms)), boot, mono }
    }

    pub(crate) fn input(&mut self, after_ms: u64, input: &Input) {
        let now = self.reading(after_ms);
        let context = Context { now: &now, policy: &self.policy };
        let mut events = Vec::new();
        advance(&mut self.state, input, &context, &mut events).unwrap();
        assert!(!events.is_empty(), "nothing came of {input:?}");
        let epoch = self.state.epoch();
        self.story.told.extend(events.into_iter().map(|event| (epoch, now.clone(), event)));
    }

    pub(crate) fn ask(&mut self, after_ms: u64, person: &str, request: Asked) {
        if let Asked::Tick { step, .. } = &request
            && self.state.step(step) == Some(&StepState::Pending)
        {
            let shown = hardstop_core::event::OpenedItem {
                id: "seen".parse().unwrap(),
                text: "All refs are there".to_owned(),
            };
            self.resolve("confirm", after_ms - 500, Resolution::Checklist(vec![shown]));
        }
        self.input(after_ms, &Input::Person { actor: actor(person), request });
    }

    fn resolve(&mut self, name: &str, after_ms: u64, resolution: Resolution) {
        let (step, attempt) = (step(&format!("drill/{name}")), AttemptNo::FIRST);
        self.input(after_ms, &Input::Resolved { step, attempt, resolution: Ok(resolution) });
    }

    /// Runs a command that leaves its output and `files`.
    fn perform(&mut self, name: &str, after_ms: u64, files: &[(&str, &[u8])]) {
        let command = Command {
            argv: vec!["./drill".to_owned(), name.to_owned()],
            env: BTreeMap::new(),
            directory: ".".to_owned(),
            evidence: Vec::new(),
            grants: Vec::new(),
        };
        self.resolve(name, after_ms, Resolution::Run(command));
        let id = step(&format!("drill/{name}"));
        let output = format!("{name}: done\n").into_bytes();
        let kept = [("stdout.log", &output[..])].into_iter().chain(files.iter().copied());
        let artifacts = kept
            .map(|(file, bytes)| {
                let path = layout::attempt_file(&id, AttemptNo::FIRST, file);
                self.story.files.insert(path.clone(), bytes.to_vec());
                Artifact {
                    path,
                    digest: digest(bytes),
                    size_bytes: bytes.len() as u64,
                    original_bytes: bytes.len() as u64,
                    redactions: 0,
                    evidence: file.strip_prefix("files/").map(str::to_owned),
                }
            })
            .collect();
        let outcome = Outcome::Succeeded { outputs: BTreeMap::new(), artifacts };
        self.input(
            after_ms + 200,
            &Input::Outcome { step: id, attempt: AttemptNo::FIRST, outcome },
        );
    }

    /// Writes the request of a gate, and returns its code.
    pub(crate) fn request(&mut self, name: &str, after_ms: u64) -> String {
        let id = step(&format!("drill/{name}"));
        let binding = binding(&self.state, &self.policy, &id).unwrap();
        let StepKind::Approval(approval) = &self.state.plan().step(&id).unwrap().kind else {
            panic!("{id} is an approval");
        };
        let number = self.state.last_attempt(&id).map_or(AttemptNo::FIRST, AttemptNo::next);
        let opened = self.reading(after_ms).wall;
        let request = Request {
            schema: Request::SCHEMA.to_owned(),
            run: self.story.run.clone(),
            step: id.clone(),
            request: number,
            message: approval.message.clone(),
            binding: binding.clone(),
            plugins: BTreeMap::new(),
            rule: Rule::from(approval),
            requesters: Vec::new(),
            opened,
            expires: opened.plus(approval.timeout),
            nonce: "5eed".to_owned(),
        };
        let (bytes, digest) = request.to_file();
        self.story.files.insert(layout::request(&id, number), bytes);
        let resolution = Ok(Resolution::Approval { digest, binding });
        self.input(after_ms, &Input::Resolved { step: id, attempt: number, resolution });
        digest.code()
    }
}
