//! The actions against exchanges as Slack's web API makes them.

use hardstop_sdk::{
    Done, Finding, Progress,
    http::Response,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const POST: &str = "POST https://slack.com/api/chat.postMessage";
const LINK: &str =
    "GET https://slack.com/api/chat.getPermalink?channel=C1&message_ts=1503435956.000247";
const HISTORY: &str = "GET https://slack.com/api/conversations.history?channel=C1&limit=200&include_all_metadata=true&oldest=1769774400&latest=1772370000";
const PERMALINK: &str = "https://team.example.com/archives/C1/p1503435956000247";

fn world() -> Recorded {
    Recorded::new().config("url", "https://slack.com/api").secret("token")
}

fn with() -> Value {
    json!({ "channel": "C1", "text": "release" })
}

fn posted() -> Response {
    json(200, json!({ "ok": true, "channel": "C1", "ts": "1503435956.000247" }))
}

fn link() -> Response {
    json(200, json!({ "ok": true, "permalink": PERMALINK }))
}

fn refused(error: &str) -> Response {
    json(200, json!({ "ok": false, "error": error }))
}

/// A page with somebody's message and one of ours.
fn history(key: &str) -> Response {
    let metadata = json!({ "event_type": "hardstop_attempt", "event_payload": { "key": key } });
    let ours = json!({ "ts": "1503435956.000247", "metadata": metadata });
    json(200, json!({ "ok": true, "messages": [{ "ts": "1.1" }, ours], "has_more": false }))
}

fn output() -> Done<Value> {
    let value = json!({ "channel": "C1", "ts": "1503435956.000247", "permalink": PERMALINK });
    Done::new(value).link(PERMALINK)
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn a_message_is_posted_with_its_key() {
    let world = world().answer(POST, posted()).answer(LINK, link());
    let done = world.invoke(&plugin(), "post", with());
    assert_eq!(done, Ok(Progress::Done(output())));
    assert_eq!(
        world.sent_json(0),
        json!({
            "channel": "C1", "text": "release",
            "metadata": { "event_type": "hardstop_attempt", "event_payload": { "key": "key-1" } },
        }),
    );
    let header = world.sent_header(0, "authorization");
    assert_eq!(header.as_deref(), Some("Bearer placeholder-of-token"));
}

#[test]
fn without_a_link_it_is_posted_all_the_same() {
    let world = world().answer(POST, posted()).answer(LINK, refused("missing_scope"));
    let value = json!({ "channel": "C1", "ts": "1503435956.000247" });
    assert_eq!(world.invoke(&plugin(), "post", with()), Ok(Progress::Done(Done::new(value))));
}

#[test]
fn an_answer_goes_into_its_thread() {
    let world = world().answer(POST, posted()).answer(LINK, link());
    let with = json!({ "channel": "C1", "thread": "15.1", "text": "done", "broadcast": true });
    assert!(world.invoke(&plugin(), "thread", with).is_ok());
    let sent = world.sent_json(0);
    assert_eq!((&sent["thread_ts"], &sent["reply_broadcast"]), (&json!("15.1"), &json!(true)));
}

#[test]
fn a_message_is_changed() {
    let world = world().answer("POST https://slack.com/api/chat.update", posted());
    let with = json!({ "channel": "C1", "ts": "1503435956.000247", "text": "done" });
    let value = json!({ "channel": "C1", "ts": "1503435956.000247" });
    let done = world.invoke(&plugin(), "update", with);
    assert_eq!(done, Ok(Progress::Done(Done::new(value))));
    assert_eq!(world.sent_json(0)["ts"], "1503435956.000247");
}

#[test]
fn errors_with_status_200_are_failures() {
    let check = |answer: Response, code: &str, retryable: bool| {
        let world = world().answer(POST, answer);
        let failure = world.invoke(&plugin(), "post", with()).expect_err("it is refused");
        assert_eq!((&*failure.code, failure.retryable), (code, retryable));
    };
    check(refused("invalid_auth"), "unauthorized", false);
    check(refused("not_in_channel"), "forbidden", false);
    check(refused("channel_not_found"), "not_found", false);
    check(refused("ratelimited"), "rate_limited", true);
    check(refused("request_timeout"), "server_error", true);
    check(refused("msg_too_long"), "rejected", false);
    check(text(429, "").with("retry-after", "30"), "rate_limited", true);
}

#[test]
fn what_may_have_been_posted_is_looked_for_before_it_is_posted_again() {
    for error in ["internal_error", "fatal_error", "service_unavailable"] {
        let there = world()
            .answer(POST, refused(error))
            .answer(HISTORY, history("key-1"))
            .answer(LINK, link());
        let done = there.invoke(&plugin(), "post", with());
        assert_eq!(done, Ok(Progress::Done(output())), "{error}");
        let gone = world().answer(POST, refused(error)).answer(HISTORY, history("key-2"));
        let failure = gone.invoke(&plugin(), "post", with()).expect_err("nobody can tell");
        assert_eq!((&*failure.code, failure.retryable), ("server_error", false), "{error}");
    }
    let update = world().answer("POST https://slack.com/api/chat.update", refused("fatal_error"));
    let with = json!({ "channel": "C1", "ts": "1503435956.000247", "text": "done" });
    let failure = update.invoke(&plugin(), "update", with).expect_err("it is refused");
    assert!(failure.retryable, "a change is the same twice");
}

#[test]
fn a_lost_message_is_found_by_its_key() {
    let found = world().answer(HISTORY, history("key-1")).answer(LINK, link());
    assert_eq!(found.probe(&plugin(), "post", with()), Ok(Finding::Done(output())));
    let other = world().answer(HISTORY, history("key-2"));
    assert_eq!(other.probe(&plugin(), "post", with()), Ok(Finding::NotStarted));
    let blind = world().answer(HISTORY, refused("missing_scope"));
    let told = "Slack refused conversations.history: missing_scope".to_owned();
    assert_eq!(blind.probe(&plugin(), "post", with()), Ok(Finding::CannotTell(told)));
    let away = world().answer(HISTORY, text(503, ""));
    assert!(away.probe(&plugin(), "post", with()).is_err());
    let replies = "GET https://slack.com/api/conversations.replies?channel=C1&limit=200&include_all_metadata=true&oldest=1769774400&latest=1772370000&ts=15.1";
    let answered = world().answer(replies, history("key-1")).answer(LINK, link());
    let thread = json!({ "channel": "C1", "thread": "15.1", "text": "done" });
    assert_eq!(answered.probe(&plugin(), "thread", thread), Ok(Finding::Done(output())));
}

#[test]
fn a_lost_message_is_looked_for_page_by_page() {
    let page = |cursor: Value| {
        let next = json!({ "next_cursor": cursor });
        let messages = json!([{ "ts": "1.1" }]);
        let page = json!({ "ok": true, "messages": messages, "has_more": true, "response_metadata": next });
        json(200, page)
    };
    let second = format!("{HISTORY}&cursor=b%3D%3D");
    let probe = |world: &Recorded| world.probe(&plugin(), "post", with());
    let first = || world().answer(HISTORY, page(json!("b==")));
    let found = first().answer(&second, history("key-1")).answer(LINK, link());
    assert_eq!(probe(&found), Ok(Finding::Done(output())));
    let other = first().answer(&second, history("key-2"));
    assert_eq!(probe(&other), Ok(Finding::NotStarted));
    let too_many = Ok(Finding::CannotTell("there are too many messages to look at".to_owned()));
    let endless = (1..10).fold(first(), |world, _| world.answer(&second, page(json!("b=="))));
    assert_eq!(probe(&endless), too_many);
    let silent = world().answer(HISTORY, page(json!("")));
    assert_eq!(probe(&silent), too_many);
}
