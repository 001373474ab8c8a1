//! Builds of others.

use hardstop_sdk::{
    Done, Failure, Progress,
    testing::{json, text},
};
use serde_json::{Value, json};

use super::{JOB, URL, get, world};
use crate::plugin;

const PAST: &str = "api/json?tree=builds%5Bnumber%2Curl%2Cresult%2Cbuilding%2Cartifacts%5BrelativePath%5D%2Cactions%5Bparameters%5Bname%2Cvalue%5D%5D%5D%7B0%2C100%7D";
const ONE: &str = "api/json?tree=number%2Curl%2Cresult%2Cbuilding%2Cartifacts%5BrelativePath%5D%2Cactions%5Bparameters%5Bname%2Cvalue%5D%5D";

fn past(number: u64, result: Option<&str>, version: u64) -> Value {
    json!({
        "number": number, "url": format!("{JOB}/{number}/"), "result": result,
        "building": result.is_none(), "artifacts": [{ "relativePath": "out/links.txt" }],
        "actions": [{}, null, { "parameters": [{ "name": "VERSION", "value": version }] }],
    })
}

/// The number of the build that is found among five.
fn found(with: Value) -> Result<u64, Failure> {
    let builds = json!([
        past(39, None, 4),
        past(38, Some("FAILURE"), 4),
        past(37, Some("UNSTABLE"), 4),
        past(36, Some("SUCCESS"), 4),
        past(35, Some("SUCCESS"), 3),
    ]);
    let world = world().answer(&get(PAST), json(200, json!({ "builds": builds })));
    match world.invoke(&plugin(), "find", with)? {
        Progress::Done(done) => Ok(done.value["number"].as_u64().unwrap_or_default()),
        Progress::Pending(_) => panic!("it only looks"),
    }
}

#[test]
fn the_newest_build_that_fits_is_found() {
    let job = |more: Value| {
        let mut with = json!({ "job": "release/links" });
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with
    };
    for (more, number) in [
        (json!({}), 36),
        (json!({ "result": "unstable" }), 37),
        (json!({ "result": "any" }), 38),
        (json!({ "result": "any", "before": 38 }), 37),
        (json!({ "parameters": { "VERSION": "3" } }), 35),
        (json!({ "parameters": { "VERSION": 3 } }), 35),
    ] {
        assert_eq!(found(job(more.clone())), Ok(number), "{more}");
    }
    for more in [json!({ "before": 35 }), json!({ "parameters": { "OTHER": "3" } })] {
        assert_eq!(found(job(more)).expect_err("there is none").code, "not_found");
    }
}

#[test]
fn what_a_build_of_others_left_is_kept() {
    let with = json!({
        "job": "release/links", "number": 35, "console": true, "values": "out/links.txt",
    });
    let world = world()
        .answer(&get(&format!("35/{ONE}")), json(200, past(35, Some("SUCCESS"), 3)))
        .answer(&get("35/consoleText"), text(200, "switching\n"))
        .answer(&get("35/artifact/out/links.txt"), text(200, r#"{"copying": []}"#));
    let value = json!({
        "number": 35, "result": "SUCCESS", "url": URL, "parameters": { "VERSION": 3 },
        "console": "console.txt", "artifacts": ["out_links.txt"], "values": { "copying": [] },
    });
    let done = world.invoke(&plugin(), "find", with);
    assert_eq!(done, Ok(Progress::Done(Done::new(value).link(URL))));
    assert_eq!(world.kept("console.txt").as_deref(), Some("switching\n"));
    assert_eq!(world.kept("out_links.txt").as_deref(), Some(r#"{"copying": []}"#));
}
