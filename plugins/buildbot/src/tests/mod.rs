//! The actions against exchanges recorded from Buildbot 4, shortened.

mod begin;
mod find;
mod left;
mod seek;

use std::time::Duration;

use hardstop_sdk::{
    Done, Failure, Pending, Progress,
    http::Response,
    testing::{Recorded, conforms, json},
};
use serde_json::{Value, json};

use crate::plugin;

const SCHEDULER: &str = "GET https://ci.example.com/api/v2/forceschedulers/force";
const FORCE: &str = "POST https://ci.example.com/api/v2/forceschedulers/force";
const BUILDERS: &str = "GET https://ci.example.com/api/v2/builders?name=symlinks";
const REQUEST: &str = "GET https://ci.example.com/api/v2/buildrequests/7";
const BUILDS: &str =
    "GET https://ci.example.com/api/v2/builds?buildrequestid=7&order=-number&limit=1";

fn world() -> Recorded {
    Recorded::new().config("url", "https://ci.example.com/").secret("token")
}

fn with() -> Value {
    json!({
        "scheduler": "force", "builder": "symlinks", "reason": "release 1.4.0",
        "parameters": { "release": "1.4.0", "dry": false },
    })
}

fn known() -> Value {
    json!({ "known": { "request": 7 } })
}

fn field(kind: &str, name: &str) -> Value {
    json!({ "name": name, "fullName": name, "type": kind, "default": "" })
}

/// A scheduler with this reason and these parameters, besides those that every one has.
fn scheduler(reason: &Value, more: &[Value]) -> Response {
    let first = [field("username", "username"), reason.clone(), field("int", "priority")];
    let codebase = [field("text", "branch"), field("fixed", "repository")];
    let mut fields = vec![
        json!({ "name": "", "fullName": null, "type": "nested", "fields": first }),
        json!({ "name": "", "fullName": null, "type": "nested", "fields": codebase }),
    ];
    fields.extend(more.iter().cloned());
    let force = json!({
        "name": "force", "builder_names": ["symlinks"], "enabled": true, "all_fields": fields,
    });
    json(200, json!({ "forceschedulers": [force] }))
}

fn schedulers() -> Response {
    let more = [field("text", "release"), field("bool", "dry"), field("text", "hardstop")];
    scheduler(&field("text", "reason"), &more)
}

fn request(claimed: bool, results: i64) -> Response {
    let request = json!({
        "builderid": 1, "buildrequestid": 7, "buildsetid": 1, "claimed": claimed,
        "complete": results >= 0, "results": results,
    });
    json(200, json!({ "buildrequests": [request], "meta": { "total": 1 } }))
}

fn build(results: Option<i64>) -> Response {
    let build = json!({
        "builderid": 1, "buildid": 11, "buildrequestid": 7, "number": 3,
        "complete": results.is_some(), "results": results, "state_string": "building",
    });
    json(200, json!({ "builds": [build] }))
}

fn poll(world: &Recorded) -> Result<Progress<Value, Value>, Failure> {
    world.poll(&plugin(), "build", with(), known())
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

fn builders() -> Response {
    json(200, json!({ "builders": [{ "builderid": 1, "name": "symlinks" }] }))
}

#[test]
fn it_is_followed_while_it_builds() {
    let world = world().answer(REQUEST, request(true, -1)).answer(BUILDS, build(None));
    let pending = Pending::new(known(), Duration::from_secs(10)).note("symlinks #3: building");
    let link = "https://ci.example.com/#/builders/1/builds/3";
    assert_eq!(poll(&world), Ok(Progress::Pending(pending.link(link))));
}

#[test]
fn what_never_built_is_told() {
    for (results, code, retryable) in [(6, "build_cancelled", false), (3, "build_superseded", true)]
    {
        let world = world()
            .answer(REQUEST, request(true, results))
            .answer(BUILDS, json(200, json!({ "builds": [] })));
        let failure = poll(&world).expect_err("it never built");
        assert_eq!((&*failure.code, failure.retryable), (code, retryable));
        assert_eq!(failure.message.contains("`collapseRequests = False`"), retryable);
    }
}

#[test]
fn it_is_stopped() {
    let cancel = "POST https://ci.example.com/api/v2/buildrequests/7";
    let null = || json(200, json!({ "id": 1, "jsonrpc": "2.0", "result": null }));
    let building = world()
        .answer(cancel, null())
        .answer(BUILDS, build(None))
        .answer("POST https://ci.example.com/api/v2/builds/11", null());
    assert_eq!(building.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    assert_eq!(building.sent_json(2)["method"], "stop");
    let over = world()
        .answer(cancel, null())
        .answer(BUILDS, build(Some(0)))
        .answer(REQUEST, request(true, 0));
    assert_eq!(over.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    let none = || json(200, json!({ "builds": [] }));
    let queued =
        world().answer(cancel, null()).answer(BUILDS, none()).answer(REQUEST, request(false, -1));
    assert_eq!(queued.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    let begins = world()
        .answer(cancel, null())
        .answer(BUILDS, none())
        .answer(REQUEST, request(true, -1))
        .answer(BUILDS, build(None))
        .answer("POST https://ci.example.com/api/v2/builds/11", null());
    assert_eq!(begins.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    let mut between = world().answer(cancel, null());
    for _ in 0..10 {
        between = between.answer(BUILDS, none()).answer(REQUEST, request(true, -1));
    }
    let failure = between.cancel(&plugin(), "build", with(), Some(known())).expect_err("it builds");
    assert_eq!((&*failure.code, failure.retryable), ("not_stopped", true));
}

#[test]
fn the_last_build_is_held_to_be_good() {
    let last =
        "GET https://ci.example.com/api/v2/builders/1/builds?complete=true&order=-number&limit=1";
    let asked = |builds| {
        world()
            .answer(
                "GET https://ci.example.com/api/v2/builders?name=nightly%20run",
                json(200, json!({ "builders": [{ "builderid": 1, "name": "nightly run" }] })),
            )
            .answer(last, builds)
    };
    let with = || json!({ "builder": "nightly run" });
    let url = "https://ci.example.com/#/builders/1/builds/3";
    let value = json!({ "number": 3, "result": "success", "url": url });
    let good = asked(build(Some(0))).invoke(&plugin(), "assert", with());
    assert_eq!(good, Ok(Progress::Done(Done::new(value).link(url))));
    for builds in [build(Some(4)), json(200, json!({ "builds": [] }))] {
        let failure = asked(builds).invoke(&plugin(), "assert", with()).expect_err("not good");
        assert_eq!(failure.code, "assertion_failed");
    }
}
