//! The people around a run: what they ask, rightly and wrongly, and the policies they live under.

use std::sync::Arc;

use fastrand::Rng;
use hardstop_core::{
    ids::{AttemptNo, StepId},
    input::Request,
    policy::{Actor, Policy, Subject, Verb},
    run::{RunState, StepState},
    value::Value,
    view::{Need, Waiting, waiting},
};
use hardstop_evidence::policy;
use hardstop_tests_kit::people::{actor, name, solo, team};

/// A person's request, and whether a file comes with it.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) actor: Actor,
    pub(crate) request: Request,
    pub(crate) file: bool,
}

const ALL: [&str; 6] = ["alice", "bob", "carol", "dave", "alice/second", "mallory"];

/// The policy a seed begins with.
pub(crate) fn first_policy(rng: &mut Rng) -> Arc<Policy> {
    let policy = if rng.u32(0..6) == 0 { solo() } else { team() };
    Arc::new(policy::to_file(policy).1)
}

/// A later policy: somebody left, joined, or may do less. `alice` may always start runs.
pub(crate) fn later_policy(rng: &mut Rng, version: u64) -> Arc<Policy> {
    let mut policy = Policy { version, ..team() };
    match rng.u32(0..6) {
        0 => drop(policy.people.remove(&name("carol"))),
        1 => drop(policy.teams.insert(name("sre"), vec![name("bob"), name("dave")])),
        2 => {
            let some = vec![Subject::Person(name("bob")), Subject::Person(name("dave"))];
            policy.allow.insert(Verb::Approve, some);
        }
        3 => drop(policy.allow.insert(Verb::Skip, Vec::new())),
        _ => {}
    }
    Arc::new(policy::to_file(policy).1)
}

/// A policy under which everybody may do everything again.
pub(crate) fn healed_policy(version: u64) -> Arc<Policy> {
    Arc::new(policy::to_file(Policy { version, ..team() }).1)
}

/// What somebody asks of a run that stands so: often what it waits for, often something else.
pub(crate) fn ask(rng: &mut Rng, state: &RunState, codes: &[String]) -> Ask {
    let actor = actor(ALL[rng.usize(0..ALL.len())]);
    let open = waiting(state);
    let file = rng.u32(0..4) > 0;
    let wanted = match rng.choice(&open) {
        Some(open) if rng.u32(0..5) > 0 => answer(rng, open, codes),
        _ => None,
    };
    let request = wanted.unwrap_or_else(|| anything(rng, state, codes));
    Ask { actor, request, file }
}

/// A right answer to what is open, or nearly.
fn answer(rng: &mut Rng, open: &Waiting, codes: &[String]) -> Option<Request> {
    let step = open.step.clone();
    match &open.need {
        Need::Answers { items, .. } => {
            let item = rng.choice(items)?.id.clone();
            let value = Value::Bool(rng.u32(0..8) > 0);
            Some(Request::Tick { step: step?, item, value, artifact: None })
        }
        Need::Approval { code, .. } => {
            let code = if rng.u32(0..6) == 0 { rng.choice(codes)? } else { code }.clone();
            Some(match rng.u32(0..9) {
                0 => Request::Reject { code, reason: "not yet".to_owned() },
                _ => Request::Approve { code, comment: None },
            })
        }
        Need::Verb { attempt, .. } | Need::Word { attempt } => {
            let step = step?;
            Some(match rng.u32(0..8) {
                0 => Request::Skip { step, reason: "not needed".to_owned() },
                1..4 => attest(step),
                4 => Request::Retry { step, after: attempt.next(), reason: None },
                _ => Request::Retry { step, after: *attempt, reason: None },
            })
        }
        Need::Confirmation { .. } => Some(attest(step?)),
        Need::Lift { .. } | Need::Clock => Some(Request::Lift { reason: None }),
        Need::Time { .. } | Need::NextAttempt { .. } | Need::Storage { .. } => None,
    }
}

fn anything(rng: &mut Rng, state: &RunState, codes: &[String]) -> Request {
    let steps: Vec<(&StepId, &StepState)> =
        state.steps().map(|(step, state)| (&step.id, state)).collect();
    let step = rng.choice(steps).map_or_else(|| name("none"), |(step, _)| step.clone());
    let reason = "because".to_owned();
    let code = rng.choice(codes).cloned().unwrap_or_else(|| "0123456789".to_owned());
    match rng.u32(0..24) {
        0 => Request::Abort { reason },
        1..4 => Request::Hold { reason },
        4..7 => Request::Lift { reason: None },
        7..11 => Request::Skip { step, reason },
        11..14 => attest(step),
        14..17 => Request::Approve { code, comment: None },
        17 => Request::Reject { code, reason },
        18..21 => Request::Retry { step, after: AttemptNo(rng.u32(1..4)), reason: None },
        _ => Request::Tick { step, item: name("one"), value: Value::Bool(true), artifact: None },
    }
}

fn attest(step: StepId) -> Request {
    Request::Attest { step, reason: "done by hand".to_owned(), artifacts: Vec::new() }
}

/// What the run needs of people who mean well: a step that failed is tried again, then left
/// undone; what cannot be left undone ends the run.
///
/// * `tries`: how often people were asked about the run already.
pub(crate) fn help(state: &RunState, tries: usize) -> Vec<Ask> {
    let mut asks = Vec::new();
    let mut push = |who: &str, request: Request, file: bool| {
        asks.push(Ask { actor: actor(who), request, file });
    };
    for open in waiting(state) {
        let Waiting { step, need, .. } = open;
        match (need, step) {
            (Need::Answers { items, .. }, Some(step)) => {
                for item in items.into_iter().filter(|item| !item.optional) {
                    let (step, file): (StepId, bool) = (step.clone(), item.evidence);
                    let (item, value) = (item.id, Value::Bool(true));
                    push("bob", Request::Tick { step, item, value, artifact: None }, file);
                }
            }
            (Need::Approval { code, .. }, _) => {
                for who in ["bob", "carol"] {
                    push(who, Request::Approve { code: code.clone(), comment: None }, false);
                }
            }
            (Need::Verb { attempt, .. } | Need::Word { attempt }, Some(step)) => {
                let reason = "it does not work".to_owned();
                match tries % 12 {
                    0..3 => {
                        push("bob", Request::Retry { step, after: attempt, reason: None }, false);
                    }
                    3..6 => push("bob", Request::Skip { step, reason }, false),
                    6..9 => push("bob", attest(step), true),
                    _ => push("bob", Request::Abort { reason }, false),
                }
            }
            (Need::Confirmation { .. }, Some(step)) => {
                for who in ["bob", "carol"] {
                    push(who, attest(step.clone()), true);
                }
            }
            (Need::Lift { .. } | Need::Clock, _) => {
                push("bob", Request::Lift { reason: None }, false);
            }
            _ => {}
        }
    }
    asks
}
