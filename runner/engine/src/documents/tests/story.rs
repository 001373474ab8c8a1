//! Two runs: one that waits for people, and one in which everything happens that can.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Artifact, Cause, Command, Event, Lost, OpenedItem, RunResult, SkipReason, VoidReason},
    ids::AttemptNo,
    value::Value,
};

use hardstop_tests_kit::people::digest;

use super::drill::{Told, by, file, id, reached, second};

/// The copy is restored, the stop is over, one of two items is answered.
pub(super) fn waiting() -> Told {
    let mut run = Told::under(true, "Restore drill");
    run.open();
    run.tell(started("drill/restore", 1));
    run.tell(succeeded("drill/restore", 1));
    run.tell(Event::StepSkipped { step: id("drill/settle"), reason: false_condition() });
    stop(&mut run);
    open_checklist(&mut run);
    run.tell(ticked("seen", Value::Bool(true), "bob"));
    run
}

/// Every kind of event, most of them trouble.
pub(super) fn troubled() -> Told {
    let mut run = Told::new("Restore drill");
    run.open();
    attempts(&mut run);
    run.tell(Event::RunHeld { by: by("bob"), reason: "let me look".to_owned() });
    run.tell(Event::ClockAnomaly { jump_ms: -60_000, held: true });
    run.tell(Event::RunLifted { by: by("bob"), reason: Some("time is right".to_owned()) });
    run.tell(Event::WaitStarted { step: id("drill/settle"), since: second(3), due: second(13) });
    run.tell(Event::WaitElapsed { step: id("drill/settle") });
    stop(&mut run);
    open_checklist(&mut run);
    run.tell(ticked("seen", Value::Bool(true), "alice"));
    run.tell(ticked("place", Value::from("shelf | 3"), "alice"));
    run.tell(Event::StepSucceeded {
        step: id("drill/check"),
        attempt: AttemptNo(1),
        outputs: BTreeMap::from([("seen".to_owned(), Value::Bool(true))]),
        artifacts: Vec::new(),
    });
    approvals(&mut run);
    run.tell(started("close/announce", 1));
    run.tell(failed("close/announce", 1, None));
    let cause = Cause::Exit { code: 3 };
    run.tell(Event::StepFailed { step: id("close/announce"), attempt: AttemptNo(1), cause });
    let reason = SkipReason::Person { by: by("bob"), reason: "nobody listens".to_owned() };
    run.tell(Event::StepSkipped { step: id("close/announce"), reason });
    run.tell(Event::EvidenceBlocked { reason: "the branch moved".to_owned() });
    run.tell(Event::EvidenceUnblocked {});
    run.tell(Event::AbortRequested { by: by("alice"), reason: "enough".to_owned() });
    run.tell(Event::RunEnding { result: RunResult::Aborted });
    attestation(&mut run);
    let outputs = BTreeMap::new();
    run.tell(Event::RunClosed { result: RunResult::Aborted, took: run.elapsed(), outputs });
    run
}

fn attempts(run: &mut Told) {
    let step = || id("drill/restore");
    run.tell(started("drill/restore", 1));
    run.tell(failed("drill/restore", 1, Some(second(6))));
    run.tell(Event::BackoffElapsed { step: step() });
    run.tell(started("drill/restore", 2));
    let cause = Lost::RunnerGone;
    run.tell(Event::AttemptLost { step: step(), attempt: AttemptNo(2), cause, again: false });
    let (after, reason) = (AttemptNo(2), Some("the disk has room again".to_owned()));
    run.tell(Event::StepRetried { step: step(), after, by: by("alice"), reason });
    run.tell(started("drill/restore", 3));
    run.tell(succeeded("drill/restore", 3));
}

fn approvals(run: &mut Told) {
    let step = || id("close/approve");
    run.tell(reached(1));
    run.tell(Event::ApprovalRefused {
        step: step(),
        request: AttemptNo(1),
        actor: by("mallory").actor,
        reason: "the policy does not know `mallory@example.com`".to_owned(),
    });
    run.tell(accepted(1, None));
    run.tell(Event::ApprovalVoided {
        step: step(),
        request: AttemptNo(1),
        reason: VoidReason::Changed { what: vec!["the policy".to_owned()] },
    });
    run.tell(reached(2));
    let reason = "refs are missing".to_owned();
    run.tell(Event::GateRejected { step: step(), request: AttemptNo(2), by: by("bob"), reason });
    run.tell(reached(3));
    run.tell(Event::GateExpired { step: step(), request: AttemptNo(3) });
    run.tell(reached(4));
    run.tell(accepted(4, Some("compared by hand")));
    let request = AttemptNo(4);
    run.tell(Event::GateSatisfied { step: step(), request, valid_until: second(900) });
}

fn attestation(run: &mut Told) {
    let step = || id("finally/delete");
    let reason = "deleted by hand".to_owned();
    let proof: Vec<Artifact> = vec![file("finally/delete", 1, "files/../proof")];
    run.tell(Event::AttestationOffered {
        step: step(),
        by: by("alice"),
        reason: reason.clone(),
        artifacts: proof.clone(),
    });
    run.tell(Event::StepAttested {
        step: step(),
        by: by("alice"),
        second: Some(by("bob")),
        reason,
        artifacts: proof,
    });
}

fn stop(run: &mut Told) {
    let step = || id("drill/stop");
    run.tell(Event::HardStopStarted { step: step(), since: second(4), due: second(14) });
    run.tell(Event::HardStopElapsed { step: step() });
}

fn open_checklist(run: &mut Told) {
    let item = |name: &str, text: &str| OpenedItem {
        id: name.parse().expect("an item"),
        text: text.to_owned(),
    };
    run.tell(Event::ChecklistOpened {
        step: id("drill/check"),
        attempt: AttemptNo(1),
        items: vec![item("seen", "I saw all 12 refs"), item("place", "Where is the copy kept?")],
        deadline: second(3_600),
    });
}

fn ticked(item: &str, value: Value, name: &str) -> Event {
    let item = item.parse().expect("an item");
    Event::ItemTicked { step: id("drill/check"), item, value, artifact: None, by: by(name) }
}

fn accepted(request: u32, comment: Option<&str>) -> Event {
    let (request, comment) = (AttemptNo(request), comment.map(str::to_owned));
    Event::ApprovalAccepted {
        step: id("close/approve"),
        request,
        by: by("alice"),
        comment,
        from: None,
        signature: None,
        groups: Vec::new(),
    }
}

fn started(step: &str, attempt: u32) -> Event {
    let command = Command {
        argv: vec!["true".to_owned()],
        env: BTreeMap::new(),
        directory: ".".to_owned(),
        evidence: Vec::new(),
        grants: Vec::new(),
    };
    let (step, attempt) = (id(step), AttemptNo(attempt));
    Event::AttemptStarted { step, attempt, command, deadline: second(60) }
}

fn failed(step: &str, attempt: u32, retry_at: Option<hardstop_core::time::Timestamp>) -> Event {
    Event::AttemptFailed {
        step: id(step),
        attempt: AttemptNo(attempt),
        cause: Cause::Exit { code: 3 },
        artifacts: vec![file(step, attempt, "stderr.log")],
        retry_at,
    }
}

fn succeeded(step: &str, attempt: u32) -> Event {
    let mut refs = file(step, attempt, "files/refs");
    refs.digest = digest(0xf1);
    (refs.original_bytes, refs.redactions) = (4_000, 2);
    Event::StepSucceeded {
        step: id(step),
        attempt: AttemptNo(attempt),
        outputs: BTreeMap::from([("refs".to_owned(), Value::Integer(12))]),
        artifacts: vec![file(step, attempt, "stdout.log"), refs],
    }
}

fn false_condition() -> SkipReason {
    SkipReason::Condition { condition: "${{ inputs.slow }}".to_owned() }
}
