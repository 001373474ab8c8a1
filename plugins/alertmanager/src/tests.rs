//! The actions against exchanges as Alertmanager's API makes them.

use hardstop_sdk::{
    Done, Failure, Finding, Progress,
    http::Response,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const SILENCES: &str = "GET https://am.example.com/api/v2/silences";
const MAKE: &str = "POST https://am.example.com/api/v2/silences";
const GET: &str = "GET https://am.example.com/api/v2/silence/id-1";
const DELETE: &str = "DELETE https://am.example.com/api/v2/silence/id-1";

fn world() -> Recorded {
    Recorded::new().config("url", "https://am.example.com").secret("token")
}

fn with() -> Value {
    let matchers = json!([
        { "name": "service", "value": "mirror" },
        { "name": "env", "value": "dev|test", "regex": true, "not": true },
    ]);
    json!({ "matchers": matchers, "for": "2h", "comment": "release 1.4.0" })
}

fn silence(comment: &str, state: &str) -> Value {
    json!({
        "id": "id-1", "comment": comment, "endsAt": "2026-03-01T14:00:00.000Z",
        "status": { "state": state }, "createdBy": "hardstop", "matchers": [],
    })
}

fn silences(comment: &str, state: &str) -> Response {
    json(200, json!([silence(comment, state)]))
}

fn output(ends_at: &str) -> Done<Value> {
    let link = "https://am.example.com/#/silences/id-1";
    Done::new(json!({ "id": "id-1", "ends_at": ends_at })).link(link)
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn a_silence_is_made_and_ends_by_itself() {
    let world = world()
        .answer(SILENCES, silences("another (hardstop key-12)", "active"))
        .answer(MAKE, json(200, json!({ "silenceID": "id-1" })));
    let made = world.invoke(&plugin(), "silence", with());
    assert_eq!(made, Ok(Progress::Done(output("2026-03-01T14:00:00Z"))));
    assert_eq!(
        world.sent_json(1),
        json!({
            "matchers": [
                { "name": "service", "value": "mirror", "isRegex": false, "isEqual": true },
                { "name": "env", "value": "dev|test", "isRegex": true, "isEqual": false },
            ],
            "startsAt": "2026-03-01T11:00:00Z", "endsAt": "2026-03-01T14:00:00Z",
            "createdBy": "hardstop", "comment": "release 1.4.0 (hardstop key-1)",
        }),
    );
}

#[test]
fn it_is_made_once() {
    let there = || world().answer(SILENCES, silences("release (hardstop key-1)", "active"));
    let found = output("2026-03-01T14:00:00.000Z");
    assert_eq!(there().invoke(&plugin(), "silence", with()), Ok(Progress::Done(found.clone())));
    assert_eq!(there().probe(&plugin(), "silence", with()), Ok(Finding::Done(found)));
    let over = || world().answer(SILENCES, silences("release (hardstop key-1)", "expired"));
    assert_eq!(over().probe(&plugin(), "silence", with()), Ok(Finding::NotStarted));
    assert_eq!(over().cancel(&plugin(), "silence", with(), None), Ok(()));
}

#[test]
fn a_lost_silence_is_looked_for_and_not_made_again() {
    let lost = |found: Response| {
        let world = world()
            .answer(SILENCES, json(200, json!([])))
            .answer(MAKE, text(502, ""))
            .answer(SILENCES, found);
        world.invoke(&plugin(), "silence", with())
    };
    let there = lost(silences("release (hardstop key-1)", "active"));
    assert_eq!(there, Ok(Progress::Done(output("2026-03-01T14:00:00.000Z"))));
    let failure = lost(json(200, json!([]))).expect_err("nobody can tell");
    assert_eq!((&*failure.code, failure.retryable), ("server_error", false));
}

#[test]
fn it_is_ended_by_abort_and_by_hand() {
    let active = || json(200, silence("release (hardstop key-1)", "active"));
    let aborted = world()
        .answer(SILENCES, silences("release (hardstop key-1)", "active"))
        .answer(GET, active())
        .answer(DELETE, text(200, ""));
    assert_eq!(aborted.cancel(&plugin(), "silence", with(), None), Ok(()));
    let ours = || silence("release (hardstop key-1)", "active");
    let twice = [GET, GET]
        .into_iter()
        .fold(world().answer(SILENCES, json(200, json!([ours(), ours()]))), |world, get| {
            world.answer(get, active()).answer(DELETE, text(200, ""))
        });
    assert_eq!(twice.cancel(&plugin(), "silence", with(), None), Ok(()));
    let expire = |world: Recorded| world.invoke(&plugin(), "expire", json!({ "id": "id-1" }));
    let ended = world().answer(GET, active()).answer(DELETE, text(200, ""));
    assert!(expire(ended).is_ok());
    let over = world().answer(GET, json(200, silence("", "expired")));
    assert_eq!(expire(over), Ok(Progress::Done(Done::new(json!({ "id": "id-1" })))));
    let unknown = world().answer(GET, text(404, ""));
    assert_eq!(expire(unknown).expect_err("it is not there").code, "not_found");
}

#[test]
fn not_everything_is_silenced() {
    let code = |with: Value| {
        let failed: Result<_, Failure> = world().invoke(&plugin(), "silence", with);
        failed.expect_err("it is refused").code
    };
    assert_eq!(code(json!({ "matchers": [], "for": "1h", "comment": "x" })), "bad_input");
    let matchers = json!([{ "name": "a", "value": "b" }]);
    assert_eq!(code(json!({ "matchers": matchers, "for": "long", "comment": "x" })), "bad_input");
}

#[test]
fn nothing_is_firing_or_it_is_told() {
    let asked = "GET https://am.example.com/api/v2/alerts?active=true&silenced=false\
        &inhibited=false&filter=severity%3D%22cri%5C%22t%22&filter=env%21~%22dev%7Ctest%22";
    let with = || {
        json!({ "matchers": [
            { "name": "severity", "value": "cri\"t" },
            { "name": "env", "value": "dev|test", "regex": true, "not": true },
        ] })
    };
    let quiet = world().answer(asked, json(200, json!([])));
    let done = Done::new(json!({ "firing": 0 })).link("https://am.example.com/#/alerts");
    let result = quiet.invoke(&plugin(), "assert-none-firing", with());
    assert_eq!(result, Ok(Progress::Done(done)));
    let alert =
        |name: &str| json!({ "labels": { "alertname": name }, "status": { "state": "active" } });
    let alerts = json!([alert("Slow"), alert("Down"), alert("Slow")]);
    let firing = world().answer(asked, json(200, alerts));
    let failure = firing.invoke(&plugin(), "assert-none-firing", with()).expect_err("it fires");
    let told = "3 alerts are firing: Down, Slow; see https://am.example.com/#/alerts";
    assert_eq!((&*failure.code, &*failure.message), ("assertion_failed", told));
}
