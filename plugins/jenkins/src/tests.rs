//! The actions against exchanges as Jenkins' remote API makes them.

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
const BUILDS: &str = "api/json?tree=builds%5Bnumber%2CqueueId%2Cactions%5Bparameters%5Bname%2Cvalue%5D%5D%5D%7B0%2C100%7D";
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
        json(200, json!({ "builds": [{ "number": 35, "queueId": 39, "actions": marked(key) }] }))
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
        json!({ "builds": [{ "number": 36, "queueId": 40 }, { "number": 35, "queueId": 39 }] });
    let world = world()
        .answer(ITEM, text(404, ""))
        .answer(&get(BUILDS), json(200, builds))
        .answer(&get(&format!("35/{BUILD}")), build(None));
    let followed = poll(&world, json!({ "known": { "queued": 39 } }));
    assert!(matches!(followed, Ok(Progress::Pending(_))), "{followed:?}");
}

/// A build that has ended, its console text there.
fn ended(result: &str) -> Recorded {
    world()
        .answer(&get(&format!("35/{BUILD}")), build(Some(result)))
        .answer(&get("35/consoleText"), text(200, "switching\n"))
}

#[test]
fn a_good_build_leaves_console_text_and_artifacts() {
    let world = ended("SUCCESS").answer(&get("35/artifact/out/links.txt"), text(200, "a -> b\n"));
    let value = json!({
        "number": 35, "result": "SUCCESS", "url": URL, "console": "console.txt",
        "artifacts": ["out_links.txt"],
    });
    let done = poll(&world, json!({ "known": { "number": 35 } }));
    assert_eq!(done, Ok(Progress::Done(Done::new(value).link(URL))));
    assert_eq!(world.kept("console.txt").as_deref(), Some("switching\n"));
    assert_eq!(world.kept("out_links.txt").as_deref(), Some("a -> b\n"));
}

#[test]
fn a_bad_build_fails_and_leaves_its_console_text() {
    let world = ended("UNSTABLE");
    let failure = poll(&world, json!({ "known": { "number": 35 } })).expect_err("it failed");
    let told = format!("release/links #35 ended as UNSTABLE: {URL}");
    assert_eq!((&*failure.code, failure.message), ("build_failed", told));
    assert_eq!(world.kept("console.txt").as_deref(), Some("switching\n"));
    let lenient = json!({ "job": "release/links", "unstable": true, "artifacts": ["gone.txt"] });
    let state = json!({ "known": { "number": 35 } });
    let missing = ended("UNSTABLE").poll(&plugin(), "build", lenient, state);
    assert_eq!(missing.expect_err("an artifact is missing").code, "artifact_missing");
}

#[test]
fn it_is_stopped_where_it_is() {
    let stop = |world: Recorded, id: Value| {
        world.cancel(&plugin(), "build", with(), Some(json!({ "known": id })))
    };
    let building = world().answer(&format!("POST {JOB}/35/stop"), text(302, ""));
    assert_eq!(stop(building, json!({ "number": 35 })), Ok(()));
    let queued = world()
        .answer(ITEM, json(200, json!({ "why": "soon" })))
        .answer("POST https://ci.example.com/queue/cancelItem?id=39", text(204, ""));
    assert_eq!(stop(queued, json!({ "queued": 39 })), Ok(()));
    let refused = world().answer(&format!("POST {JOB}/35/stop"), text(403, "denied"));
    assert_eq!(stop(refused, json!({ "number": 35 })).expect_err("it goes on").code, "forbidden");
}

#[test]
fn what_a_build_has_to_say_is_given() {
    let with = json!({ "job": "release/links", "values": "out/links.txt" });
    let look = |said: &str| {
        let world = ended("SUCCESS").answer(&get("35/artifact/out/links.txt"), text(200, said));
        world.poll(&plugin(), "build", with.clone(), json!({ "known": { "number": 35 } }))
    };
    let value = json!({
        "number": 35, "result": "SUCCESS", "url": URL, "console": "console.txt",
        "artifacts": ["out_links.txt"], "values": { "image": "web:7", "share": "0.5" },
    });
    let said = r#"{"image": "web:7", "share": 0.5}"#;
    assert_eq!(look(said), Ok(Progress::Done(Done::new(value).link(URL))));
    for wrong in ["[1]", "{", &format!("{{\"a\": \"{}\"}}", "x".repeat(65_536))] {
        assert_eq!(look(wrong).expect_err("no values").code, "bad_values");
    }
}

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

#[test]
fn names_of_artifacts_fit_every_file_system() {
    for (path, name) in [
        ("out/links.txt", "out_links.txt"),
        ("target/App-1.0.JAR", "target_app-1.0.jar"),
        (".hidden", "hidden"),
        ("a/../b", "a____b"),
        (&format!("{}/x.txt", "d".repeat(80)), &format!("{}_x.txt", "d".repeat(50))),
    ] {
        assert_eq!(crate::left::file_name(path), name, "{path}");
    }
}
