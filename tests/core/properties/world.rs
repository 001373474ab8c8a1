//! Random plans, and random moves that are often, but by no means always, sensible.

use std::fmt::Write as _;

use hardstop_core::{
    effect::Effect,
    event::Event,
    ids::StepId,
    policy::Policy,
    run::{StepState, outstanding},
};
use hardstop_tests_kit::{
    bench::Bench,
    people::{digest, name, team},
};
use proptest::{collection::vec, prelude::*, sample::select};

const KINDS: [&str; 14] = [
    "run",
    "run idempotent retry=3 delay=3000 backoff=2",
    "run evidence on_failure=continue",
    "run on_failure=abort",
    "run if=x",
    "checklist items=one,two?",
    "checklist items=one timeout=9000 on_timeout=abort",
    "checklist items=one timeout=9000 on_failure=continue",
    "approval min=2 valid=20000",
    "approval timeout=20000 on_timeout=reject exclude=initiator show=main/s",
    "approval valid=5000 on_failure=continue",
    "wait 4000",
    "hard_stop 9000",
    "hard_stop 12000 since=main/s.started",
];
const PEOPLE: [&str; 5] = ["alice", "alice/second", "bob", "carol", "mallory"];
const VERBS: [&str; 9] =
    ["tick", "approve", "reject", "retry", "skip", "attest", "hold", "lift", "abort"];

/// A first step, two branches and a phase behind one of them or both, and perhaps `finally`.
pub(super) fn plans() -> impl Strategy<Value = String> {
    let steps = || vec(select(&KINDS[..]), 0..4);
    let needs = select(vec!["a", "b", "a,b"]);
    (steps(), steps(), steps(), needs, any::<bool>()).prop_map(|(a, b, c, needs, finally)| {
        let mut text = "phase main\nrun s\n".to_owned();
        for (phase, kinds) in [("a needs=main", a), ("b", b), (&format!("c needs={needs}"), c)] {
            let _written = writeln!(text, "phase {phase}");
            for (at, kind) in kinds.iter().enumerate() {
                let (kind, options) = kind.split_once(' ').unwrap_or((kind, ""));
                let _written = writeln!(text, "{kind} s{at} {options}");
            }
        }
        text + if finally { "finally\nrun z retry=2 delay=0\n" } else { "" }
    })
}

/// One thing that happens to a run. The numbers pick a step, a person, a variant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    kind: Kind,
    step: usize,
    pick: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// What a driver would do next.
    Drive,
    /// What people would do next.
    Answer,
    /// An answer of a driver to anything, sensible or not.
    Driver,
    /// A verb of anybody.
    Verb,
    /// Time.
    Time,
    /// The world: leases, evidence, policies.
    World,
}

pub(super) fn moves() -> impl Strategy<Value = Move> {
    let kind = prop_oneof![
        12 => Just(Kind::Drive),
        6 => Just(Kind::Answer),
        2 => Just(Kind::Driver),
        2 => Just(Kind::Verb),
        3 => Just(Kind::Time),
        1 => Just(Kind::World),
    ];
    (kind, 0..100_usize, 0..1_000_usize).prop_map(|(kind, step, pick)| Move { kind, step, pick })
}

impl Move {
    /// Does it, and renders what happened.
    pub(super) fn make(self, bench: &mut Bench) -> String {
        match self.line(bench).as_str() {
            "policy new" => {
                bench.policy = newest(bench);
                bench.policy.version += 1;
                bench.policy.digest = digest(u8::try_from(self.pick % 200).unwrap_or_default());
                bench.give("wake")
            }
            "policy without carol" => {
                bench.policy = newest(bench);
                bench.policy.version += 1;
                bench.policy.people.remove(&name("carol"));
                bench.give("wake")
            }
            "policy old" => {
                bench.policy = team();
                bench.give("wake")
            }
            line => bench.give(line),
        }
    }

    /// The move in words.
    pub(super) fn line(self, bench: &Bench) -> String {
        let Self { kind, step, pick } = self;
        let ids: Vec<&StepId> = bench.state.steps().map(|step| step.id).collect();
        let id = ids[step % ids.len()];
        let one = |of: &[&str]| of[pick % of.len()].to_owned();
        match kind {
            Kind::Drive => drive(bench, step, pick),
            Kind::Answer => answer(bench, step, pick),
            Kind::Driver => {
                let what = ["start", "start", "start", "done", "fail"][pick % 5];
                format!("{what} {id}{}", ["", "#1", "#2"][step % 3])
            }
            Kind::Verb => {
                let who = PEOPLE[pick % PEOPLE.len()];
                format!("{who}: {} {id} one", VERBS[pick / 5 % VERBS.len()])
            }
            Kind::Time => one(&[
                "wake",
                "+1",
                "+999",
                "+3000",
                "+3000",
                "+9000",
                "+30000",
                "+100000000",
                "jump 4000",
                "jump -4000",
                "jump 90000000",
                "jump -60000",
            ]),
            Kind::World => one(&[
                "lease",
                "lease",
                "lease stale",
                "reboot",
                "evidence bad",
                "evidence ok",
                "evidence ok",
                "policy new",
                "policy without carol",
                "policy old",
            ]),
        }
    }
}

fn drive(bench: &Bench, at: usize, pick: usize) -> String {
    let work: Vec<Effect> =
        outstanding(&bench.state).filter(|it| !matches!(it, Effect::Wake { .. })).collect();
    let Some(effect) = work.get(at % work.len().max(1)) else { return "+2000".to_owned() };
    match effect {
        Effect::Resolve { step, .. } => {
            let conditional =
                bench.state.template(step).is_some_and(|step| step.condition.is_some());
            let skip = if conditional && pick.is_multiple_of(2) { " skip" } else { "" };
            format!("start {step}{skip}")
        }
        Effect::Perform { step, .. } => match pick % 8 {
            0 | 1 => format!("fail {step} exit"),
            2 => format!("fail {step} timed-out"),
            n => format!("done {step} leaves={n}"),
        },
        Effect::Lock { step, .. } => {
            format!("locked {}", step.as_ref().map_or("run", StepId::as_str))
        }
        Effect::Outputs => "outputs".to_owned(),
        Effect::Wake { .. } => "wake".to_owned(),
    }
}

fn answer(bench: &Bench, at: usize, pick: usize) -> String {
    let who = PEOPLE[pick % 4];
    let mut active: Vec<(&StepId, &StepState)> =
        bench.state.active().map(|step| (step.id, step.state)).collect();
    let open = bench.state.open_items();
    active.extend(open.iter().filter_map(|it| Some((it.step(), bench.state.step(it.step())?))));
    let Some((step, state)) = active.get(at % active.len().max(1)) else {
        return format!("{who}: lift");
    };
    match state {
        StepState::Ticking { .. } => {
            format!("{who}: tick {step} {}", ["one", "two"][pick / 4 % 2])
        }
        StepState::Asking { .. } if pick.is_multiple_of(9) => format!("{who}: reject {step}"),
        StepState::Asking { .. } => format!("{who}: approve {step}"),
        StepState::Failed { .. } | StepState::Unknown { .. } => match pick / 4 % 4 {
            0 => format!("{who}: skip {step}"),
            1 => format!("{who}: attest {step} file=8"),
            _ => format!("{who}: retry {step}"),
        },
        StepState::Pending
        | StepState::Running { .. }
        | StepState::Backoff { .. }
        | StepState::Approved { .. }
        | StepState::Delaying { .. }
        | StepState::Succeeded { .. }
        | StepState::Skipped { .. }
        | StepState::Open { .. }
        | StepState::Attested { .. } => format!("{who}: lift"),
    }
}

/// The newest policy the run has seen.
pub(super) fn newest(bench: &Bench) -> Policy {
    let (version, digest) = bench.state.policy().expect("the run is open");
    let people = if bench.policy.version == version { bench.policy.clone() } else { team() };
    Policy { version, digest, ..people }
}

/// The name of an event's variant.
pub(super) fn kind(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
