//! The people around a run: what they ask, rightly and wrongly, and the policies they live under.

use std::sync::Arc;

use fastrand::Rng;
use hardstop_core::{
    event::{Cause, OpenItem},
    ids::{AttemptNo, RunId, StepId},
    input::{Request, RerunScope, Revision},
    model::{ItemKind, Plan, StepKind, Until},
    policy::{Actor, Policy, Subject, Verb},
    run::{RunState, StepState},
    time::{Millis, Timestamp},
    value::Value,
    view::{Need, OpenQuestion, Waiting, waiting},
};
use hardstop_evidence::{digest, document, policy};
use hardstop_tests_kit::people::{actor, name, solo, team};

/// A person's request, and whether a file comes with it.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) run: RunId,
    pub(crate) actor: Actor,
    pub(crate) request: Request,
    pub(crate) file: bool,
}

/// Whoever speaks to a run, and the rules they begin under.
pub(crate) struct Cast {
    /// Whoever started it first.
    pub(crate) all: Vec<Actor>,
    first: Policy,
}

impl Cast {
    /// The people of a policy, somebody's second account, and somebody nobody knows.
    pub(crate) fn new(starter: &Actor, first: Policy) -> Self {
        let people = crowded(&first).people;
        let emails = people.values().flat_map(|person| &person.emails);
        let others = emails.filter(|email| **email != starter.email);
        let others = others.map(|email| Actor { email: email.clone(), ..starter.clone() });
        let all = std::iter::once(starter.clone()).chain(others).chain([actor("mallory")]);
        Self { all: all.collect(), first }
    }

    /// A later policy: somebody left, joined, or may do less.
    pub(crate) fn later_policy(&self, rng: &mut Rng, version: u64) -> Arc<Policy> {
        let mut policy = Policy { version, ..self.open() };
        let people: Vec<_> = policy.people.keys().skip(1).cloned().collect();
        let somebody = |rng: &mut Rng| rng.choice(&people).cloned();
        match rng.u32(0..6) {
            0 => {
                let gone = somebody(rng);
                policy.people.retain(|person, _| Some(person) != gone.as_ref());
            }
            1 => policy.teams.values_mut().for_each(|team| team.truncate(2)),
            2 => {
                let some = [somebody(rng), somebody(rng)].into_iter().flatten();
                policy.allow.insert(Verb::Approve, some.map(Subject::Person).collect());
            }
            3 => drop(policy.allow.insert(Verb::Skip, Vec::new())),
            _ => {}
        }
        Arc::new(policy::to_file(policy).1)
    }

    /// A policy under which everybody may do everything again.
    pub(crate) fn healed_policy(&self, version: u64) -> Arc<Policy> {
        Arc::new(policy::to_file(Policy { version, ..self.open() }).1)
    }

    fn open(&self) -> Policy {
        let first = crowded(&self.first);
        Policy { allow: Verb::ALL.map(|verb| (verb, vec![Subject::Anyone])).into(), ..first }
    }
}

/// That policy with more than one person in it: whoever is alone can attest nothing.
fn crowded(first: &Policy) -> Policy {
    if first.is_solo() {
        return team();
    }
    let mut policy = first.clone();
    if policy.people.len() < 2 {
        let others = team().people.into_iter();
        policy.people.extend(others.filter(|(person, _)| !first.people.contains_key(person)));
    }
    policy
}

/// The policy a seed begins with.
pub(crate) fn first_policy(rng: &mut Rng) -> Policy {
    policy::to_file(if rng.u32(0..6) == 0 { solo() } else { team() }).1
}

/// What somebody asks of a run that stands so: often what it waits for, often something else.
pub(crate) fn ask(
    rng: &mut Rng,
    cast: &Cast,
    state: &RunState,
    codes: &[String],
    now: Timestamp,
) -> Ask {
    let actor = rng.choice(&cast.all).expect("there are people").clone();
    let open = waiting(state);
    let file = rng.u32(0..4) > 0;
    let wanted = match rng.choice(&open) {
        Some(open) if rng.u32(0..5) > 0 => answer(rng, state, open, codes, now),
        _ => None,
    };
    let unticked = untick(state).map(|request| (actor.clone(), request));
    let taken_back = unticked.or_else(|| withdraw(state)).filter(|_| rng.u32(0..3) == 0);
    let (actor, request) = taken_back
        .unwrap_or_else(|| (actor, wanted.unwrap_or_else(|| anything(rng, state, codes))));
    Ask { run: state.header().run.clone(), actor, request, file }
}

/// A right answer to what is open, or nearly.
fn answer(
    rng: &mut Rng,
    state: &RunState,
    open: &Waiting,
    codes: &[String],
    now: Timestamp,
) -> Option<Request> {
    let step = open.step.clone();
    let reason = "it is so".to_owned();
    match &open.need {
        Need::Answers { items, .. } => {
            let item = rng.choice(items)?;
            let value = if rng.u32(0..8) == 0 { Value::Bool(false) } else { value(item) };
            Some(Request::Tick { step: step?, item: item.id.clone(), value, artifact: None })
        }
        Need::Approval { code, .. } => {
            let code = if rng.u32(0..6) == 0 { rng.choice(codes)? } else { code }.clone();
            let from = (rng.u32(0..6) == 0).then(|| now.plus(Millis(rng.u64(0..20_000))));
            Some(match rng.u32(0..12) {
                0 => Request::Reject { code, reason },
                1 => Request::Withdraw { code, reason },
                2 => send_back(rng, state, step?, reason),
                _ => Request::Approve { code, comment: None, from, signature: None },
            })
        }
        Need::Verb { tolerated: true, .. } if rng.u32(0..3) == 0 => {
            Some(settle(OpenItem::Failed { step: step? }, reason))
        }
        Need::Verb { attempt, .. } | Need::Word { attempt, .. } => {
            let step = step?;
            Some(match rng.u32(0..9) {
                0 => Request::Skip { step, reason },
                1..4 => attest(step),
                4 => Request::Retry { step, after: attempt.next(), reason: None },
                5 => Request::Rerun { step, scope: RerunScope::Step, previewed: None, reason },
                _ => Request::Retry { step, after: *attempt, reason: None },
            })
        }
        Need::Confirmation { .. } => Some(attest(step?)),
        Need::Settlement { item, .. } => Some(settle(item.clone(), reason)),
        Need::Lift { .. } | Need::Clock => Some(Request::Lift { reason: None }),
        Need::Time { hard: true, .. } => Some(Request::BreakGlass { step: step?, reason }),
        Need::Time { .. }
        | Need::NextAttempt { .. }
        | Need::Window { .. }
        | Need::Locks { .. }
        | Need::Turn { .. }
        | Need::Run { .. }
        | Need::Action { .. }
        | Need::Revision { .. }
        | Need::Storage { .. } => None,
    }
}

fn settle(item: OpenItem, reason: String) -> Request {
    match item {
        OpenItem::Review { step } => Request::Review { step, finding: reason },
        item => Request::Waive { item, reason },
    }
}

/// An answer that fits the item.
fn value(item: &OpenQuestion) -> Value {
    match &item.kind {
        ItemKind::Tick | ItemKind::File => Value::Bool(true),
        ItemKind::Text => Value::Text("as it should be".to_owned()),
        ItemKind::Number => Value::Integer(1),
        ItemKind::Choice { options } => Value::Text(options.first().cloned().unwrap_or_default()),
        ItemKind::Date => Value::Text("2026-03-02".to_owned()),
        ItemKind::Link => Value::Text("https://example.com/1".to_owned()),
    }
}

fn anything(rng: &mut Rng, state: &RunState, codes: &[String]) -> Request {
    let steps: Vec<&StepId> = state.steps().map(|step| step.id).collect();
    let any = |rng: &mut Rng| rng.choice(&steps).map_or_else(|| name("none"), |id| (*id).clone());
    let step = any(rng);
    let reason = "because".to_owned();
    let code = rng.choice(codes).cloned().unwrap_or_else(|| "0123456789".to_owned());
    match rng.u32(0..36) {
        0 => Request::Abort { reason },
        1..4 => Request::Hold { reason },
        4..7 => Request::Lift { reason: None },
        7..10 => Request::Skip { step, reason },
        10..13 => attest(step),
        13..16 => Request::Approve { code, comment: None, from: None, signature: None },
        16 => Request::Reject { code, reason },
        17..19 => Request::Retry { step, after: AttemptNo(rng.u32(1..4)), reason: None },
        19..25 => {
            let scopes = [RerunScope::Step, RerunScope::FailedItems, RerunScope::From];
            let scope = *rng.choice(&scopes).expect("scopes");
            Request::Rerun { step, scope, previewed: None, reason }
        }
        25..27 => {
            let open = waiting(state);
            let from = open.iter().find_map(|open| match open.need {
                Need::Answers { .. } | Need::Approval { .. } => open.step.clone(),
                _ => None,
            });
            send_back(rng, state, from.unwrap_or(step), reason)
        }
        27 => Request::Claim { note: Some(reason) },
        28 => Request::Note { step: Some(step), text: reason },
        29..31 => Request::BreakGlass { step, reason },
        31 => Request::Review { step, finding: reason },
        32 => Request::Waive { item: OpenItem::Failed { step }, reason },
        33 => Request::Withdraw { code, reason },
        34 => Request::Rebase { onto: revision(state, None), reason },
        _ => Request::Tick { step, item: name("one"), value: Value::Bool(true), artifact: None },
    }
}

/// Sends back to a step before that one; to itself, which is refused, if there is none.
fn send_back(rng: &mut Rng, state: &RunState, step: StepId, reason: String) -> Request {
    let steps = state.steps().map(|other| other.id);
    let before: Vec<&StepId> = steps.filter(|other| state.precedes(other, &step)).collect();
    let to = rng.choice(&before).map_or_else(|| step.clone(), |other| (*other).clone());
    Request::SendBack { step, to, reason }
}

/// Takes back an answer that was given, if there is one.
fn untick(state: &RunState) -> Option<Request> {
    state.active().find_map(|placed| {
        let StepState::Ticking { answers, .. } = placed.state else { return None };
        let (step, item) = (placed.id.clone(), answers.keys().next()?.clone());
        Some(Request::Untick { step, item, reason: "too early".to_owned() })
    })
}

/// Takes back a yes that was given to an open request, if there is one: only who said it can.
fn withdraw(state: &RunState) -> Option<(Actor, Request)> {
    state.active().find_map(|placed| {
        let StepState::Asking { digest, votes, .. } = placed.state else { return None };
        let (code, reason) = (digest.code(), "too early".to_owned());
        Some((votes.first()?.by.actor.clone(), Request::Withdraw { code, reason }))
    })
}

/// A newer commit, at which nothing that counts is different but what has no value in `broken`: a
/// condition that was nonsense, or what a hard stop counts from and never was.
fn revision(state: &RunState, broken: Option<&StepId>) -> Revision {
    let mut plan = Plan { title: "Once more".to_owned(), ..state.plan().clone() };
    let broken = broken.map(StepId::base);
    for step in plan.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        let nonsense = step.condition.as_ref().is_some_and(|it| it.contains("nonsense"));
        if Some(&step.id) != broken.as_ref() {
            continue;
        }
        if nonsense {
            step.condition = None;
        } else if let StepKind::HardStop(stop) = &mut step.kind
            && let Until::After { since, .. } = &mut stop.until
        {
            (*since, stop.continuous) = (None, false);
        }
    }
    let (digest, plan) = (digest(&document::to_bytes(&plan)), Arc::new(plan));
    let runbook = state.pinned().runbook;
    Revision { commit: "1".repeat(40), runbook, digest, plan }
}

fn attest(step: StepId) -> Request {
    Request::Attest { step, reason: "done by hand".to_owned(), artifacts: Vec::new() }
}

/// What becomes of a step that failed, or of which nobody can tell, and whether a file comes with it.
fn way_out(
    state: &RunState,
    step: StepId,
    attempt: AttemptNo,
    pace: usize,
) -> Vec<(Request, bool)> {
    let reason = "it does not work".to_owned();
    let retry = |step| Request::Retry { step, after: attempt, reason: None };
    match pace % 12 {
        0..3 => vec![(retry(step), false)],
        3..6 => vec![(Request::Skip { step, reason }, false)],
        6..9 => vec![(attest(step), true)],
        9 => {
            let onto = revision(state, Some(&step));
            vec![(Request::Rebase { onto, reason }, true), (retry(step), false)]
        }
        _ => vec![(Request::Abort { reason }, false)],
    }
}

/// What the run needs of people who mean well: a step that failed is tried again, then left
/// undone; what cannot be left undone ends the run.
///
/// * `tries`: how often people were asked about the run already.
pub(crate) fn help(cast: &Cast, state: &RunState, tries: usize) -> Vec<Ask> {
    let mut asks = Vec::new();
    let run = &state.header().run;
    let mut push = |actor: &Actor, request: Request, file: bool| {
        asks.push(Ask { run: run.clone(), actor: actor.clone(), request, file });
    };
    // One hand for what one does, all of them for what takes several.
    let all = &cast.all[..cast.all.len() - 1];
    let hand = &all[all.len() - 1];
    let reason = || "it does not work".to_owned();
    for open in waiting(state) {
        let Waiting { step, need, .. } = open;
        // What has no value today has none tomorrow.
        let hopeless = matches!(
            need,
            Need::Verb { cause: Cause::Unresolved { .. } | Cause::Evidence { .. }, .. }
        );
        let pace = if hopeless { tries * 3 } else { tries };
        match (need, step) {
            (Need::Answers { items, .. }, Some(step)) => {
                for item in items.into_iter().filter(|item| !item.optional) {
                    let (step, file, value) = (step.clone(), item.evidence, value(&item));
                    let file = file || item.kind == ItemKind::File;
                    push(hand, Request::Tick { step, item: item.id, value, artifact: None }, file);
                }
            }
            (Need::Approval { code, .. }, _) => {
                for who in all.iter().rev() {
                    let code = code.clone();
                    let yes = Request::Approve { code, comment: None, from: None, signature: None };
                    push(who, yes, false);
                }
            }
            (Need::Verb { tolerated: true, .. }, Some(step)) if tries % 4 == 1 => {
                push(hand, settle(OpenItem::Failed { step }, reason()), false);
            }
            (Need::Verb { attempt, .. } | Need::Word { attempt, .. }, Some(step)) => {
                for (request, file) in way_out(state, step, attempt, pace) {
                    push(hand, request, file);
                }
            }
            (Need::Confirmation { .. }, Some(step)) => {
                for who in all {
                    push(who, attest(step.clone()), true);
                }
            }
            (Need::Settlement { item, .. }, _) => {
                for who in all {
                    push(who, settle(item.clone(), reason()), false);
                }
            }
            (Need::Lift { .. } | Need::Clock, _) => {
                push(hand, Request::Lift { reason: None }, false);
            }
            (Need::Window { opens: None, .. }, _) => {
                push(hand, Request::Abort { reason: reason() }, false);
            }
            _ => {}
        }
    }
    // What nobody can give ends the run.
    if tries > 12 && !asks.is_empty() {
        let request = Request::Abort { reason: reason() };
        asks.push(Ask { run: run.clone(), actor: hand.clone(), request, file: false });
    }
    asks
}
