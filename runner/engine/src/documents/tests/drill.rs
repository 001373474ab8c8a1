//! A small plan, and a run of it that is told event by event.

use std::{collections::BTreeSet, sync::Arc};

use hardstop_core::{
    event::{Artifact, Binding, Entry, Event, FORMAT, ShownEvidence},
    header::{Inputs, PinnedPolicy},
    ids::{AttemptNo, Epoch, StepId},
    model::{ItemKind, Plan, StepKind},
    policy::By,
    run::{RunState, apply},
    time::{Millis, Reading, Timestamp},
};
use hardstop_tests_kit::{
    self as kit,
    people::{self, digest},
};

/// A run and the journal it was folded from.
pub(super) struct Told {
    pub(super) state: RunState,
    pub(super) entries: Vec<Entry>,
}

impl Told {
    /// A run of [`plan`] under the `solo` policy, not opened yet.
    pub(super) fn new(title: &str) -> Self {
        Self::under(false, title)
    }

    pub(super) fn under(policy: bool, title: &str) -> Self {
        let policy = if policy { people::team() } else { people::solo() };
        let mut header = people::header("alice", &policy, second(0));
        header.initiator = by("alice");
        header.runbook.draft = policy.is_solo();
        let state = RunState::new(header.into(), plan(title).into(), Arc::new(Inputs::default()));
        Self { state, entries: Vec::new() }
    }

    /// The next event, one second after the last.
    pub(super) fn tell(&mut self, event: Event) {
        let at = Reading {
            wall: second(self.state.next_seq()),
            boot: "b".to_owned(),
            mono: Millis::from_secs(self.state.next_seq()),
        };
        apply(&mut self.state, &event, &at);
        let (seq, run) = (self.entries.len() as u64, self.state.header().run.clone());
        let (prev, epoch) = (String::new(), self.state.epoch());
        self.entries.push(Entry { v: FORMAT, seq, prev, run, epoch, at, event });
    }

    pub(super) fn open(&mut self) {
        let header = self.state.header();
        let (plan, inputs) = (header.plan, header.inputs);
        let (runbook, policy) = (header.runbook.id.clone(), header.policy.clone());
        self.tell(Event::RunOpened { runbook, plan, inputs, by: by("alice"), group: None });
        self.tell(Event::LeaseAcquired {
            epoch: Epoch(1),
            holder: "host.example.com 42".to_owned(),
        });
        let PinnedPolicy { version, digest } = policy;
        self.tell(Event::PolicyLoaded { version, digest, revoked: None });
    }

    pub(super) fn elapsed(&self) -> Millis {
        Millis::from_secs(self.state.next_seq())
    }

    /// The names of the kinds of event that were told.
    pub(super) fn kinds(&self) -> BTreeSet<String> {
        self.entries.iter().map(|entry| kind(&entry.event)).collect()
    }
}

/// The name of an event's kind.
pub(super) fn kind(event: &Event) -> String {
    let json = serde_json::to_value(event).expect("events are JSON");
    json["type"].as_str().expect("every event has a type").to_owned()
}

/// The instant of event number `seq`.
pub(super) fn second(seq: u64) -> Timestamp {
    let start: Timestamp = "2026-11-20T15:00:00Z".parse().expect("an instant");
    start.plus(Millis::from_secs(seq))
}

pub(super) fn by(name: &str) -> By {
    By { person: people::name(name), actor: people::actor(name) }
}

pub(super) fn id(step: &str) -> StepId {
    people::name(step)
}

pub(super) fn file(step: &str, attempt: u32, name: &str) -> Artifact {
    Artifact {
        path: format!("steps/{step}/{attempt}/{name}"),
        digest: digest(0xf0),
        size_bytes: 120,
        original_bytes: 120,
        redactions: 0,
        evidence: None,
    }
}

/// What a request about the restored copy is bound to.
pub(super) fn binding() -> Binding {
    let path = file("drill/restore", 2, "files/refs").path;
    let shown = vec![ShownEvidence { step: id("drill/restore"), path, digest: digest(0xf0) }];
    Binding { runbook: digest(1), plan: digest(2), inputs: digest(3), policy: digest(4), shown }
}

pub(super) fn reached(request: u32) -> Event {
    Event::GateReached {
        step: id("close/approve"),
        request: AttemptNo(request),
        digest: digest(0xab),
        binding: binding(),
        expires: second(90),
    }
}

/// Restore, stop and check in one phase; approve and tell in the next; clean up at the end.
fn plan(title: &str) -> Plan {
    let mut plan = kit::plan::plan(
        "phase drill
         run restore
         wait settle 10000
         hard_stop stop 10000
         checklist check items=seen,place?
         phase close needs=drill
         approval approve by=anyone exclude=initiator show=drill/restore
         run announce on_failure=continue
         run archive
         finally
         run delete",
    );
    plan.title = title.to_owned();
    if let StepKind::Checklist(list) = &mut plan.phases[0].steps[3].kind {
        list.items[1].kind = ItemKind::Text;
    }
    plan
}
