//! The action against exchanges as the client-server API makes them.

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Failure, Finding, Progress,
    http::Response,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const ALIAS: &str =
    "GET https://matrix.example.com/_matrix/client/v3/directory/room/%23release%3Aexample.com";
const SEND: &str = "PUT https://matrix.example.com/_matrix/client/v3/rooms/%21abc%3Aexample.com/send/m.room.message/key-1";

fn world() -> Recorded {
    Recorded::new().config("url", "https://matrix.example.com").secret("token")
}

fn failure(answer: Response) -> Failure {
    let with = json!({ "room": "!abc:example.com", "text": "release" });
    world().answer(SEND, answer).invoke(&plugin(), "post", with).expect_err("it fails")
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn a_message_is_posted_under_the_key() {
    let world = world()
        .answer(ALIAS, json(200, json!({ "room_id": "!abc:example.com", "servers": [] })))
        .answer(SEND, json(200, json!({ "event_id": "$event" })));
    let with = json!({
        "room": "#release:example.com", "text": "release", "html": "<b>release</b>",
        "thread": "$root",
    });
    let value = json!({ "room": "!abc:example.com", "event": "$event" });
    let link = "https://matrix.to/#/%21abc%3Aexample.com/%24event";
    let done = world.invoke(&plugin(), "post", with);
    assert_eq!(done, Ok(Progress::Done(Done::new(value).link(link))));
    assert_eq!(
        world.sent_json(1),
        json!({
            "msgtype": "m.notice", "body": "release", "hardstop.attempt": "key-1",
            "format": "org.matrix.custom.html",
            "formatted_body": "<b>release</b>",
            "m.relates_to": { "rel_type": "m.thread", "event_id": "$root" },
        }),
    );
    let header = world.sent_header(1, "authorization");
    assert_eq!(header.as_deref(), Some("Bearer placeholder-of-token"));
}

#[test]
fn refusals_are_told() {
    assert_eq!(failure(json(401, json!({ "errcode": "M_UNKNOWN_TOKEN" }))).code, "unauthorized");
    assert_eq!(failure(json(403, json!({ "errcode": "M_FORBIDDEN" }))).code, "forbidden");
    let limited = |answer: Response| {
        let failure = failure(answer);
        assert_eq!((&*failure.code, failure.retryable), ("rate_limited", true));
        failure.retry_after
    };
    let body = json!({ "errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500 });
    assert_eq!(limited(json(429, body.clone())), Some(Duration::from_millis(2500)));
    let header = json(429, body).with("retry-after", "3");
    assert_eq!(limited(header), Some(Duration::from_secs(3)));
    assert_eq!(limited(text(429, "slow down")), None);
    let with = json!({ "room": "!abc:example.com", "text": "release" });
    let bare = Recorded::new().config("url", "https://matrix.example.com");
    let unset = bare.invoke(&plugin(), "post", with).expect_err("there is no token");
    assert_eq!(unset.code, "not_configured");
}

/// 30 days before the recorded world's time, in milliseconds.
const OLDEST: u64 = 1_769_774_400_000;

fn page(key: &str, at: u64, end: Option<&str>) -> Response {
    let ours = json!({ "msgtype": "m.notice", "body": "release", "hardstop.attempt": key });
    let event = |id: &str, content: Value| json!({ "event_id": id, "origin_server_ts": at, "content": content });
    let removed = event("$removed", json!({}));
    json(200, json!({ "chunk": [event("$event", ours), removed], "start": "s", "end": end }))
}

#[test]
fn a_lost_message_is_looked_for_page_by_page() {
    let messages = "GET https://matrix.example.com/_matrix/client/v3/rooms/%21abc%3Aexample.com/messages?dir=b&limit=100&filter=%7B%22types%22%3A%5B%22m.room.message%22%5D%7D";
    let second = format!("{messages}&from=t2");
    let with = || json!({ "room": "!abc:example.com", "text": "release" });
    let probe = |world: Recorded| world.probe(&plugin(), "post", with());
    let first = || world().answer(messages, page("key-2", OLDEST, Some("t2")));
    let value = json!({ "room": "!abc:example.com", "event": "$event" });
    let done = Done::new(value).link("https://matrix.to/#/%21abc%3Aexample.com/%24event");
    let found = first().answer(&second, page("key-1", OLDEST, Some("t3")));
    assert_eq!(probe(found), Ok(Finding::Done(done.clone())));
    let begins = first().answer(&second, page("key-2", OLDEST, None));
    assert_eq!(probe(begins), Ok(Finding::NotStarted));
    let old = first().answer(&second, page("key-2", OLDEST - 1, Some("t3")));
    assert_eq!(probe(old), Ok(Finding::NotStarted));
    let endless =
        (1..20).fold(first(), |world, _| world.answer(&second, page("key-2", OLDEST, Some("t2"))));
    let told = "there are too many messages to look at";
    assert_eq!(probe(endless), Ok(Finding::CannotTell(told.to_owned())));
    let blind = world().answer(messages, json(403, json!({ "errcode": "M_FORBIDDEN" })));
    assert!(matches!(probe(blind), Ok(Finding::CannotTell(_))));
    assert!(probe(world().answer(messages, text(502, ""))).is_err());
    let lost = world().breaks(SEND, Broken::NoAnswer("gone".to_owned()));
    let lost = lost.answer(messages, page("key-1", OLDEST, None));
    assert_eq!(lost.invoke(&plugin(), "post", with()), Ok(Progress::Done(done)));
}
