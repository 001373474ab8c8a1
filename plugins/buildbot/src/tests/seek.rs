//! Attempts whose answer was lost.

use std::time::Duration;

use hardstop_sdk::{Broken, Failure, Finding, Pending, Progress, http::Response, testing::json};
use serde_json::{Value, json};

use super::{
    BUILDERS, BUILDS, FORCE, REQUEST, SCHEDULER, builders, field, known, request, scheduler,
    schedulers, with, world,
};
use crate::plugin;

const SETS: &str = "GET https://ci.example.com/api/v2/buildsets?reason__contains=key-1";
const NEWEST: &str = "GET https://ci.example.com/api/v2/builders/1/buildrequests?order=-buildrequestid&limit=100&property=reason&property=hardstop";
const REQUESTS: &str = "GET https://ci.example.com/api/v2/buildrequests?buildsetid=1";

#[test]
fn a_lost_answer_is_not_a_second_build() {
    let broken = Broken::NoAnswer("reset".to_owned());
    let world = world()
        .answer(SCHEDULER, schedulers())
        .breaks(FORCE, broken)
        .answer(SETS, json(200, json!({ "buildsets": [] })))
        .answer(BUILDERS, builders())
        .answer(NEWEST, json(200, json!({ "buildrequests": [] })))
        .answer(SCHEDULER, schedulers())
        .answer(SETS, sets("release (hardstop key-1), forced by ''"))
        .answer(REQUESTS, request(false, -1))
        .answer(REQUEST, request(false, -1))
        .answer(BUILDS, json(200, json!({ "builds": [] })));
    let mut last = world.invoke(&plugin(), "build", with()).expect("it goes on");
    for _ in 0..2 {
        let Progress::Pending(Pending { state, .. }) = last else { panic!("it goes on") };
        last = world.poll(&plugin(), "build", with(), state).expect("it goes on");
    }
    let queued = Pending::new(known(), Duration::from_secs(10)).note("symlinks is queued");
    let link = "https://ci.example.com/#/buildrequests/7";
    assert_eq!(last, Progress::Pending(queued.link(link)));
}

fn sets(reason: &str) -> Response {
    json(200, json!({ "buildsets": [{ "bsid": 1, "reason": reason, "complete": false }] }))
}

#[test]
fn an_attempt_is_found_by_its_whole_key() {
    let found =
        world().answer(SETS, sets("forced (hardstop key-1)")).answer(REQUESTS, request(true, 0));
    let pending = Finding::Pending(Pending::new(known(), Duration::ZERO));
    assert_eq!(found.probe(&plugin(), "build", with()), Ok(pending));
    let other = sets("forced (hardstop key-12)");
    assert_eq!(
        probe(other, &[requested(8, "key-12")], Some(schedulers())),
        Ok(Finding::NotStarted)
    );
}

/// A request that was made with this key.
fn requested(id: u64, key: &str) -> Value {
    let properties = json!({ "hardstop": [key, "Force Build Form"] });
    json!({
        "buildrequestid": id, "claimed": true, "complete": true, "results": 0,
        "properties": properties,
    })
}

/// What a probe says that finds these sets by their reason, then these requests, and then asks for
/// the scheduler.
fn probe(
    sets: Response,
    requests: &[Value],
    scheduler: Option<Response>,
) -> Result<Finding<Value, Value>, Failure> {
    let mut world = world()
        .answer(SETS, sets)
        .answer(BUILDERS, builders())
        .answer(NEWEST, json(200, json!({ "buildrequests": requests })));
    if let Some(scheduler) = scheduler {
        world = world.answer(SCHEDULER, scheduler);
    }
    world.probe(&plugin(), "build", with())
}

#[test]
fn an_attempt_is_found_where_its_reason_was_not_kept() {
    let none = || json(200, json!({ "buildsets": [] }));
    let pending = || Ok(Finding::Pending(Pending::new(known(), Duration::ZERO)));
    let others = [requested(9, "key-12"), requested(8, "key-1"), requested(7, "key-1")];
    // Somebody has repeated the build since.
    assert_eq!(probe(none(), &others, None), pending());
    let mut by_reason = requested(7, "");
    by_reason["properties"] = json!({ "reason": ["it (hardstop key-1)", "Force Build Form"] });
    assert_eq!(probe(none(), &[by_reason], None), pending());
}

#[test]
fn where_no_key_was_left_nobody_can_tell() {
    let none = || json(200, json!({ "buildsets": [] }));
    let fixed = |more: &[Value]| Some(scheduler(&field("fixed", "reason"), more));
    let key = [field("text", "hardstop")];
    let other = requested(8, "key-12");
    let few = probe(none(), std::slice::from_ref(&other), fixed(&key));
    assert_eq!(few, Ok(Finding::NotStarted));
    let told = "it is not among the last 100 requests of symlinks, and the reason of `force` takes \
                no key that could be searched for";
    let many = probe(none(), &vec![other.clone(); 100], fixed(&key));
    assert_eq!(many, Ok(Finding::CannotTell(told.to_owned())));
    let told = "the reason of `force` takes no key, and it declares no text parameter `hardstop` \
                that would tell";
    assert_eq!(probe(none(), &[other], fixed(&[])), Ok(Finding::CannotTell(told.to_owned())));
}
