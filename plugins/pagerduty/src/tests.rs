//! The actions against exchanges as the two APIs make them.

use hardstop_sdk::{
    Done, Finding, Progress,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const FIND: &str = "GET https://api.pagerduty.com/incidents?incident_key=key-1&date_range=all";
const OPEN: &str = "POST https://api.pagerduty.com/incidents";
const EVENT: &str = "POST https://events.pagerduty.com/v2/enqueue";

fn world() -> Recorded {
    Recorded::new()
        .config("url", "https://api.pagerduty.com")
        .config("events_url", "https://events.pagerduty.com")
        .config("from", "alice@example.com")
        .secret("token")
        .secret("routing_key")
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn somebody_is_on_call_or_it_fails() {
    let page = |offset: u32| {
        let page = format!("earliest=true&limit=100&offset={offset}");
        format!("GET https://api.pagerduty.com/oncalls?{page}&schedule_ids%5B%5D=PI7DH85")
    };
    let on_call = |id: &str, level: u64| json!({ "user": { "id": id, "summary": id.to_lowercase() }, "escalation_level": level });
    let run = |oncalls: Value| {
        let world = world().answer(&page(0), json(200, json!({ "oncalls": oncalls })));
        let result = world.invoke(&plugin(), "on-call", json!({ "schedule": "PI7DH85" }));
        let header = world.sent_header(0, "authorization");
        assert_eq!(header.as_deref(), Some("Token token=placeholder-of-token"));
        result
    };
    let people = json!([
        { "id": "BOB", "name": "bob", "level": 1 }, { "id": "ALICE", "name": "alice", "level": 2 },
    ]);
    let found = run(json!([on_call("ALICE", 2), on_call("BOB", 1), on_call("BOB", 1)]));
    let done = Done::new(json!({ "people": people }));
    assert_eq!(found, Ok(Progress::Done(done.clone())));
    assert_eq!(run(json!([])).expect_err("nobody is").code, "assertion_failed");
    let answer =
        |oncalls: Value, more: bool| json(200, json!({ "oncalls": oncalls, "more": more }));
    let run =
        |world: Recorded| world.invoke(&plugin(), "on-call", json!({ "schedule": "PI7DH85" }));
    let pages = world()
        .answer(&page(0), answer(json!([on_call("BOB", 1)]), true))
        .answer(&page(100), answer(json!([on_call("ALICE", 2)]), false));
    assert_eq!(run(pages), Ok(Progress::Done(done)));
    let endless = (0..10).fold(world(), |world, number| {
        world.answer(&page(number * 100), answer(json!([on_call("BOB", 1)]), true))
    });
    assert_eq!(run(endless).expect_err("it has no end").code, "too_many_people");
    let failure = world().invoke(&plugin(), "on-call", json!({})).expect_err("on what?");
    assert_eq!(failure.code, "bad_input");
}

#[test]
fn an_incident_is_opened_once() {
    let with = || json!({ "service": "PWIXJZS", "title": "stuck", "urgency": "low" });
    let url = "https://team.example.com/incidents/PT4KHLK";
    let incident = || json!({ "id": "PT4KHLK", "incident_number": 12, "html_url": url });
    let done = Done::new(json!({ "id": "PT4KHLK", "number": 12, "url": url })).link(url);
    let none = || json(200, json!({ "incidents": [] }));
    let there = || world().answer(FIND, json(200, json!({ "incidents": [incident()] })));
    let world =
        world().answer(FIND, none()).answer(OPEN, json(201, json!({ "incident": incident() })));
    assert_eq!(world.invoke(&plugin(), "incident", with()), Ok(Progress::Done(done.clone())));
    let sent = world.sent_json(1);
    assert_eq!(
        sent["incident"],
        json!({
            "type": "incident", "title": "stuck", "urgency": "low", "incident_key": "key-1",
            "service": { "id": "PWIXJZS", "type": "service_reference" },
            "body": { "type": "incident_body", "details": "" },
        }),
    );
    assert_eq!(world.sent_header(1, "from").as_deref(), Some("alice@example.com"));
    assert_eq!(there().invoke(&plugin(), "incident", with()), Ok(Progress::Done(done.clone())));
    assert_eq!(there().probe(&plugin(), "incident", with()), Ok(Finding::Done(done)));
    let absent = self::world().answer(FIND, none());
    assert_eq!(absent.probe(&plugin(), "incident", with()), Ok(Finding::NotStarted));
}

#[test]
fn events_are_about_one_alert() {
    let taken = |key: &str| json(202, json!({ "status": "success", "dedup_key": key }));
    let world = world().answer(EVENT, taken("key-1")).answer(EVENT, taken("release"));
    let trigger = json!({ "summary": "stuck", "source": "mirrors" });
    let done = world.invoke(&plugin(), "event", trigger.clone());
    assert_eq!(done, Ok(Progress::Done(Done::new(json!({ "dedup_key": "key-1" })))));
    let payload = json!({ "summary": "stuck", "source": "mirrors", "severity": "error" });
    let sent = json!({ "event_action": "trigger", "dedup_key": "key-1", "payload": payload });
    assert_eq!(world.sent_json(0), sent);
    let header = world.sent_header(0, "x-routing-key");
    assert_eq!(header.as_deref(), Some("placeholder-of-routing_key"));
    let resolve = json!({ "action": "resolve", "dedup_key": "release" });
    assert!(world.invoke(&plugin(), "event", resolve).is_ok());
    assert_eq!(world.sent_json(1), json!({ "event_action": "resolve", "dedup_key": "release" }));
    assert_eq!(world.probe(&plugin(), "event", trigger), Ok(Finding::NotStarted));
}

#[test]
fn what_was_sent_again_under_its_key_is_not_sent_under_another() {
    let retryable = |key: Option<&str>, times: usize| {
        let world = world().recovering();
        let world = (0..times).fold(world, |world, _| world.answer(EVENT, text(429, "")));
        let with = json!({ "summary": "stuck", "source": "mirrors", "dedup_key": key });
        world.invoke(&plugin(), "event", with).expect_err("it is too much").retryable
    };
    assert!(!retryable(None, 2));
    assert!(retryable(Some("release"), 1));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let code =
        |with: Value| world().invoke(&plugin(), "event", with).expect_err("it is refused").code;
    assert_eq!(code(json!({ "action": "resolve" })), "bad_input");
    assert_eq!(code(json!({ "summary": "stuck" })), "bad_input");
    let limited = world().answer(EVENT, text(429, "").with("retry-after", "9"));
    let with = json!({ "summary": "stuck", "source": "mirrors" });
    let failure = limited.invoke(&plugin(), "event", with).expect_err("it is too much");
    assert_eq!((&*failure.code, failure.retryable), ("rate_limited", true));
}
