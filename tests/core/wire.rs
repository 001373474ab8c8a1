//! The wire form of events: exact for some, there and back for all, and nothing else accepted.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{
        Artifact, Binding, Call, Cause, ChildRun, Command, Entry, EnvValue, Event, FORMAT, Found,
        Impact, ListedItem, Lost, OpenItem, OpenedItem, Pending, RunResult, ShownEvidence,
        SkipReason, VoidReason,
    },
    ids::{AttemptNo, Epoch, StepId},
    model::Part,
    policy::By,
    time::{Millis, Reading, Timestamp},
    value::Value,
};
use hardstop_tests_kit::{
    people::{actor, digest, name},
    picture::START,
};

fn by() -> By {
    By { person: name("bob"), actor: actor("bob") }
}

fn step() -> StepId {
    name("main/build")
}

fn artifact() -> Artifact {
    Artifact {
        path: "steps/main/build/1/stdout.txt".to_owned(),
        digest: digest(7),
        size_bytes: 10,
        original_bytes: 12,
        redactions: 1,
        evidence: Some("report".to_owned()),
    }
}

/// The events of a run, one of each kind.
#[expect(clippy::too_many_lines, reason = "one entry a kind of event")]
fn one_of_each() -> Vec<Event> {
    let attempt = AttemptNo::FIRST;
    let reason = || "because".to_owned();
    let command = Command {
        argv: vec!["make".to_owned(), "all".to_owned()],
        env: BTreeMap::from([
            ("A".to_owned(), EnvValue::Text("a".to_owned())),
            ("B".to_owned(), EnvValue::Secret("token".to_owned())),
        ]),
        directory: "src".to_owned(),
        evidence: vec!["report.txt".to_owned()],
        grants: Vec::new(),
    };
    let binding = Binding {
        runbook: digest(1),
        plan: digest(2),
        inputs: digest(3),
        policy: digest(4),
        shown: vec![ShownEvidence {
            step: step(),
            path: "report.txt".to_owned(),
            digest: digest(5),
        }],
    };
    vec![
        Event::RunOpened {
            runbook: name("test"),
            plan: digest(2),
            inputs: digest(3),
            by: by(),
            group: None,
        },
        Event::LeaseAcquired { epoch: Epoch(1), holder: "host/1".to_owned() },
        Event::PolicyLoaded { version: 1, digest: digest(4), revoked: None },
        Event::AttemptStarted { step: step(), attempt, command, deadline: START },
        Event::AttemptFailed {
            step: step(),
            attempt,
            cause: Cause::Exit { code: 3 },
            artifacts: vec![artifact()],
            retry_at: Some(START),
        },
        Event::AttemptLost { step: step(), attempt, cause: Lost::RunnerGone, again: true },
        Event::BackoffElapsed { step: step() },
        Event::StepSucceeded {
            step: step(),
            attempt,
            outputs: BTreeMap::from([("n".to_owned(), Value::Integer(7))]),
            artifacts: vec![artifact()],
        },
        Event::StepFailed { step: step(), attempt, cause: Cause::TimedOut },
        Event::StepSkipped {
            step: step(),
            reason: SkipReason::Person { by: by(), reason: reason() },
        },
        Event::StepRetried { step: step(), after: attempt, by: by(), reason: None },
        Event::StepAttested {
            step: step(),
            by: by(),
            second: Some(by()),
            reason: reason(),
            artifacts: vec![artifact()],
        },
        Event::AttestationOffered { step: step(), by: by(), reason: reason(), artifacts: vec![] },
        Event::ChecklistOpened {
            step: step(),
            attempt,
            items: vec![OpenedItem { id: name("one"), text: "One".to_owned() }],
            deadline: START,
        },
        Event::ItemTicked {
            step: step(),
            item: name("one"),
            value: Value::Bool(true),
            artifact: Some(artifact()),
            by: by(),
        },
        Event::GateReached {
            step: step(),
            request: attempt,
            digest: digest(6),
            binding,
            expires: START,
        },
        Event::ApprovalAccepted {
            step: step(),
            request: attempt,
            by: by(),
            comment: Some(reason()),
            from: None,
            signature: None,
            groups: Vec::new(),
        },
        Event::ApprovalRefused {
            step: step(),
            request: attempt,
            actor: actor("eve"),
            reason: reason(),
        },
        Event::ApprovalVoided { step: step(), request: attempt, reason: VoidReason::Expired },
        Event::GateSatisfied { step: step(), request: attempt, valid_until: START },
        Event::GateRejected { step: step(), request: attempt, by: by(), reason: reason() },
        Event::GateExpired { step: step(), request: attempt },
        Event::WaitStarted { step: step(), since: START, due: START },
        Event::WaitElapsed { step: step() },
        Event::HardStopStarted { step: step(), since: START, due: START },
        Event::HardStopElapsed { step: step() },
        Event::RunHeld { by: by(), reason: reason() },
        Event::RunLifted { by: by(), reason: None },
        Event::ClockAnomaly { jump_ms: -9_000, held: true },
        Event::EvidenceBlocked { reason: reason() },
        Event::EvidenceUnblocked {},
        Event::AbortRequested { by: by(), reason: reason() },
        Event::RunEnding { result: RunResult::Incomplete },
        Event::RunClosed {
            result: RunResult::Succeeded,
            took: Millis(1_500),
            outputs: BTreeMap::new(),
        },
        Event::CallStarted { step: step(), attempt, call: call(), deadline: START },
        Event::ChildStarted { step: step(), attempt, child: child() },
        Event::AttemptProbed {
            step: step(),
            attempt,
            outputs: BTreeMap::new(),
            cause: None,
            artifacts: Vec::new(),
        },
        Event::ItemsListed { step: step(), attempt, items: vec![item()], allowed: 1 },
        Event::BlockEntered { step: step(), attempt },
        Event::BlockTurned { step: step(), part: Part::Always },
        Event::RemedyStarted { step: step(), steps: vec![step()] },
        Event::BackoutStarted { result: RunResult::Aborted, steps: vec![step()] },
        Event::LocksRequested { step: None, names: vec!["group:a".to_owned()] },
        Event::LocksAcquired { step: Some(step()) },
        Event::LocksReleased { step: step() },
        Event::WindowClosed { step: step(), opens: Some(START), because: reason() },
        Event::WindowOpened { step: step() },
        Event::WindowOverrun { step: step() },
        Event::StepRerun { step: step(), by: by(), reason: reason(), impact: impact() },
        Event::StepSentBack {
            step: step(),
            to: step(),
            by: by(),
            reason: reason(),
            impact: impact(),
        },
        Event::RunRebased {
            by: by(),
            reason: reason(),
            commit: "0".repeat(40),
            runbook: digest(1),
            plan: digest(2),
        },
        Event::RunClaimed { by: by(), note: None },
        Event::NoteWritten { step: None, by: by(), text: reason() },
        Event::ApprovalWithdrawn { step: step(), request: attempt, by: by(), reason: reason() },
        Event::ApprovalLate { step: step(), request: attempt, actor: actor("eve"), yes: true },
        Event::GateReminded { step: step(), request: attempt, nth: 1 },
        Event::GateEscalated { step: step(), request: attempt, nth: 1 },
        Event::DelayMoved { step: step(), since: START, due: START },
        Event::GlassAsked { step: step(), by: by(), reason: reason() },
        Event::GlassBroken { step: step(), review_by: START },
        Event::GlassReviewed { step: step(), by: by(), finding: reason() },
        Event::ItemWaived { item: OpenItem::Stale { step: step() }, by: by(), reason: reason() },
        Event::ItemReopened { step: step(), item: name("one"), by: by(), reason: reason() },
        Event::CallPending { step: step(), attempt, pending: pending(), artifacts: Vec::new() },
        Event::CallProbed {
            step: step(),
            attempt,
            found: Found::CannotTell { message: reason(), again: false },
            artifacts: Vec::new(),
        },
    ]
}

fn call() -> Call {
    Call {
        action: "http/get".to_owned(),
        with: BTreeMap::from([("url".to_owned(), Value::Text("https://example.com".to_owned()))]),
        secrets: BTreeMap::new(),
        evidence: Vec::new(),
        grants: vec!["https://example.com:443 GET".to_owned()],
    }
}

fn pending() -> Pending {
    let (note, link) = (Some("queued".to_owned()), None);
    Pending { state: "{}".to_owned(), poll_at: START, note, link }
}

fn child() -> ChildRun {
    let run = name("k7f3q9xm2p-20261120-155332");
    ChildRun { run, path: "child.yaml".to_owned(), inputs: BTreeMap::new() }
}

fn item() -> ListedItem {
    ListedItem { key: "a".to_owned(), value: Value::Integer(1) }
}

fn impact() -> Impact {
    Impact { again: vec![name("one")], partial: true, ..Impact::default() }
}

/// The name on the wire. A new kind of event does not compile until it stands here, and then
/// [`all_kinds_are_there_and_back`] asks for its example.
fn wire_name(event: &Event) -> (usize, &'static str) {
    match event {
        Event::RunOpened { .. } => (0, "run.opened"),
        Event::LeaseAcquired { .. } => (1, "lease.acquired"),
        Event::PolicyLoaded { .. } => (2, "policy.loaded"),
        Event::AttemptStarted { .. } => (3, "attempt.started"),
        Event::AttemptFailed { .. } => (4, "attempt.failed"),
        Event::AttemptLost { .. } => (5, "attempt.lost"),
        Event::BackoffElapsed { .. } => (6, "backoff.elapsed"),
        Event::StepSucceeded { .. } => (7, "step.succeeded"),
        Event::StepFailed { .. } => (8, "step.failed"),
        Event::StepSkipped { .. } => (9, "step.skipped"),
        Event::StepRetried { .. } => (10, "step.retried"),
        Event::StepAttested { .. } => (11, "step.attested"),
        Event::AttestationOffered { .. } => (12, "attestation.offered"),
        Event::ChecklistOpened { .. } => (13, "checklist.opened"),
        Event::ItemTicked { .. } => (14, "item.ticked"),
        Event::GateReached { .. } => (15, "gate.reached"),
        Event::ApprovalAccepted { .. } => (16, "approval.accepted"),
        Event::ApprovalRefused { .. } => (17, "approval.refused"),
        Event::ApprovalVoided { .. } => (18, "approval.voided"),
        Event::GateSatisfied { .. } => (19, "gate.satisfied"),
        Event::GateRejected { .. } => (20, "gate.rejected"),
        Event::GateExpired { .. } => (21, "gate.expired"),
        Event::WaitStarted { .. } => (22, "wait.started"),
        Event::WaitElapsed { .. } => (23, "wait.elapsed"),
        Event::HardStopStarted { .. } => (24, "hard_stop.started"),
        Event::HardStopElapsed { .. } => (25, "hard_stop.elapsed"),
        Event::RunHeld { .. } => (26, "run.held"),
        Event::RunLifted { .. } => (27, "run.lifted"),
        Event::ClockAnomaly { .. } => (28, "clock.anomaly"),
        Event::EvidenceBlocked { .. } => (29, "evidence.blocked"),
        Event::EvidenceUnblocked {} => (30, "evidence.unblocked"),
        Event::AbortRequested { .. } => (31, "run.abort_requested"),
        Event::RunEnding { .. } => (32, "run.ending"),
        Event::RunClosed { .. } => (33, "run.closed"),
        Event::CallStarted { .. } => (34, "call.started"),
        Event::ChildStarted { .. } => (35, "child.started"),
        Event::AttemptProbed { .. } => (36, "attempt.probed"),
        Event::ItemsListed { .. } => (37, "items.listed"),
        Event::BlockEntered { .. } => (38, "block.entered"),
        Event::BlockTurned { .. } => (39, "block.turned"),
        Event::RemedyStarted { .. } => (40, "remedy.started"),
        Event::BackoutStarted { .. } => (41, "backout.started"),
        Event::LocksRequested { .. } => (42, "locks.requested"),
        Event::LocksAcquired { .. } => (43, "locks.acquired"),
        Event::LocksReleased { .. } => (44, "locks.released"),
        Event::WindowClosed { .. } => (45, "window.closed"),
        Event::WindowOpened { .. } => (46, "window.opened"),
        Event::WindowOverrun { .. } => (47, "window.overrun"),
        Event::StepRerun { .. } => (48, "step.rerun"),
        Event::StepSentBack { .. } => (49, "step.sent_back"),
        Event::RunRebased { .. } => (50, "run.rebased"),
        Event::RunClaimed { .. } => (51, "run.claimed"),
        Event::NoteWritten { .. } => (52, "note.written"),
        Event::ApprovalWithdrawn { .. } => (53, "approval.withdrawn"),
        Event::ApprovalLate { .. } => (54, "approval.late"),
        Event::GateReminded { .. } => (55, "gate.reminded"),
        Event::GateEscalated { .. } => (56, "gate.escalated"),
        Event::DelayMoved { .. } => (57, "delay.moved"),
        Event::GlassAsked { .. } => (58, "glass.asked"),
        Event::GlassBroken { .. } => (59, "glass.broken"),
        Event::GlassReviewed { .. } => (60, "glass.reviewed"),
        Event::ItemWaived { .. } => (61, "item.waived"),
        Event::ItemReopened { .. } => (62, "item.reopened"),
        Event::CallPending { .. } => (63, "call.pending"),
        Event::CallProbed { .. } => (64, "call.probed"),
    }
}

/// How many kinds [`wire_name`] knows.
const KINDS: usize = 65;

#[test]
fn all_kinds_are_there_and_back() {
    let all = one_of_each();
    let places: Vec<usize> = all.iter().map(|event| wire_name(event).0).collect();
    assert_eq!(places, (0..KINDS).collect::<Vec<_>>(), "one example of each kind, in order");
    for event in all {
        let text = serde_json::to_string(&event).unwrap();
        assert!(text.starts_with(&format!("{{\"type\":\"{}\"", wire_name(&event).1)), "{text}");
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
        // No field may be added by hand, none left out.
        let strange = format!("{},\"strange\":1}}", text.strip_suffix('}').unwrap());
        let refusal = serde_json::from_str::<Event>(&strange).unwrap_err().to_string();
        assert!(refusal.contains("unknown field `strange`"), "{strange}: {refusal}");
    }
}

#[test]
fn the_exact_form_of_some() {
    let sum = |n: u8| format!("sha256:{}", format!("{n:02x}").repeat(32));
    for (event, wanted) in [
        (
            Event::AttemptLost {
                step: step(),
                attempt: AttemptNo(2),
                cause: Lost::RunnerGone,
                again: false,
            },
            r#"{"type":"attempt.lost","step":"main/build","attempt":2,"cause":"runner_gone","again":false}"#.to_owned(),
        ),
        (
            Event::StepFailed { step: name("build"), attempt: AttemptNo(1), cause: Cause::Exit { code: 3 } },
            r#"{"type":"step.failed","step":"build","attempt":1,"cause":{"kind":"exit","code":3}}"#.to_owned(),
        ),
        (
            Event::HardStopStarted { step: name("soak"), since: START, due: START.plus(Millis(1_500)) },
            r#"{"type":"hard_stop.started","step":"soak","since":"2026-01-01T00:00:00.000Z","due":"2026-01-01T00:00:01.500Z"}"#.to_owned(),
        ),
        (
            Event::PolicyLoaded { version: 4, digest: digest(0xab), revoked: None },
            format!(r#"{{"type":"policy.loaded","version":4,"digest":"{}"}}"#, sum(0xab)),
        ),
        (
            Event::ApprovalVoided {
                step: name("gate"),
                request: AttemptNo(1),
                reason: VoidReason::Changed { what: vec!["the policy".to_owned()] },
            },
            r#"{"type":"approval.voided","step":"gate","request":1,"reason":{"kind":"changed","what":["the policy"]}}"#.to_owned(),
        ),
        (
            Event::RunHeld { by: by(), reason: "wait".to_owned() },
            r#"{"type":"run.held","by":{"person":"bob","actor":{"email":"bob@example.com","via":"cli","level":1}},"reason":"wait"}"#.to_owned(),
        ),
        (Event::EvidenceUnblocked {}, r#"{"type":"evidence.unblocked"}"#.to_owned()),
        (
            Event::RunClosed {
                result: RunResult::Incomplete,
                took: Millis(1_500),
                outputs: BTreeMap::new(),
            },
            r#"{"type":"run.closed","result":"incomplete","took":1500}"#.to_owned(),
        ),
    ] {
        assert_eq!(serde_json::to_string(&event).unwrap(), wanted);
    }
}

#[test]
fn an_entry_is_one_line_of_known_fields() {
    let entry = Entry {
        v: FORMAT,
        seq: 7,
        prev: "ab".repeat(32),
        run: name("k7f3q9xm2p-20260101-000000"),
        epoch: Epoch(2),
        at: Reading { wall: START, boot: "boot-1".to_owned(), mono: Millis(9) },
        event: Event::EvidenceUnblocked {},
    };
    let text = serde_json::to_string(&entry).unwrap();
    let wanted = format!(
        r#"{{"v":1,"seq":7,"prev":"{}","run":"k7f3q9xm2p-20260101-000000","epoch":2,"at":{{"wall":"2026-01-01T00:00:00.000Z","boot":"boot-1","mono":9}},"event":{{"type":"evidence.unblocked"}}}}"#,
        "ab".repeat(32)
    );
    assert_eq!(text, wanted);
    assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
    let refused = |from: &str, to: &str, why: &str| {
        let refusal = serde_json::from_str::<Entry>(&text.replace(from, to)).unwrap_err();
        assert!(refusal.to_string().contains(why), "{to}: {refusal}");
    };
    refused("evidence.unblocked", "evidence.forgotten", "unknown variant `evidence.forgotten`");
    refused(r#""seq":7"#, r#""seq":7,"note":"x""#, "unknown field `note`");
    refused(r#""seq":7,"#, "", "missing field `seq`");
    refused(r#""seq":7"#, r#""seq":7,"seq":8"#, "duplicate field `seq`");
    refused(r#""seq":7"#, r#""seq":-1"#, "invalid value");
    refused("k7f3q9xm2p-2026", "../../etc-2026", "is not a valid run id");
    refused("2026-01-01T00:00:00.000Z", "yesterday", "is not an RFC 3339 instant");
}

#[test]
fn outputs_take_no_name_twice_and_no_fraction() {
    let text = |outputs: &str| {
        format!(
            r#"{{"type":"step.succeeded","step":"a","attempt":1,"outputs":{outputs},"artifacts":[]}}"#
        )
    };
    let read = |outputs: &str| serde_json::from_str::<Event>(&text(outputs));
    assert!(read(r#"{"a":1,"b":{"c":[null,true,"x"]}}"#).is_ok());
    assert!(read(r#"{"a":1.5}"#).unwrap_err().to_string().contains("must be quoted"));
    assert!(read(r#"{"b":{"a":1,"a":2}}"#).unwrap_err().to_string().contains("duplicate key `a`"));
    assert!(read(r#"{"a":9223372036854775808}"#).unwrap_err().to_string().contains("out of range"));
}

#[test]
fn instants_on_the_wire_keep_their_millisecond() {
    for ms in [0, 1, 999, 1_767_225_600_123, 253_402_207_200_000] {
        let at = Timestamp::from_millis(ms);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), at, "{text}");
    }
}
