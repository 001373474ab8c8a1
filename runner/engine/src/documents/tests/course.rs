//! The events of composites, fan-outs, windows and re-runs, each with its sentence and whether a
//! report lists it as a deviation.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Call, ChildRun, Event, Found, Impact, ListedItem, OpenItem, Pending, RunResult},
    ids::AttemptNo,
    model::Part,
    value::Value,
};
use hardstop_tests_kit::people::{self, digest};

use super::drill::{by, id, second};

type Told = (Event, &'static str, bool);

const ONE: AttemptNo = AttemptNo(1);

/// One of each kind.
pub(super) fn events() -> Vec<Told> {
    [work(), course(), passage(), again(), gates(), glass()].concat()
}

fn why() -> String {
    "the ticket says so".to_owned()
}

fn work() -> Vec<Told> {
    let call = Call {
        action: "jenkins/build".to_owned(),
        with: BTreeMap::new(),
        secrets: BTreeMap::new(),
        evidence: Vec::new(),
        grants: Vec::new(),
    };
    let pending = Pending {
        state: "{}".to_owned(),
        poll_at: second(90),
        note: Some("build 17 is queued".to_owned()),
        link: Some("https://ci.example.com/17".to_owned()),
    };
    let sought =
        |found| Event::CallProbed { step: id("a/b"), attempt: ONE, found, artifacts: Vec::new() };
    let child = ChildRun {
        run: people::name("k7f3q9xm2p-20261120-155332"),
        path: "runbooks/image.yaml".to_owned(),
        inputs: BTreeMap::new(),
    };
    let outputs = BTreeMap::from([("queued".to_owned(), Value::Bool(true))]);
    let step = || id("a/b");
    vec![
        (
            Event::CallStarted { step: step(), attempt: ONE, call, deadline: second(60) },
            "a/b: attempt 1 started with jenkins/build, to end by 2026-11-20T15:01:00.000Z",
            false,
        ),
        (
            Event::CallPending { step: step(), attempt: ONE, pending, artifacts: Vec::new() },
            "a/b: attempt 1 goes on, asked again at 2026-11-20T15:01:30.000Z: build 17 is queued (https://ci.example.com/17)",
            false,
        ),
        (
            sought(Found::NotStarted),
            "a/b: looked for attempt 1: it never began, and begins now",
            false,
        ),
        (sought(Found::UnderWay), "a/b: looked for attempt 1: it goes on", false),
        (sought(Found::Over), "a/b: looked for attempt 1: it is over", false),
        (
            sought(Found::CannotTell { message: "no route".to_owned(), again: false }),
            "a/b: looked for attempt 1: nobody can tell (no route); a person must say",
            false,
        ),
        (
            sought(Found::CannotTell { message: "no route".to_owned(), again: true }),
            "a/b: looked for attempt 1: nobody can tell (no route); it is tried again",
            false,
        ),
        (
            Event::ChildStarted { step: step(), attempt: ONE, child },
            "a/b: attempt 1 started run k7f3q9xm2p-20261120-155332 of runbooks/image.yaml",
            false,
        ),
        (
            Event::AttemptProbed {
                step: step(),
                attempt: ONE,
                outputs,
                cause: None,
                artifacts: Vec::new(),
            },
            "a/b: asked in attempt 1, not yet as it must be: queued=true",
            false,
        ),
    ]
}

fn course() -> Vec<Told> {
    let item = ListedItem { key: "north".to_owned(), value: Value::from("north") };
    let (step, steps) = (|| id("a/b"), || vec![id("a/c"), id("a/d.undo")]);
    vec![
        (
            Event::ItemsListed { step: step(), attempt: ONE, items: vec![item], allowed: 0 },
            "a/b: items listed: 1, of which may fail: 0",
            false,
        ),
        (Event::BlockEntered { step: step(), attempt: ONE }, "a/b: entered, time 1", false),
        (
            Event::BlockTurned { step: step(), part: Part::Rescue },
            "a/b: went on to its rescue",
            true,
        ),
        (
            Event::RemedyStarted { step: step(), steps: steps() },
            "a/b: its failure is answered by a/c, a/d.undo",
            true,
        ),
        (
            Event::BackoutStarted { result: RunResult::Aborted, steps: steps() },
            "forward work is over (aborted); taken back by a/c, a/d.undo",
            true,
        ),
    ]
}

fn passage() -> Vec<Told> {
    let step = || id("a/b");
    let (because, names) = ("year's end (freeze.ics)".to_owned(), vec!["prod/x".to_owned()]);
    vec![
        (Event::LocksRequested { step: Some(step()), names }, "a/b: asked for prod/x", false),
        (Event::LocksAcquired { step: None }, "the run has what it asked for", false),
        (Event::LocksReleased { step: step() }, "a/b: gave its locks back", false),
        (
            Event::WindowClosed { step: step(), opens: None, because },
            "a/b: may not start: year's end (freeze.ics)",
            false,
        ),
        (Event::WindowOpened { step: step() }, "a/b: may start now", false),
        (
            Event::WindowOverrun { step: step() },
            "a/b: still under way after its window closed",
            true,
        ),
    ]
}

fn again() -> Vec<Told> {
    let impact = || Impact {
        again: vec![id("a/b")],
        restarted: vec![id("a/stop")],
        voided: Vec::new(),
        superseded: vec!["steps/a/b/1/stdout.log".to_owned()],
        stale: Vec::new(),
        partial: true,
    };
    let (by, step) = (|| by("alice"), || id("a/b"));
    let (commit, digest) = ("1234567".to_owned(), digest(7));
    vec![
        (
            Event::StepRerun { step: step(), by: by(), reason: why(), impact: impact() },
            "a/b: alice had it done again: the ticket says so; done again: a/b; begun anew: \
             a/stop; evidence files superseded: 1; only a part of the items",
            true,
        ),
        (
            Event::StepSentBack {
                step: id("a/look"),
                to: step(),
                by: by(),
                reason: why(),
                impact: Impact::default(),
            },
            "a/look: alice sent the run back to a/b: the ticket says so",
            true,
        ),
        (
            Event::RunRebased { by: by(), reason: why(), commit, runbook: digest, plan: digest },
            "alice had the run go on at commit 1234567: the ticket says so",
            true,
        ),
        (
            Event::RunClaimed { by: by(), note: Some("mind the cache".to_owned()) },
            "alice took over the care of the run: mind the cache",
            false,
        ),
        (
            Event::NoteWritten { step: Some(step()), by: by(), text: "slow".to_owned() },
            "alice left a note on a/b: slow",
            false,
        ),
        (
            Event::ItemWaived { item: OpenItem::Altered { step: step() }, by: by(), reason: why() },
            "alice waived that what a/b altered was not set back: the ticket says so",
            true,
        ),
    ]
}

fn gates() -> Vec<Told> {
    let (step, request, reason) = (|| id("a/go"), ONE, why());
    let item = "ok".parse().unwrap();
    let reopened = Event::ItemReopened { step: step(), item, by: by("bob"), reason: why() };
    vec![
        (reopened, "a/go: bob took the answer to ok back: the ticket says so", true),
        (
            Event::ApprovalWithdrawn { step: step(), request, by: by("bob"), reason },
            "a/go: bob took their yes to request 1 back: the ticket says so",
            true,
        ),
        (
            Event::ApprovalLate { step: step(), request, actor: by("bob").actor, yes: false },
            "a/go: bob@example.com said no to request 1 once it was decided",
            true,
        ),
        (
            Event::GateReminded { step: step(), request, nth: 2 },
            "a/go: reminder 2 of request 1",
            false,
        ),
        (
            Event::GateEscalated { step: step(), request, nth: 1 },
            "a/go: escalation 1 of request 1: more people may answer",
            true,
        ),
        (
            Event::DelayMoved { step: step(), since: second(1), due: second(2) },
            "a/go: begins anew, counted from 2026-11-20T15:00:01.000Z, due at \
             2026-11-20T15:00:02.000Z",
            true,
        ),
    ]
}

fn glass() -> Vec<Told> {
    let step = || id("a/stop");
    vec![
        (
            Event::GlassAsked { step: step(), by: by("bob"), reason: why() },
            "a/stop: bob asked for it to be ended early: the ticket says so",
            false,
        ),
        (
            Event::GlassBroken { step: step(), review_by: second(9) },
            "a/stop: ended early by breaking the glass; the review is due by \
             2026-11-20T15:00:09.000Z",
            true,
        ),
        (
            Event::GlassReviewed { step: step(), by: by("carol"), finding: "right".to_owned() },
            "a/stop: carol reviewed that it was ended early: right",
            false,
        ),
    ]
}
