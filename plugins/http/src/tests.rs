//! The actions against recorded exchanges.

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Finding, Pending, Progress,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const URL: &str = "https://example.com/x";
const GET: &str = "GET https://example.com/x";
const POST: &str = "POST https://example.com/x";

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[track_caller]
fn value(progress: Progress<Value, Value>) -> Value {
    match progress {
        Progress::Done(Done { value, .. }) => value,
        Progress::Pending(pending) => panic!("it is pending: {pending:?}"),
    }
}

#[test]
fn a_request_is_sent_as_asked_and_answered_in_whole_numbers() {
    let answer = json(201, json!({ "n": 1, "share": 0.5 }))
        .with("etag", "abc")
        .with("set-cookie", "session=x");
    let world = Recorded::new().secret("token").answer("POST https://example.com/x?dry=1", answer);
    let with = json!({
        "url": URL, "method": "POST", "query": { "dry": "1" }, "headers": { "X-Team": "sre" },
        "bearer": true, "json": { "a": 1 }, "expect": [201], "save": "answer.json",
        "key_header": "Idempotency-Key", "timeout": "5s",
    });
    let output = value(world.invoke(&plugin(), "request", with).expect("it goes well"));
    let body = r#"{"n":1,"share":0.5}"#;
    assert_eq!(
        output,
        json!({
            "status": 201, "headers": { "etag": "abc" }, "body": body,
            "json": { "n": 1, "share": "0.5" },
        }),
    );
    assert_eq!(world.kept("answer.json").as_deref(), Some(body));
    assert_eq!(world.sent_json(0), json!({ "a": 1 }));
    let header = |name| world.sent_header(0, name).unwrap_or_default();
    assert_eq!(header("authorization"), "Bearer placeholder-of-token");
    assert_eq!((header("x-team"), header("idempotency-key")), ("sre".into(), "key-1".into()));
}

#[test]
fn what_may_have_been_done_is_not_repeated_by_itself() {
    let check = |with: Value, asked: &str, retryable: bool, repeat: bool| {
        let world = Recorded::new().breaks(asked, Broken::NoAnswer("reset".to_owned()));
        let failure = world.invoke(&plugin(), "request", with.clone()).expect_err("it breaks");
        assert_eq!((&*failure.code, failure.retryable), ("no_answer", retryable), "{with}");
        let found = Recorded::new().probe(&plugin(), "request", with.clone());
        assert_eq!(found == Ok(Finding::NotStarted), repeat, "{with}");
    };
    check(json!({ "url": URL }), GET, true, true);
    check(json!({ "url": URL, "method": "POST" }), POST, false, false);
    let keyed = json!({ "url": URL, "method": "POST", "key_header": "idempotency-key" });
    // Another attempt would have another key.
    check(keyed, POST, false, true);
}

#[test]
fn what_was_sent_again_under_its_key_is_not_sent_under_another() {
    let retryable = |asked: &str, with: Value| {
        let world = Recorded::new().recovering().answer(asked, text(429, ""));
        world.invoke(&plugin(), "request", with).expect_err("it is too much").retryable
    };
    let keyed = json!({ "url": URL, "method": "POST", "key_header": "idempotency-key" });
    assert!(!retryable(POST, keyed));
    assert!(retryable(GET, json!({ "url": URL })));
}

#[test]
fn a_fragment_takes_no_query() {
    let world = Recorded::new().answer("GET https://example.com/x?a=b", text(200, ""));
    let with = json!({ "url": "https://example.com/x#top", "query": { "a": "b" } });
    assert!(world.invoke(&plugin(), "request", with).is_ok());
}

#[test]
fn a_request_fails_with_a_reason() {
    let check = |with: Value, answer: Option<u16>, code: &str| {
        let world = Recorded::new();
        let world = match answer {
            Some(status) => world.answer(GET, text(status, "")),
            None => world,
        };
        let failure = world.invoke(&plugin(), "request", with).expect_err("it fails");
        assert_eq!(failure.code, code);
    };
    check(json!({ "url": URL }), Some(401), "unauthorized");
    check(json!({ "url": URL, "expect": [200] }), Some(201), "rejected");
    check(json!({ "url": URL, "body": "a", "json": 1 }), None, "bad_input");
    check(json!({ "url": URL, "timeout": "soon" }), None, "bad_input");
    check(json!({ "url": URL, "bearer": true }), None, "not_configured");
    check(json!({ "url": "file:///etc/passwd" }), None, "bad_input");
    check(json!({ "url": URL, "save": "../x" }), Some(200), "artifact_refused");
}

#[test]
fn a_download_is_kept_if_it_is_the_right_one() {
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let world = Recorded::new().answer(GET, text(200, "abc"));
    let with = |sha256: &str| json!({ "url": URL, "name": "abc.txt", "sha256": sha256 });
    let output = value(world.invoke(&plugin(), "download", with(sha256)).expect("it goes well"));
    assert_eq!(output, json!({ "name": "abc.txt", "bytes": 3, "sha256": sha256 }));
    assert_eq!(world.kept("abc.txt").as_deref(), Some("abc"));
    let world = Recorded::new().answer(GET, text(200, "cab"));
    let failure = world.invoke(&plugin(), "download", with(sha256)).expect_err("another file");
    assert_eq!(failure.code, "wrong_digest");
    assert_eq!(world.kept("abc.txt"), None);
}

#[test]
fn it_waits_until_the_answer_is_as_it_should_be() {
    let with = json!({
        "url": URL, "contains": "phase", "json": { "pointer": "/phase", "equals": "up" },
        "every": "15s",
    });
    let world = Recorded::new()
        .breaks(GET, Broken::Unreachable("refused".to_owned()))
        .answer(GET, text(503, ""))
        .answer(GET, text(200, "soon"))
        .answer(GET, text(200, "phase: no JSON"))
        .answer(GET, json(200, json!({ "phase": "starting" })))
        .answer(GET, json(200, json!({ "phase": "up" })));
    let plugin = plugin();
    let mut last = world.invoke(&plugin, "wait-for", with.clone()).expect("it waits");
    let mut notes = Vec::new();
    while let Progress::Pending(Pending { state, poll_after, note, .. }) = last {
        assert_eq!(poll_after, Duration::from_secs(15));
        notes.extend(note);
        last = world.poll(&plugin, "wait-for", with.clone(), state).expect("it waits");
    }
    assert_eq!(value(last), json!({ "status": 200, "tries": 6, "found": "up" }));
    assert_eq!(
        notes,
        [
            "GET https://example.com/x reached nobody: refused",
            "it answers 503",
            "the answer does not hold `phase`",
            "the answer is no JSON",
            "/phase is \"starting\", not \"up\"",
        ],
    );
}

#[test]
fn waiting_does_not_mend_what_is_refused() {
    let world = Recorded::new().breaks(GET, Broken::Denied("not granted".to_owned()));
    let failure = world.invoke(&plugin(), "wait-for", json!({ "url": URL })).expect_err("denied");
    assert_eq!((&*failure.code, failure.retryable), ("denied", false));
}
