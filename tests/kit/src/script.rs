//! Inputs as text.
//!
//! ```text
//! wake · +5000 (both clocks run) · jump -9000 (the wall clock is set) · reboot (uptime begins anew)
//! lease · lease stale · evidence ok · evidence bad
//! start build · start build#2 · start build skip · start build broken · start build wrong
//! start stop until=5000 (an instant, in milliseconds since the beginning)
//! goes-on call 5000 state (asked again after 5 s) · not-started call · cannot-tell call
//! done build · done build#1 · done build leaves=7 · fail build exit|timed-out|aborted|not-started
//! alice: open · alice: tick list one · alice: tick list one file=7 · alice: untick list one · alice/second: approve gate
//! bob: approve gate from=5000 · bob: approve gate signed=key · bob: approve gate forged=wrong-key
//! bob: withdraw gate · bob: reject gate · bob: retry build · bob: retry build#1 · bob: skip build · bob: attest build
//! bob: attest build file=7 · bob: hold · bob: lift · bob: abort
//! ```
//!
//! Where no attempt is given it is the current one; a gate's code is that of its last request.

use std::collections::BTreeMap;

use hardstop_core::{
    effect::Effect,
    event::{
        Artifact, Call, Cause, ChildRun, Command, Event, ListedItem, OpenItem, OpenedItem, Pending,
    },
    ids::{AttemptNo, Digest, Epoch, StepId},
    input::{Input, Outcome, Request, RerunScope, Resolution},
    model::{Delay, StepKind, Until},
    policy::Policy,
    run::{StepState, binding},
    time::{Millis, Timestamp},
    value::Value,
};

use crate::{
    bench::Bench,
    people::{actor, digest, name},
    picture::START,
};

/// Reads one line, and moves the clocks if it says so.
pub(crate) fn read(bench: &mut Bench, line: &str) -> Input {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    if let Some(who) = word(0).strip_suffix(':') {
        return person(bench, who, &words[1..]);
    }
    if let Some(ms) = word(0).strip_prefix('+') {
        bench.pass(ms.parse().expect("milliseconds"));
        return Input::Wake;
    }
    match word(0) {
        "wake" => Input::Wake,
        "jump" => {
            let ms: i64 = word(1).parse().expect("milliseconds");
            bench.now.wall = Timestamp::from_millis(bench.now.wall.as_millis() + ms);
            Input::Wake
        }
        "reboot" => {
            bench.now.boot.push('+');
            bench.now.mono = Millis(0);
            Input::Wake
        }
        "lease" => {
            let next = bench.state.epoch().0 + 1;
            let epoch = Epoch(if word(1) == "stale" { next - 1 } else { next });
            Input::LeaseTaken { epoch, holder: "host/1".to_owned() }
        }
        "evidence" => {
            let ok = word(1) == "ok";
            Input::Evidence(if ok { Ok(()) } else { Err("the branch is gone".to_owned()) })
        }
        "start" => start(bench, word(1), word(2)),
        "outputs" => Input::Outputs(BTreeMap::new()),
        "locked" => Input::Locked { step: (word(1) != "run").then(|| name(word(1))) },
        _ => answer(bench, &words),
    }
}

/// What is said of an attempt.
fn answer(bench: &Bench, words: &[&str]) -> Input {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    match word(0) {
        "done" => {
            let (step, attempt) = attempt(bench, word(1));
            let artifacts = artifacts(&step, word(2));
            let outcome = Outcome::Succeeded { outputs: BTreeMap::new(), artifacts };
            Input::Outcome { step, attempt, outcome }
        }
        "not-yet" => {
            let (step, attempt) = attempt(bench, word(1));
            let outputs = BTreeMap::from([("state".to_owned(), Value::Text(word(2).to_owned()))]);
            Input::Outcome {
                step,
                attempt,
                outcome: Outcome::NotYet { outputs, cause: None, artifacts: Vec::new() },
            }
        }
        "goes-on" => {
            let (step, attempt) = attempt(bench, word(1));
            let ms = word(2).parse().expect("milliseconds");
            let (state, poll_at) = (word(3).to_owned(), bench.now.wall.plus(Millis(ms)));
            let pending = Pending { state, poll_at, note: None, link: None };
            let outcome = Outcome::Pending { pending, artifacts: Vec::new() };
            Input::Outcome { step, attempt, outcome }
        }
        "not-started" => {
            let (step, attempt) = attempt(bench, word(1));
            Input::Outcome { step, attempt, outcome: Outcome::NotStarted { artifacts: Vec::new() } }
        }
        "cannot-tell" => {
            let (step, attempt) = attempt(bench, word(1));
            let message = "no route".to_owned();
            let outcome = Outcome::CannotTell { message, artifacts: Vec::new() };
            Input::Outcome { step, attempt, outcome }
        }
        "fail" => {
            let (step, attempt) = attempt(bench, word(1));
            let outcome = Outcome::Failed { cause: cause(word(2)), artifacts: Vec::new() };
            Input::Outcome { step, attempt, outcome }
        }
        other => panic!("`{other}` is not an input"),
    }
}

fn person(bench: &Bench, who: &str, words: &[&str]) -> Input {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let step = || attempt(bench, word(1)).0;
    let reason = || "because".to_owned();
    let mut actor = actor(who);
    let request = match word(0) {
        "open" => return Input::Open { plan: digest(2), inputs: digest(3), actor, group: None },
        "tick" => Request::Tick {
            step: step(),
            item: name(word(2)),
            value: Value::Bool(true),
            artifact: artifacts(&step(), word(3)).pop(),
        },
        "untick" => Request::Untick { step: step(), item: name(word(2)), reason: reason() },
        "approve" => {
            let value = |key: &str| words[1..].iter().find_map(|word| word.strip_prefix(key));
            let from = value("from=").and_then(|ms| ms.parse().ok());
            let from = from.map(|ms| START.plus(Millis(ms)));
            let signature = value("signed=").map(|key| Ok(key.to_owned()));
            let forged = value("forged=").map(|why| Err(why.to_owned()));
            let signature = signature.or(forged);
            actor.level = if matches!(signature, Some(Ok(_))) { 3 } else { actor.level };
            let code = code(bench, word(1));
            Request::Approve { code, comment: None, from, signature }
        }
        "reject" => Request::Reject { code: code(bench, word(1)), reason: reason() },
        "retry" => {
            let (step, after) = attempt(bench, word(1));
            Request::Retry { step, after, reason: None }
        }
        "skip" => Request::Skip { step: step(), reason: reason() },
        "attest" => {
            let artifacts = artifacts(&step(), word(2));
            Request::Attest { step: step(), reason: reason(), artifacts }
        }
        "rerun" => {
            let scope = match word(2) {
                "" => RerunScope::Step,
                "failed" => RerunScope::FailedItems,
                "from" => RerunScope::From,
                other => panic!("rerun {other}"),
            };
            Request::Rerun { step: step(), scope, previewed: None, reason: reason() }
        }
        "send-back" => Request::SendBack { step: step(), to: name(word(2)), reason: reason() },
        "withdraw" => Request::Withdraw { code: code(bench, word(1)), reason: reason() },
        "claim" => Request::Claim { note: None },
        "note" => Request::Note { step: None, text: "mind the gap".to_owned() },
        "break-glass" => Request::BreakGlass { step: step(), reason: reason() },
        "review" => Request::Review { step: step(), finding: "it was right".to_owned() },
        "waive" => {
            let step = name(word(2));
            let item = match word(1) {
                "failed" => OpenItem::Failed { step },
                "altered" => OpenItem::Altered { step },
                "stale" => OpenItem::Stale { step },
                "review" => OpenItem::Review { step },
                other => panic!("waive {other}"),
            };
            Request::Waive { item, reason: reason() }
        }
        "hold" => Request::Hold { reason: reason() },
        "lift" => Request::Lift { reason: None },
        "abort" => Request::Abort { reason: reason() },
        other => panic!("`{other}` is not a verb"),
    };
    Input::Person { actor, request }
}

fn start(bench: &Bench, target: &str, how: &str) -> Input {
    let (step, last) = attempt(bench, target);
    let ready = bench.resolving().into_iter().find_map(|effect| {
        let Effect::Resolve { step: ready, attempt } = effect else { return None };
        (ready == step).then_some(attempt)
    });
    let attempt = if target.contains('#') { last } else { ready.unwrap_or(last) };
    let resolution = match how {
        "" => Ok(resolution(bench, &bench.policy, &step, attempt)),
        "skip" => Ok(Resolution::Skip),
        "broken" => Err("`x` is not defined".to_owned()),
        "wrong" => Ok(wrong(bench, &step)),
        list if list.starts_with("items=") => Ok(Resolution::Items(items(
            list["items=".len()..].split(',').filter(|it| !it.is_empty()),
        ))),
        until => {
            let ms = until.strip_prefix("until=").and_then(|ms| ms.parse().ok());
            let until = ms.map(|ms| START.plus(Millis(ms)));
            assert!(until.is_some(), "`{how}` is not a resolution");
            Ok(Resolution::Delay { until })
        }
    };
    Input::Resolved { step, attempt, resolution }
}

/// What a driver would answer for that step now.
pub fn resolution(bench: &Bench, policy: &Policy, id: &StepId, attempt: AttemptNo) -> Resolution {
    let step = bench.state.template(id).expect("a step of the plan");
    if !step.locks.is_empty() && bench.state.locks(id).is_none() && !bench.state.is_fan(id) {
        return Resolution::Locks(step.locks.clone());
    }
    if bench.state.is_fan(id) {
        return Resolution::Items(items(["a", "b", "c"]));
    }
    match &step.kind {
        StepKind::Run(_) => Resolution::Run(Command {
            argv: vec!["true".to_owned()],
            env: BTreeMap::new(),
            directory: String::new(),
            evidence: Vec::new(),
            grants: Vec::new(),
        }),
        StepKind::Checklist(list) => Resolution::Checklist(
            list.items
                .iter()
                .map(|item| OpenedItem { id: item.id.clone(), text: item.text.clone() })
                .collect(),
        ),
        StepKind::Approval(_) => {
            let binding = binding(&bench.state, policy, id).expect("an approval");
            Resolution::Approval { digest: request_digest(id, attempt), binding }
        }
        StepKind::Wait(delay) | StepKind::HardStop(delay) => {
            Resolution::Delay { until: constant(delay) }
        }
        StepKind::Block | StepKind::Parallel => Resolution::Enter,
        StepKind::Uses(_) => Resolution::Uses(Call {
            action: "test/act".to_owned(),
            with: BTreeMap::new(),
            secrets: BTreeMap::new(),
            evidence: Vec::new(),
            grants: Vec::new(),
        }),
        StepKind::Runbook(_) => Resolution::Child(ChildRun {
            run: name("child00000-20261120-000000"),
            path: "child.yaml".to_owned(),
            inputs: BTreeMap::new(),
        }),
    }
}

fn items<'a>(keys: impl IntoIterator<Item = &'a str>) -> Vec<ListedItem> {
    let item = |key: &str| ListedItem { key: key.to_owned(), value: Value::Text(key.to_owned()) };
    keys.into_iter().map(item).collect()
}

fn constant(delay: &Delay) -> Option<Timestamp> {
    match &delay.until {
        Until::Instant(_) => delay.until.constant(),
        Until::After { .. } => None,
    }
}

/// The answer to a step of another kind.
fn wrong(bench: &Bench, id: &StepId) -> Resolution {
    let step = bench.state.template(id).expect("a step of the plan");
    if matches!(step.kind, StepKind::Run(_)) {
        return Resolution::Delay { until: None };
    }
    Resolution::Run(Command {
        argv: vec!["true".to_owned()],
        env: BTreeMap::new(),
        directory: String::new(),
        evidence: Vec::new(),
        grants: Vec::new(),
    })
}

/// The digest of that request: another for each step and number.
fn request_digest(step: &StepId, request: AttemptNo) -> Digest {
    let mut bytes = [0; 32];
    for (at, byte) in step.as_str().bytes().enumerate() {
        bytes[at % 4] ^= byte.rotate_left(u32::try_from(at % 7).unwrap_or_default());
    }
    bytes[4] = u8::try_from(request.0 % 256).unwrap_or_default();
    Digest::from_bytes(bytes)
}

/// The step of `step#attempt`, and that attempt or the last one made.
fn attempt(bench: &Bench, text: &str) -> (StepId, AttemptNo) {
    if let Some((step, attempt)) = text.split_once('#') {
        return (name(step), AttemptNo(attempt.parse().expect("a number")));
    }
    let id: StepId = name(text);
    let last = match bench.state.step(&id) {
        Some(
            StepState::Running { attempt, .. }
            | StepState::Ticking { attempt, .. }
            | StepState::Asking { request: attempt, .. }
            | StepState::Approved { request: attempt, .. }
            | StepState::Failed { attempt, .. }
            | StepState::Unknown { attempt }
            | StepState::Succeeded { attempt },
        ) => *attempt,
        Some(
            StepState::Pending
            | StepState::Backoff { .. }
            | StepState::Open { .. }
            | StepState::Delaying { .. }
            | StepState::Skipped { .. }
            | StepState::Attested { .. },
        )
        | None => AttemptNo::FIRST,
    };
    (id, last)
}

fn code(bench: &Bench, gate: &str) -> String {
    let last = bench.journal.iter().rev().find_map(|(event, _)| {
        let Event::GateReached { step, digest, .. } = event else { return None };
        (step.as_str() == gate).then(|| digest.code())
    });
    last.unwrap_or_else(|| "0".repeat(10))
}

fn artifacts(step: &StepId, word: &str) -> Vec<Artifact> {
    let Some((_, n)) = word.split_once('=') else { return Vec::new() };
    let artifact = Artifact {
        path: format!("steps/{step}/report-{n}.txt"),
        digest: digest(n.parse().expect("a small number")),
        size_bytes: 1,
        original_bytes: 1,
        redactions: 0,
        evidence: None,
    };
    vec![artifact]
}

fn action(permanent: bool, retry_after: Option<Millis>) -> Cause {
    let (message, code) = ("said the action".to_owned(), Some("said".to_owned()));
    Cause::Action { message, code, permanent, retry_after }
}

fn cause(word: &str) -> Cause {
    let message = || "said the system".to_owned();
    match word {
        "" | "exit" => Cause::Exit { code: 1 },
        "signal" => Cause::Signal { signal: 9 },
        "timed-out" => Cause::TimedOut,
        "aborted" => Cause::Aborted,
        "interrupted" => Cause::Interrupted,
        "not-started" => Cause::NotStarted { message: message() },
        "capture" => Cause::Capture { message: message() },
        "action" => Cause::action(message()),
        "permanent" => action(true, None),
        busy if busy.starts_with("busy=") => {
            action(false, Some(Millis(busy["busy=".len()..].parse().expect("milliseconds"))))
        }
        other => panic!("`{other}` is not a cause"),
    }
}
