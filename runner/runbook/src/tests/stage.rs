//! Runs to look at.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{
    event::{Call, Event, ListedItem},
    header::{Header, PinnedPolicy, PinnedRunbook},
    ids::{AttemptNo, Digest, StepId},
    model::Plan,
    policy::{Actor, By, Channel},
    run::{RunState, apply},
    time::{Millis, Reading, Timestamp},
    value::Value,
};

use crate::{Files, Places, Resolved, compile, resolve, settle_inputs};

pub(super) const PLACES: Places<'_> = Places { workspace: "/space/run", repository: "/space/repo" };

/// A run of `text`, started with `given`, of which nothing has happened yet.
pub(super) fn run_of(text: &str, given: &[(&str, &str)]) -> RunState {
    let plan = match compile("test.yaml", text, Files::NONE) {
        Ok(compiled) => compiled.plan,
        Err(problems) => panic!("{:#?}", problems.findings()),
    };
    run_of_plan(plan, given)
}

/// A run of `plan`, started with `given`, of which nothing has happened yet.
pub(super) fn run_of_plan(plan: Plan, given: &[(&str, &str)]) -> RunState {
    let given: BTreeMap<String, Value> =
        given.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    let inputs = settle_inputs(&plan, &given, "test").unwrap();
    let digest = Digest::from_bytes([0; 32]);
    let actor = Actor { email: "alice@example.com".to_owned(), via: Channel::Cli, level: 1 };
    let header = Header {
        schema: Header::SCHEMA.to_owned(),
        run: "k7f3q9xm2p-20261120-155332".parse().unwrap(),
        product: "hardstop 0".to_owned(),
        runner_key: "SHA256:x".to_owned(),
        runbook: PinnedRunbook {
            id: plan.runbook.clone(),
            path: "test.yaml".to_owned(),
            commit: "0".repeat(40),
            digest,
            draft: false,
        },
        plan: digest,
        inputs: digest,
        policy: PinnedPolicy { version: 0, digest },
        initiator: By { person: "alice".parse().unwrap(), actor },
        parts: Vec::new(),
        created: Timestamp::from_millis(1_795_190_012_000),
        trigger: None,
        parent: None,
        zones: None,
    };
    RunState::new(Arc::new(header), Arc::new(plan), Arc::new(inputs))
}

/// The moment everything is looked at: a minute after the run was opened.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_190_072_000);

/// What a step of a run comes to.
pub(super) fn of(state: &RunState, step: &str) -> Result<Resolved, String> {
    resolve(state, &address(step), PLACES, NOW)
}

pub(super) fn address(step: &str) -> StepId {
    step.parse().unwrap()
}

/// Folds facts, a second apart, from `NOW` on.
pub(super) fn fold(state: &mut RunState, events: impl IntoIterator<Item = Event>) {
    for (seconds, event) in (0..).zip(events) {
        let passed = Millis::from_secs(seconds);
        let at = Reading { wall: NOW.plus(passed), boot: "b".to_owned(), mono: passed };
        apply(state, &event, &at);
    }
}

pub(super) fn opened(state: &RunState) -> Event {
    let header = state.header();
    Event::RunOpened {
        runbook: header.runbook.id.clone(),
        plan: header.plan,
        inputs: header.inputs,
        by: header.initiator.clone(),
        group: None,
    }
}

pub(super) fn entered(step: &str) -> Event {
    Event::BlockEntered { step: address(step), attempt: AttemptNo::FIRST }
}

/// A step is done for items that are their own keys.
pub(super) fn listed(step: &str, keys: &[&str]) -> Event {
    let item = |key: &&str| ListedItem { key: (*key).to_owned(), value: Value::from(*key) };
    let items = keys.iter().map(item).collect();
    Event::ItemsListed { step: address(step), attempt: AttemptNo::FIRST, items, allowed: 0 }
}

/// A `uses` step is done, and gave one output.
pub(super) fn done(step: &str, name: &str, value: &str) -> [Event; 2] {
    let call = Call {
        action: "x/y".to_owned(),
        with: BTreeMap::new(),
        secrets: BTreeMap::new(),
        evidence: Vec::new(),
        grants: Vec::new(),
    };
    let (step, attempt) = (address(step), AttemptNo::FIRST);
    let outputs = BTreeMap::from([(name.to_owned(), Value::from(value))]);
    [
        Event::CallStarted { step: step.clone(), attempt, call, deadline: NOW },
        Event::StepSucceeded { step, attempt, outputs, artifacts: Vec::new() },
    ]
}
