//! How a seed's story begins: what is run, by whom, how many runs of it, and what is untrue.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use hardstop_core::{
    header::{Inputs, PinnedRunbook},
    model::{Budget, Part, Plan},
    policy::Actor,
    time::Timestamp,
};
use hardstop_engine::open::NewRun;
use hardstop_evidence::{digest, policy};
use hardstop_ports::{fakes::MemoryRun, journal::RunFiles};
use hardstop_runbook::scenario::Scenario;
use hardstop_tests_kit::{
    people::{actor, header, name},
    picture::START,
};

use crate::{
    ledger::{Ledger, Ledgers},
    people::{self, Cast},
    place::Place,
    plans, seeds,
    story::{KEY, Story},
    world::{Lie, World},
};

/// Of so many seeds one is told of a procedure of the repository.
pub(crate) const OF_PROCEDURES: u64 = 20;
const IDS: [&str; 3] = ["k7f3q9xm2p", "m2p9xk7f3q", "x9q2m7k3fp"];

/// What is run.
struct Subject {
    path: String,
    text: String,
    plan: Plan,
    inputs: Inputs,
    policy: hardstop_core::policy::Policy,
    starter: Actor,
    start: Timestamp,
    script: Option<Scenario>,
    runs: usize,
}

/// Opens the runs of a seed.
pub(crate) fn open(seed: u64, lie: Lie) -> Story {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let subject =
        if seed.is_multiple_of(OF_PROCEDURES) { procedure(seed) } else { drawn(&mut rng) };
    let policies = vec![Arc::new(subject.policy.clone())];
    let world = World::new(seed, lie, subject.start, subject.script.clone(), policies);
    let mut ledgers = Ledgers::default();
    let plan = Arc::new(subject.plan.clone());
    for id in &IDS[..subject.runs] {
        let new = new_run(id, &subject, lie);
        let mut disk = MemoryRun::new(new.run.clone());
        let files = new.files().expect("whoever starts it may");
        for (path, bytes) in &files {
            disk.write(path, bytes).expect("nothing fails yet");
        }
        let place = Arc::new(Place::new(disk, String::new()));
        let ledger = Ledger::new(Arc::clone(&place), &files, Arc::clone(&plan));
        ledgers.all.insert(place.run.clone(), ledger);
        world.places().insert(place.run.clone(), place);
    }
    Story {
        world,
        cast: Cast::new(&subject.starter, subject.policy),
        tops: ledgers.all.keys().cloned().collect(),
        ledgers: RefCell::new(ledgers),
        broken: RefCell::default(),
        tries: RefCell::new(BTreeMap::new()),
        text: if subject.script.is_some() { subject.path } else { subject.text },
    }
}

fn drawn(rng: &mut fastrand::Rng) -> Subject {
    let (text, plan) = plans::draw(rng);
    let shares = plan.concurrency.is_some() || plan.steps().any(|step| !step.locks.is_empty());
    let runs = if shares && rng.bool() { rng.usize(2..=3) } else { 1 };
    Subject {
        path: "runbooks/test.yaml".to_owned(),
        text,
        plan,
        inputs: Inputs::default(),
        policy: people::first_policy(rng),
        starter: actor("alice"),
        start: START,
        script: None,
        runs,
    }
}

fn procedure(seed: u64) -> Subject {
    let all = &*seeds::SEEDS;
    let place = usize::try_from(seed / OF_PROCEDURES).unwrap_or(0) % all.len();
    let seed = &all[place];
    Subject {
        path: seed.path.clone(),
        text: seed.text.clone(),
        plan: seed.plan.clone(),
        inputs: seed.inputs.clone(),
        policy: policy::to_file(seed.scenario.policy.clone()).1,
        starter: seed.scenario.starter.clone(),
        start: seed.scenario.start,
        script: Some(seed.scenario.clone()),
        runs: 1,
    }
}

fn new_run(id: &str, subject: &Subject, lie: Lie) -> NewRun {
    let pattern = header("alice", &subject.policy, subject.start);
    let digits: String =
        subject.start.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = digits.split_at(8);
    NewRun {
        run: name(&format!("{id}-{day}-{time}")),
        product: pattern.product,
        runner_key: KEY.public().fingerprint(),
        runbook: PinnedRunbook {
            id: subject.plan.runbook.clone(),
            path: subject.path.clone(),
            digest: digest(subject.text.as_bytes()),
            ..pattern.runbook
        },
        text: subject.text.clone(),
        plan: changed(&subject.plan, lie),
        inputs: subject.inputs.clone(),
        policy: subject.policy.clone(),
        initiator: subject.starter.clone(),
        parts: Vec::new(),
        created: subject.start,
        trigger: None,
        parent: None,
    }
}

/// The plan that the run really has.
fn changed(plan: &Plan, lie: Lie) -> Plan {
    let mut plan = plan.clone();
    for phase in &mut plan.phases {
        match lie {
            Lie::Budget => {
                let fans = phase.steps.iter_mut().filter_map(|step| step.for_each.as_mut());
                fans.for_each(|each| each.max_failures = Budget::Count(99));
            }
            Lie::Restore => phase.steps.retain(|step| {
                step.within.as_ref().is_none_or(|within| within.part != Part::Restore)
            }),
            Lie::None | Lie::Journal | Lie::Clock | Lie::Evidence => {}
        }
    }
    plan
}
