//! URLs, requests, and what statuses mean.

use serde_json::json;

use super::{Method, Parts, Response, encode, parts};
use crate::{
    Broken, Failure,
    testing::{self, Recorded, text},
};

const URL: &str = "https://example.com/x";

/// What `GET` of [`URL`] fails with if the other side answers `response`.
fn failure(response: Response) -> Failure {
    let world = Recorded::new().answer("GET https://example.com/x", response);
    world.call().get(URL).ok().expect_err("it did not go well")
}

/// The code, whether the same again may help, and after how many seconds.
fn meaning(response: Response) -> (String, bool, Option<u64>) {
    let Failure { code, retryable, retry_after, .. } = failure(response);
    (code.into_owned(), retryable, retry_after.map(|it| it.as_secs()))
}

#[test]
fn statuses_are_told_as_failures() {
    let check = |status: u16, code: &str, retryable: bool| {
        assert_eq!(meaning(text(status, "")), (code.to_owned(), retryable, None), "{status}");
    };
    check(302, "redirected", false);
    check(400, "rejected", false);
    check(401, "unauthorized", false);
    check(403, "forbidden", false);
    check(404, "not_found", false);
    check(408, "request_timeout", true);
    check(409, "conflict", false);
    check(410, "not_found", false);
    check(422, "rejected", false);
    check(429, "rate_limited", true);
    check(500, "server_error", true);
    check(503, "server_error", true);
}

#[test]
fn the_other_side_says_when_to_come_again() {
    let check = |response: Response, code: &str, seconds: Option<u64>| {
        assert_eq!(meaning(response), (code.to_owned(), true, seconds));
    };
    check(text(429, "").with("retry-after", "7"), "rate_limited", Some(7));
    // The recorded world is at 12:00:00.
    let date = "Sun, 01 Mar 2026 12:01:30 GMT";
    check(text(503, "").with("retry-after", date), "server_error", Some(90));
    let past = "Sun, 01 Mar 2026 11:00:00 GMT";
    check(text(503, "").with("retry-after", past), "server_error", Some(0));
    check(text(503, "").with("retry-after", "soon"), "server_error", None);
    let limit = text(403, "").with("x-ratelimit-remaining", "0");
    check(limit.clone(), "rate_limited", None);
    let until = limit.with("x-ratelimit-reset", "1772366490");
    check(until.clone(), "rate_limited", Some(90));
    let secondary = "{\"message\":\"You have exceeded a secondary rate limit. Please wait.\"}";
    let told = text(403, secondary).with("x-ratelimit-remaining", "4987");
    check(told.clone(), "rate_limited", Some(60));
    check(told.with("retry-after", "7"), "rate_limited", Some(7));
    check(Response { body: secondary.into(), ..until }, "rate_limited", Some(90));
    assert_eq!(meaning(text(401, secondary)), ("unauthorized".to_owned(), false, None));
}

#[test]
fn a_failure_quotes_the_answer_on_one_line_and_not_the_query() {
    let world = Recorded::new()
        .answer("GET https://example.com/x?key=value", text(400, "first\nsecond\u{1b}[31m"));
    let failure = world.call().get(URL).query("key", "value").ok().expect_err("it is a 400");
    let told = "GET https://example.com/x answered 400: first second [31m";
    assert_eq!(failure.message, told);
    let long = self::failure(text(400, &"x".repeat(10_000)));
    assert!(long.message.len() < 400, "{}", long.message.len());
}

#[test]
fn what_may_have_arrived_is_told_from_what_has_not() {
    let check = |broken: Broken, code: &str, retryable: bool, arrived: bool| {
        for (method, arrived) in [(Method::Get, false), (Method::Put, arrived)] {
            let asked = format!("{} {URL}", method.as_str());
            let world = Recorded::new().breaks(&asked, broken.clone());
            let failure = world.call().request(method, URL).send().expect_err("it breaks");
            assert_eq!((&*failure.code, failure.retryable), (code, retryable));
            assert_eq!(failure.may_have_arrived, arrived, "{asked}: {code}");
        }
    };
    let why = || "because".to_owned();
    check(Broken::Denied(why()), "denied", false, false);
    check(Broken::Unreachable(why()), "unreachable", true, false);
    check(Broken::NoAnswer(why()), "no_answer", true, true);
    check(Broken::TooLarge(why()), "answer_too_large", false, false);
    let arrived = |method: Method, status: u16| {
        let asked = format!("{} {URL}", method.as_str());
        let world = Recorded::new().answer(&asked, text(status, ""));
        world.call().request(method, URL).ok().expect_err("it fails").may_have_arrived
    };
    assert!(arrived(Method::Post, 503));
    assert!(!arrived(Method::Post, 429));
    assert!(!arrived(Method::Get, 503));
}

#[test]
fn requests_are_put_together() {
    let world = Recorded::new()
        .answer("POST https://example.com/x?a%20b=c%26d", testing::json(200, json!({ "n": 1 })));
    let call = world.call();
    let request = call.post(URL).query("a b", "c&d").basic("bot", "placeholder");
    let answer = request.header("X-Id", "1").header("x-id", "2").form([("k", "v w")]).ok();
    let value: serde_json::Value = answer.expect("it went well").json().expect("it is JSON");
    assert_eq!(value, json!({ "n": 1 }));
    assert_eq!(
        world.sent_header(0, "authorization").as_deref(),
        Some("Basic Ym90OnBsYWNlaG9sZGVy")
    );
    assert_eq!(world.sent_header(0, "x-id").as_deref(), Some("2"));
    assert_eq!(world.sent_text(0), "k=v%20w");
}

#[test]
fn an_answer_that_was_not_expected_is_a_failure() {
    let world = Recorded::new().answer("GET https://example.com/x", text(200, "{\"n\": 1"));
    let answer = world.call().get(URL).ok().expect("it went well");
    let failure = answer.json::<serde_json::Value>().expect_err("it is cut off");
    assert_eq!((&*failure.code, failure.retryable), ("bad_answer", false));
}

#[test]
fn urls_are_taken_apart() {
    let whole = |secure, authority, path| Ok(Parts { secure, authority, path });
    assert_eq!(parts("https://a.example:8443/b?c#d"), whole(true, "a.example:8443", "/b?c"));
    assert_eq!(parts("http://[::1]?x"), whole(false, "[::1]", "?x"));
    for wrong in ["ftp://a/", "https:///b", "https://u:p@a/", "https://a/b c", "https://a\\@b/"] {
        assert!(parts(wrong).is_err(), "{wrong}");
    }
    assert_eq!(encode("a/b ü~"), "a%2Fb%20%C3%BC~");
}
