//! The actions against exchanges as Jenkins' remote API makes them.

mod find;
mod left;

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Failure, Finding, Pending, Progress,
    http::Response,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const JOB: &str = "https://ci.example.com/job/release/job/links";
const URL: &str = "https://ci.example.com/job/release/job/links/35/";
const DECLARED: &str = "api/json?tree=property%5BparameterDefinitions%5Bname%5D%5D";
const BUILDS: &str = "api/json?tree=allBuilds%5Bnumber%2CqueueId%2Cactions%5Bparameters%5Bname%2Cvalue%5D%5D%5D%7B0%2C1000%7D";
const BUILD: &str = "api/json?tree=number%2Curl%2Cresult%2Cbuilding%2Cartifacts%5BrelativePath%5D";
const ITEM: &str = "GET https://ci.example.com/queue/item/39/api/json?tree=why%2Ccancelled%2Cexecutable%5Bnumber%5D";
const QUEUE: &str = "GET https://ci.example.com/queue/api/json?tree=items%5Bid%2Cactions%5Bparameters%5Bname%2Cvalue%5D%5D%5D";

fn world() -> Recorded {
    Recorded::new().config("url", "https://ci.example.com").config("user", "bot").secret("token")
}

fn with() -> Value {
    json!({ "job": "release/links", "parameters": { "VERSION": "1.4.0" }, "artifacts": ["out/links.txt"] })
}

fn declared(names: &[&str]) -> Response {
    let names: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    // Other properties have no definitions at all.
    json(200, json!({ "property": [{}, { "parameterDefinitions": names }] }))
}

fn marked(key: &str) -> Value {
    json!([{}, null, { "parameters": [{ "name": "HARDSTOP_KEY", "value": key }] }])
}

fn build(result: Option<&str>) -> Response {
    let artifacts = json!([{ "relativePath": "out/links.txt" }]);
    let building = result.is_none();
    json(
        200,
        json!({
            "number": 35, "url": URL, "result": result, "building": building, "artifacts": artifacts,
        }),
    )
}

fn poll(world: &Recorded, state: Value) -> Result<Progress<Value, Value>, Failure> {
    world.poll(&plugin(), "build", with(), state)
}

fn get(path: &str) -> String {
    format!("GET {JOB}/{path}")
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn a_build_is_started_with_its_key() {
    let queued = text(201, "").with("location", "http://internal:8080/queue/item/39/");
    let world = world()
        .answer(&get(DECLARED), declared(&["VERSION", "HARDSTOP_KEY"]))
        .answer(&format!("POST {JOB}/buildWithParameters"), queued);
    let begun = world.invoke(&plugin(), "build", with());
    let state = json!({ "known": { "queued": 39 } });
    assert_eq!(begun, Ok(Progress::Pending(Pending::new(state, Duration::ZERO))));
    assert_eq!(world.sent_text(1), "VERSION=1.4.0&HARDSTOP_KEY=key-1");
    let basic = "Basic Ym90OnBsYWNlaG9sZGVyLW9mLXRva2Vu";
    assert_eq!(world.sent_header(1, "authorization").as_deref(), Some(basic));
}

#[test]
fn a_parameter_nobody_declared_is_refused() {
    let world = world().answer(&get(DECLARED), declared(&["OTHER"]));
    let failure = world.invoke(&plugin(), "build", with()).expect_err("it is refused");
    let told = "`release/links` declares no parameter `VERSION`";
    assert_eq!((&*failure.code, &*failure.message), ("bad_input", told));
}

#[test]
fn the_parameter_of_the_key_is_not_given() {
    let world = world().answer(&get(DECLARED), declared(&["HARDSTOP_KEY"]));
    let with = json!({ "job": "release/links", "parameters": { "HARDSTOP_KEY": "mine" } });
    let failure = world.invoke(&plugin(), "build", with).expect_err("it is refused");
    let told = "the parameter `HARDSTOP_KEY` takes the attempt's key: leave it out";
    assert_eq!((&*failure.code, &*failure.message), ("bad_input", told));
}

#[test]
fn what_was_never_sent_is_not_looked_for() {
    let world = world().answer(&get(DECLARED), text(502, ""));
    let failure = world.invoke(&plugin(), "build", with()).expect_err("nothing is begun");
    assert_eq!((&*failure.code, failure.retryable), ("server_error", true));
}

#[test]
fn a_crumb_is_fetched_where_one_is_wanted() {
    let start = format!("POST {JOB}/build");
    let crumb = json!({ "crumb": "abc", "crumbRequestField": "Jenkins-Crumb" });
    let world = world()
        .answer(&get(DECLARED), json(200, json!({ "property": [] })))
        .answer(&start, text(403, "No valid crumb was included in the request"))
        .answer(
            "GET https://ci.example.com/crumbIssuer/api/json",
            json(200, crumb).with("set-cookie", "JSESSIONID.1=x; Path=/; HttpOnly"),
        )
        .answer(&start, text(201, "").with("location", "https://ci.example.com/queue/item/39/"));
    let begun = world.invoke(&plugin(), "build", json!({ "job": "release/links" }));
    assert!(begun.is_ok(), "{begun:?}");
    assert_eq!(world.sent_header(3, "jenkins-crumb").as_deref(), Some("abc"));
    assert_eq!(world.sent_header(3, "cookie").as_deref(), Some("JSESSIONID.1=x"));
}

#[test]
fn a_lost_answer_is_looked_for_in_queue_and_builds() {
    let queue = |items: Value| json(200, json!({ "items": items }));
    let builds = |key: &str| {
        json(200, json!({ "allBuilds": [{ "number": 35, "queueId": 39, "actions": marked(key) }] }))
    };
    let probe = |world: Recorded| world.probe(&plugin(), "build", with());
    let pending =
        |id: Value| Ok(Finding::Pending(Pending::new(json!({ "known": id }), Duration::ZERO)));
    let item = json!([{ "id": 39, "actions": marked("key-1") }]);
    assert_eq!(probe(world().answer(QUEUE, queue(item))), pending(json!({ "queued": 39 })));
    let built = world().answer(QUEUE, queue(json!([]))).answer(&get(BUILDS), builds("key-1"));
    assert_eq!(probe(built), pending(json!({ "number": 35 })));
    let other = |names: &[&str]| {
        world()
            .answer(QUEUE, queue(json!([])))
            .answer(&get(BUILDS), builds("key-12"))
            .answer(&get(DECLARED), declared(names))
    };
    assert_eq!(probe(other(&["HARDSTOP_KEY"])), Ok(Finding::NotStarted));
    assert!(matches!(probe(other(&["VERSION"])), Ok(Finding::CannotTell(_))));
    let many: Vec<Value> = (0..1_000).map(|number| json!({ "number": number })).collect();
    let full = world()
        .answer(QUEUE, queue(json!([])))
        .answer(&get(BUILDS), json(200, json!({ "allBuilds": many })))
        .answer(&get(DECLARED), declared(&["HARDSTOP_KEY"]));
    let told = "it is not among the last 1000 builds of `release/links`";
    assert_eq!(probe(full), Ok(Finding::CannotTell(told.to_owned())));
}

#[test]
fn a_lost_answer_is_not_a_second_build() {
    let world = world()
        .answer(&get(DECLARED), declared(&["VERSION", "HARDSTOP_KEY"]))
        .breaks(&format!("POST {JOB}/buildWithParameters"), Broken::NoAnswer("reset".to_owned()));
    let begun = world.invoke(&plugin(), "build", with()).expect("it goes on");
    let Progress::Pending(Pending { state, .. }) = begun else { panic!("it goes on") };
    assert_eq!(state, json!({ "sought": { "times": 0 } }));
}

#[test]
fn a_place_that_is_forgotten_for_long_is_unclear() {
    let many: Vec<Value> =
        (0..1_000).map(|number| json!({ "number": number, "queueId": 40 + number })).collect();
    for (builds, code) in [(many, "unclear"), (Vec::new(), "not_found")] {
        let world = world()
            .answer(ITEM, text(404, ""))
            .answer(&get(BUILDS), json(200, json!({ "allBuilds": builds })));
        let failure = poll(&world, json!({ "known": { "queued": 39 } })).expect_err("it is gone");
        assert_eq!((&*failure.code, failure.retryable), (code, false));
    }
}

#[test]
fn it_is_followed_from_the_queue_to_the_build() {
    let queued = || json!({ "known": { "queued": 39 } });
    let waiting = json!({ "why": "In the quiet period", "cancelled": false });
    let world = world().answer(ITEM, json(200, waiting));
    let pending = Pending::new(queued(), Duration::from_secs(10))
        .note("release/links is queued: In the quiet period")
        .link(format!("{JOB}/"));
    assert_eq!(poll(&world, queued()), Ok(Progress::Pending(pending)));
    let world = self::world()
        .answer(ITEM, json(200, json!({ "why": null, "executable": { "number": 35 } })))
        .answer(&get(&format!("35/{BUILD}")), build(None));
    let number = json!({ "known": { "number": 35 } });
    let pending = Pending::new(number, Duration::from_secs(10)).note("release/links #35 builds");
    assert_eq!(poll(&world, queued()), Ok(Progress::Pending(pending.link(URL))));
    let world = self::world().answer(ITEM, json(200, json!({ "cancelled": true })));
    assert_eq!(poll(&world, queued()).expect_err("it is over").code, "build_cancelled");
}

#[test]
fn a_build_remembers_its_place_in_the_queue() {
    let builds =
        json!({ "allBuilds": [{ "number": 36, "queueId": 40 }, { "number": 35, "queueId": 39 }] });
    let world = world()
        .answer(ITEM, text(404, ""))
        .answer(&get(BUILDS), json(200, builds))
        .answer(&get(&format!("35/{BUILD}")), build(None));
    let followed = poll(&world, json!({ "known": { "queued": 39 } }));
    assert!(matches!(followed, Ok(Progress::Pending(_))), "{followed:?}");
}

#[test]
fn it_is_stopped_where_it_is() {
    let stop = |world: Recorded, id: Value| {
        world.cancel(&plugin(), "build", with(), Some(json!({ "known": id })))
    };
    let building = world().answer(&format!("POST {JOB}/35/stop"), text(302, ""));
    assert_eq!(stop(building, json!({ "number": 35 })), Ok(()));
    let waits = || json(200, json!({ "why": "soon" }));
    let queued = |status: u16| {
        world()
            .answer(ITEM, waits())
            .answer("POST https://ci.example.com/queue/cancelItem?id=39", text(status, ""))
    };
    for status in [204, 302] {
        let off = queued(status).answer(ITEM, json(200, json!({ "cancelled": true })));
        assert_eq!(stop(off, json!({ "queued": 39 })), Ok(()));
    }
    for status in [302, 404, 500] {
        // It began between the two.
        let begun = queued(status)
            .answer(ITEM, json(200, json!({ "why": null })))
            .answer(ITEM, json(200, json!({ "executable": { "number": 35 } })))
            .answer(&format!("POST {JOB}/35/stop"), text(302, ""));
        assert_eq!(stop(begun, json!({ "queued": 39 })), Ok(()), "{status}");
    }
    let stays = (0..10).fold(queued(500), |world, _| world.answer(ITEM, waits()));
    let failure = stop(stays, json!({ "queued": 39 })).expect_err("it waits");
    assert_eq!((&*failure.code, failure.retryable), ("not_stopped", true));
    let denied = stop(queued(403), json!({ "queued": 39 }));
    assert_eq!(denied.expect_err("it waits").code, "forbidden");
    let refused = world().answer(&format!("POST {JOB}/35/stop"), text(403, "denied"));
    assert_eq!(stop(refused, json!({ "number": 35 })).expect_err("it goes on").code, "forbidden");
}

#[test]
fn the_last_build_is_held_to_be_good() {
    let last = get(&format!("lastCompletedBuild/{BUILD}"));
    let assert = |answer: Response, unstable: bool| {
        let with = json!({ "job": "release/links", "unstable": unstable });
        world().answer(&last, answer).invoke(&plugin(), "assert", with)
    };
    let value = json!({ "number": 35, "result": "UNSTABLE", "url": URL });
    let good = assert(build(Some("UNSTABLE")), true);
    assert_eq!(good, Ok(Progress::Done(Done::new(value).link(URL))));
    for answer in [build(Some("UNSTABLE")), text(404, "")] {
        assert_eq!(assert(answer, false).expect_err("not good").code, "assertion_failed");
    }
    assert_eq!(assert(text(401, ""), false).expect_err("not asked").code, "unauthorized");
}
