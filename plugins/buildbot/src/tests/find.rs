//! Builds of others, and values among properties.

use hardstop_sdk::{
    Done, Failure, Progress,
    testing::{Recorded, json},
};
use serde_json::{Value, json};

use super::{REQUEST, build, known, request, with, world};
use crate::plugin;

const BUILDER: &str = "GET https://ci.example.com/api/v2/builders?name=image";
const BUILDS: &str = "GET https://ci.example.com/api/v2/builders/1/builds";
const URL: &str = "https://ci.example.com/#/builders/1/builds/3";

fn past(number: u64, results: i64, properties: &Value) -> Value {
    json!({
        "builderid": 1, "buildid": 10 + number, "number": number, "complete": true,
        "results": results, "state_string": "finished", "properties": properties,
    })
}

/// What `find` comes to if this is asked for and answered.
fn find(with: &Value, asked: &str, builds: &[Value]) -> Result<Value, Failure> {
    let mut whole = json!({ "builder": "image" });
    whole.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    let world = world()
        .answer(BUILDER, json(200, json!({ "builders": [{ "builderid": 1 }] })))
        .answer(&format!("{BUILDS}{asked}"), json(200, json!({ "builds": builds })));
    match world.invoke(&plugin(), "find", whole)? {
        Progress::Done(done) => Ok(done.value),
        Progress::Pending(_) => panic!("it only looks"),
    }
}

#[test]
fn the_newest_build_that_fits_is_found() {
    let release = |release: Value| json!({ "release": [release, "Force Build Form"] });
    let builds = [
        past(5, 2, &release("1.4".into())),
        past(4, 1, &release(7.into())),
        past(3, 0, &release("1.4".into())),
    ];
    let last = "?complete=true&order=-number&limit=100";
    let named = format!("{last}&property=release");
    let before = format!("{last}&number__lt=5");
    for (with, asked, number) in [
        (json!({}), last, 4),
        (json!({ "result": "any" }), last, 5),
        (json!({ "result": "any", "before": 5 }), &*before, 4),
        (json!({ "properties": { "release": "1.4" } }), &*named, 3),
        (json!({ "properties": { "release": "7" } }), &*named, 4),
        (json!({ "result": "any", "properties": { "release": "1.4" } }), &*named, 5),
    ] {
        let found = find(&with, asked, &builds).expect("one fits");
        assert_eq!(found["number"], number, "{with}");
    }
    let other = json!({ "properties": { "release": "2" } });
    assert_eq!(find(&other, &named, &builds).expect_err("there is none").code, "not_found");
    let failed = find(&json!({ "number": 5 }), "/5", &builds[..1]);
    assert_eq!(failed.expect_err("it went badly").code, "not_found");
}

#[test]
fn what_a_build_has_to_say_is_given() {
    let properties = json!({ "digest": ["sha256:0", "Set"], "share": [0.5, "Set"] });
    let asked = "/3?property=digest&property=share";
    let with = json!({ "number": 3, "values": ["share", "digest"] });
    let value = json!({
        "number": 3, "result": "success", "url": URL,
        "values": { "digest": "sha256:0", "share": "0.5" },
    });
    assert_eq!(find(&with, asked, &[past(3, 0, &properties)]), Ok(value));
    let large = json!({ "digest": ["0".repeat(65_536), "Set"], "share": [1, "Set"] });
    for properties in [json!({ "digest": ["sha256:0", "Set"] }), Value::Null, large] {
        let failure = find(&with, asked, &[past(3, 0, &properties)]);
        assert_eq!(failure.expect_err("a value is missing").code, "bad_values");
    }
}

/// A build that went well and is followed to its end.
fn followed(properties: &Value) -> Recorded {
    let mut over = serde_json::from_slice::<Value>(&build(Some(0)).body).expect("it is JSON");
    over["builds"][0]["properties"] = properties.clone();
    let builds = "GET https://ci.example.com/api/v2/builds?buildrequestid=7&order=-number&limit=1\
                  &property=digest";
    let steps = "GET https://ci.example.com/api/v2/builds/11/steps";
    world()
        .answer(REQUEST, request(true, 0))
        .answer(builds, json(200, over))
        .answer(steps, json(200, json!({ "steps": [] })))
}

#[test]
fn a_build_gives_values_when_it_ends() {
    let mut with = with();
    with["values"] = json!(["digest"]);
    let poll = |world: &Recorded| world.poll(&plugin(), "build", with.clone(), known());
    let value = json!({
        "number": 3, "result": "success", "url": URL, "console": "console.txt",
        "values": { "digest": "sha256:0" },
    });
    let said = followed(&json!({ "digest": ["sha256:0", "Set"] }));
    assert_eq!(poll(&said), Ok(Progress::Done(Done::new(value).link(URL))));
    let silent = poll(&followed(&json!({})));
    assert_eq!(silent.expect_err("it said nothing").code, "bad_values");
}
