//! The actions against exchanges as Prometheus' HTTP API makes them.

use std::time::Duration;

use hardstop_sdk::{
    Done, Failure, Pending, Progress,
    http::Response,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const UP: &str = "GET https://prometheus.example.com/api/v1/query?query=up";

fn world() -> Recorded {
    Recorded::new().config("url", "https://prometheus.example.com").secret("token")
}

/// A vector of one label and these values.
fn vector(values: &[&str]) -> Response {
    let sample = |(i, value): (usize, &&str)| json!({ "metric": { "i": i.to_string() }, "value": [1_435_781_451.781, value] });
    let result: Vec<Value> = values.iter().enumerate().map(sample).collect();
    json(200, json!({ "status": "success", "data": { "resultType": "vector", "result": result } }))
}

fn samples(values: &[&str]) -> Value {
    let sample =
        |(i, value): (usize, &&str)| json!({ "labels": { "i": i.to_string() }, "value": value });
    values.iter().enumerate().map(sample).collect()
}

fn run(action: &str, answer: Response, mut with: Value) -> Result<Value, Failure> {
    with["query"] = json!("up");
    let world = world().answer(UP, answer);
    match world.invoke(&plugin(), action, with)? {
        Progress::Done(Done { value, .. }) => Ok(value),
        Progress::Pending(pending) => panic!("it is pending: {pending:?}"),
    }
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn values_stay_as_they_are_written() {
    let found = run("query", vector(&["0.25", "+Inf", "NaN"]), json!({})).expect("it is found");
    assert_eq!(
        found,
        json!({ "count": 3, "samples": samples(&["0.25", "+Inf", "NaN"]), "warnings": [] })
    );
    let scalar = json!({ "data": { "resultType": "scalar", "result": [1.5, "7"] } });
    let found = run("query", json(200, scalar), json!({})).expect("it is found");
    assert_eq!(found["samples"], json!([{ "labels": {}, "value": "7" }]));
}

#[test]
fn a_query_is_sent_for_its_time_and_with_the_token() {
    let asked = "GET https://prometheus.example.com/api/v1/query?query=up%20%3D%3D%200&time=2026-03-01T12%3A00%3A00Z";
    let world = world().answer(asked, vector(&[]));
    let with = json!({ "query": "up == 0", "time": "2026-03-01T12:00:00Z" });
    assert!(world.invoke(&plugin(), "query", with).is_ok());
    let header = world.sent_header(0, "authorization");
    assert_eq!(header.as_deref(), Some("Bearer placeholder-of-token"));
}

#[test]
fn what_cannot_be_used_is_a_failure() {
    let code = |answer: Response| run("query", answer, json!({})).expect_err("it fails").code;
    let refused = json!({ "status": "error", "errorType": "bad_data", "error": "parse error" });
    let failure = run("query", json(400, refused), json!({})).expect_err("it is refused");
    assert_eq!(failure.message, "Prometheus refused the query: parse error");
    assert_eq!(code(text(422, "no JSON")), "bad_query");
    let matrix = json!({ "data": { "resultType": "matrix", "result": [] } });
    assert_eq!(code(json(200, matrix)), "bad_query");
    assert_eq!(code(json(200, json!({ "status": "success" }))), "bad_answer");
    assert_eq!(code(vector(&["1"; 1_001])), "too_many_samples");
    assert_eq!(code(text(503, "starting")), "server_error");
}

#[test]
fn bounds_hold_for_every_sample() {
    let check = |values: &[&str], with: Value, broken: Option<&str>| {
        let with = if with["expect"].is_null() { json!({ "is": with }) } else { with };
        let result = run("assert", vector(values), with.clone());
        match broken {
            None => assert_eq!(result, Ok(json!({ "samples": samples(values) })), "{with}"),
            Some(message) => {
                let failure = result.expect_err("it is broken");
                assert_eq!((&*failure.code, &*failure.message), ("assertion_failed", message));
            }
        }
    };
    check(&["0.4", "0.1"], json!({ "below": "0.5" }), None);
    check(&["0.4", "0.6"], json!({ "below": "0.5" }), Some("{i=\"1\"} 0.6 is not below 0.5"));
    check(&["3"], json!({ "at_least": 3, "at_most": 3, "equals": 3, "above": 2 }), None);
    check(&["3"], json!({ "above": 3 }), Some("{i=\"0\"} 3 is not above 3"));
    check(&["NaN"], json!({ "below": 9 }), Some("{i=\"0\"} NaN is not below 9"));
    check(&[], json!({ "below": 9 }), Some("the query finds nothing"));
    check(&[], json!({ "expect": "none" }), None);
    check(&["1"], json!({ "expect": "none" }), Some("{i=\"0\"} 1"));
    let many = "{i=\"0\"} 1, {i=\"1\"} 1, {i=\"2\"} 1 and 2 more";
    check(&["1"; 5], json!({ "expect": "none" }), Some(many));
    let failure =
        run("assert", vector(&["1"]), json!({ "is": { "below": "much" } })).expect_err("no number");
    assert_eq!(failure.code, "bad_input");
}

#[test]
fn it_waits_until_it_has_been_so_long_enough() {
    let with = || json!({ "query": "up", "is": { "equals": 1 }, "for": "1m", "every": "20s" });
    let world = world()
        .answer(UP, vector(&["1"]))
        .answer(UP, vector(&["0"]))
        .answer(UP, vector(&["1"]))
        .answer(UP, text(503, ""))
        .answer(UP, vector(&["1"]))
        .answer(UP, vector(&["1"]))
        .answer(UP, vector(&["1"]))
        .answer(UP, vector(&["1"]));
    let plugin = plugin();
    let mut last = world.invoke(&plugin, "wait-until", with());
    let mut notes = Vec::new();
    while let Ok(Progress::Pending(Pending { state, poll_after, note, .. })) = last {
        world.pass(poll_after);
        notes.extend(note);
        last = world.poll(&plugin, "wait-until", with(), state);
    }
    assert_eq!(last, Ok(Progress::Done(Done::new(json!({ "samples": samples(&["1"]) })))));
    assert_eq!(
        notes,
        [
            "as it should be since 2026-03-01T12:00:00Z",
            "{i=\"0\"} 0 is not equal to 1",
            "as it should be since 2026-03-01T12:00:40Z",
            "GET https://prometheus.example.com/api/v1/query answered 503",
            "as it should be since 2026-03-01T12:01:20Z",
            "as it should be since 2026-03-01T12:01:20Z",
            "as it should be since 2026-03-01T12:01:20Z",
        ],
    );
}

#[test]
fn waiting_once_is_enough_without_a_time() {
    let done = run("wait-until", vector(&["1"]), json!({ "is": { "equals": 1 } }));
    assert_eq!(done, Ok(json!({ "samples": samples(&["1"]) })));
    let world = world().answer(UP, vector(&[]));
    let waiting = world.invoke(&plugin(), "wait-until", json!({ "query": "up" }));
    let note = "the query finds nothing";
    let pending =
        Pending::new(json!({ "since": null, "last": 1_772_366_400 }), Duration::from_secs(30))
            .note(note);
    assert_eq!(waiting, Ok(Progress::Pending(pending)));
}

#[test]
fn a_part_of_an_answer_asserts_nothing() {
    let warned = |body: Value| {
        let mut answer = json!({ "data": { "resultType": "vector", "result": [] } });
        answer
            .as_object_mut()
            .expect("it is one")
            .extend(body.as_object().expect("so is it").clone());
        json(200, answer)
    };
    let store = "receive series from store-1: rpc error: code = Unavailable";
    let none = || json!({ "expect": "none" });
    let away = || warned(json!({ "warnings": [store] }));
    let failure = run("assert", away(), none()).expect_err("nobody knows");
    assert_eq!((&*failure.code, failure.retryable), ("partial_answer", true));
    assert!(failure.message.contains(store), "{}", failure.message);
    let found = run("query", away(), json!({})).expect("it is found");
    assert_eq!(found["warnings"], json!([store]));
    let world = world().answer(UP, away());
    let waits = world.invoke(&plugin(), "wait-until", json!({ "query": "up", "expect": "none" }));
    let Ok(Progress::Pending(Pending { note: Some(note), .. })) = waits else {
        panic!("it goes on: {waits:?}");
    };
    assert!(note.contains(store), "{note}");
    let partial = run("assert", warned(json!({ "isPartial": true })), none());
    assert_eq!(partial.expect_err("nobody knows").code, "partial_answer");
    let hints = json!({
        "infos": ["PromQL info: a counter?"], "warnings": ["PromQL info: a counter?"],
        "isPartial": false,
    });
    assert!(run("assert", warned(hints), none()).is_ok());
}

#[test]
fn time_in_which_nobody_looked_counts_only_if_it_is_known_to_have_been_so() {
    // It is 12:00:00; an hour ago it was as it should be.
    let hour_ago = 1_772_362_800_u64;
    let range = |query: &str| {
        let times = "start=1772363400&end=1772366400&step=600";
        format!("GET https://prometheus.example.com/api/v1/query_range?query={query}&{times}")
    };
    let lines = |values: &[(u64, &str)]| {
        let values: Vec<Value> =
            values.iter().map(|(i, it)| json!([hour_ago + i * 600, it])).collect();
        let result =
            if values.is_empty() { json!([]) } else { json!([{ "metric": {}, "values": values }]) };
        json(200, json!({ "data": { "resultType": "matrix", "result": result } }))
    };
    let steps = |value: &'static str| (1..=6).map(|i| (i, value)).collect::<Vec<_>>();
    let poll = |world: Recorded, expect: &str| {
        let is = if expect == "some" { json!({ "equals": 1 }) } else { json!({}) };
        let with =
            json!({ "query": "up", "expect": expect, "is": is, "for": "30m", "every": "10m" });
        let state = json!({ "since": hour_ago, "last": hour_ago });
        match world.poll(&plugin(), "wait-until", with, state) {
            Ok(Progress::Pending(Pending { state, note, .. })) => {
                assert_eq!(state, json!({ "since": hour_ago + 3600, "last": hour_ago + 3600 }));
                note
            }
            Ok(Progress::Done(_)) => None,
            Err(failure) => panic!("it failed: {failure:?}"),
        }
    };
    let some = || world().answer(UP, vector(&["1"]));
    let none = || world().answer(UP, vector(&[])).answer(&range("up"), lines(&[]));
    let doubt = |why: &str| {
        let since = "as it should be since 2026-03-01T12:00:00Z";
        Some(format!("{since}; nobody looked since 2026-03-01T11:00:00Z, and {why}"))
    };
    assert_eq!(poll(some().answer(&range("up"), lines(&steps("1"))), "some"), None);
    let mut once = steps("1");
    once[2].1 = "0";
    let why = "{} 0 is not equal to 1 at 2026-03-01T11:30:00Z";
    assert_eq!(poll(some().answer(&range("up"), lines(&once)), "some"), doubt(why));
    once.remove(2);
    let why = "the query finds nothing at 2026-03-01T11:30:00Z";
    assert_eq!(poll(some().answer(&range("up"), lines(&once)), "some"), doubt(why));
    let away = format!("{} answered 503", range("up").split('?').next().expect("it has a path"));
    assert_eq!(poll(some().answer(&range("up"), text(503, "")), "some"), doubt(&away));
    let watched = range("count%28up%29");
    assert_eq!(poll(none().answer(&watched, lines(&steps("7"))), "none"), None);
    let why = "`count(up)` finds nothing at 2026-03-01T11:30:00Z";
    assert_eq!(poll(none().answer(&watched, lines(&once)), "none"), doubt(why));
}

#[test]
fn looks_that_get_rarer_count() {
    let with = json!({ "query": "up", "is": { "equals": 1 }, "for": "1h", "every": "10s" });
    let state = json!({ "since": 1_772_363_000, "last": 1_772_366_364 });
    let range = "GET https://prometheus.example.com/api/v1/query_range?query=up&start=1772366370&end=1772366400&step=10";
    let values: Vec<Value> = (0..4).map(|i| json!([1_772_366_370 + i * 10, "1"])).collect();
    let result = json!([{ "metric": {}, "values": values }]);
    let seen = json(200, json!({ "data": { "resultType": "matrix", "result": result } }));
    let world = world().answer(UP, vector(&["1"])).answer(range, seen);
    let Ok(Progress::Pending(pending)) = world.poll(&plugin(), "wait-until", with, state) else {
        panic!("it goes on");
    };
    assert_eq!(pending.state["since"], 1_772_363_000);
}
