//! Files of recorded exchanges, and what is said of wrong ones.

use hardstop_core::time::Millis;
use serde_json::json;

use super::{Body, Came, LegKind, Outcome, exchanges};

const HEAD: &str = "apiVersion: hardstop/v1\nkind: Exchanges\ntitle: t\naction: build\n";

fn said(legs: &str) -> Vec<String> {
    let read = exchanges("x.yaml", &format!("{HEAD}{legs}"));
    let problems = read.expect_err("it is refused").findings();
    problems.into_iter().map(|it| format!("{}: {}", it.line, it.message)).collect()
}

#[test]
fn all_of_it_is_understood() {
    let legs = "with: {job: web}\nconfig: {url: 'https://example.com'}\nsecrets: [token]\nlegs:\n\
        - leg: invoke\n  after: 1h\n  requests:\n\
        \x20 - request: post https://example.com/a\n    headers: {Accept: x}\n    json: {b: [1]}\n\
        \x20   answer: {status: 201, headers: {X-Id: '7'}, json: {id: 7}}\n\
        \x20 - {request: GET https://example.com/, breaks: no_answer}\n\
        \x20 expect: {pending: {state: {id: 7}, poll_after: 2s}, link: 'https://example.com/7'}\n\
        - {leg: cancel, expect: {cancelled: true, artifacts: [b, a]}}\n";
    let read = exchanges("x.yaml", &format!("{HEAD}{legs}")).expect("it is right");
    assert_eq!(read.with.0["job"], "web");
    let [invoke, cancel] = &read.legs[..] else { panic!("{read:?}") };
    assert_eq!((invoke.kind, invoke.after), (LegKind::Invoke, Millis(3_600_000)));
    let [post, get] = &invoke.requests[..] else { panic!("{invoke:?}") };
    assert_eq!((&*post.method, &*post.url), ("POST", "https://example.com/a"));
    assert_eq!(post.headers["accept"], "x");
    assert_eq!(post.body, Some(Body::Json(json!({ "b": [1] }))));
    let Came::Answer { status: 201, headers, body } = &post.came else { panic!("{post:?}") };
    assert_eq!((&*headers["x-id"], &**body), ("7", r#"{"id":7}"#));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(get.came, Came::NoAnswer);
    let state = Some(json!({ "id": 7 }));
    let pending = Outcome::Pending { state, poll_after: Some(Millis(2_000)), note: None };
    assert_eq!(invoke.outcome.0, pending);
    assert_eq!(cancel.outcome.0, Outcome::Cancelled);
    let names = cancel.artifacts.iter().flatten().map(|name| &**name);
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    assert_eq!(said("legs: []\n"), ["5: there is no leg in this list"]);
    let one = |leg: &str| said(&format!("legs:\n- {leg}\n"));
    assert!(one("{leg: invoke, expect: {link: x}}")[0].starts_with("6: a leg comes to one thing"));
    let two = "{leg: invoke, expect: {done: {}, not_started: true}}";
    assert!(one(two)[0].starts_with("6: a leg comes to one thing"));
    let request =
        |it: &str| one(&format!("{{leg: poll, requests: [{{{it}}}], expect: {{done: {{}}}}}}"));
    assert!(request("request: GET, breaks: no_answer")[0].contains("a method and an address"));
    assert!(request("request: GET x")[0].contains("either an `answer` or `breaks`"));
    assert!(request("request: GET x, json: 1, body: a, answer: {}")[0].contains("either `json`"));
    assert!(request("request: GET x, answer: {status: 99}")[0].contains("cannot be 99"));
    assert!(one("{leg: poll, after: 5, expect: {done: {}}}")[0].contains("must be text"));
    assert!(one("{leg: began, expect: {done: {}}}")[0].contains("`began` is not a value"));
}
