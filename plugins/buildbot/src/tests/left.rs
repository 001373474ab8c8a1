//! What a build leaves.

use hardstop_sdk::{
    Broken, Done, Progress,
    http::Response,
    testing::{Recorded, json, text},
};
use serde_json::{Value, json};

use super::{BUILDS, REQUEST, build, poll, request, world};

fn stdio(lines: u64) -> Value {
    json!({ "logid": 5, "name": "stdio", "type": "s", "num_lines": lines })
}

/// The exchanges in which a build that has ended leaves its console text.
fn ended(results: i64) -> Recorded {
    let steps = json!([
        { "stepid": 1, "number": 0, "name": "worker_preparation", "results": 0, "state_string": "worker w1 ready" },
        { "stepid": 2, "number": 1, "name": "links", "results": results, "state_string": "'sh -c ...'" },
    ]);
    world()
        .answer(REQUEST, request(true, results))
        .answer(BUILDS, build(Some(results)))
        .answer(
            "GET https://ci.example.com/api/v2/builds/11/steps",
            json(200, json!({ "steps": steps })),
        )
        .answer(
            "GET https://ci.example.com/api/v2/steps/2/logs",
            json(200, json!({ "logs": [stdio(1)] })),
        )
        .answer(&contents(20_000, 1), said("oswitching 1.4.0\n"))
        .answer("GET https://ci.example.com/api/v2/steps/1/logs", json(200, json!({ "logs": [] })))
}

#[test]
fn a_good_build_leaves_its_console_text() {
    let world = ended(1);
    let url = "https://ci.example.com/#/builders/1/builds/3";
    let value = json!({ "number": 3, "result": "warnings", "url": url, "console": "console.txt" });
    assert_eq!(poll(&world), Ok(Progress::Done(Done::new(value).link(url))));
    let console = "== 0 worker_preparation: success (worker w1 ready)\n\
                   == 1 links: warnings ('sh -c ...')\nswitching 1.4.0\n";
    assert_eq!(world.kept("console.txt").as_deref(), Some(console));
}

#[test]
fn a_bad_build_fails_and_leaves_it_too() {
    let world = ended(2);
    let failure = poll(&world).expect_err("the build failed");
    assert_eq!((&*failure.code, failure.retryable), ("build_failed", false));
    let told = "symlinks #3 ended as failure: https://ci.example.com/#/builders/1/builds/3";
    assert_eq!(failure.message, told);
    assert!(world.kept("console.txt").is_some_and(|console| console.contains("switching")));
}

/// The last lines of a log of so many.
fn contents(lines: u64, of: u64) -> String {
    let first = of.saturating_sub(lines);
    format!("GET https://ci.example.com/api/v2/logs/5/contents?offset={first}&limit={lines}")
}

fn said(content: &str) -> Response {
    json(200, json!({ "logchunks": [{ "logid": 5, "firstline": 0, "content": content }] }))
}

fn too_large() -> Broken {
    Broken::TooLarge("more than 16777216 bytes".to_owned())
}

/// The exchanges in which a build that went well has one step, up to its logs.
fn one_step(logs: &[Value]) -> Recorded {
    let step = json!({
        "stepid": 2, "number": 0, "name": "links", "results": 0, "state_string": "done",
    });
    world()
        .answer(REQUEST, request(true, 0))
        .answer(BUILDS, build(Some(0)))
        .answer(
            "GET https://ci.example.com/api/v2/builds/11/steps",
            json(200, json!({ "steps": [step] })),
        )
        .answer(
            "GET https://ci.example.com/api/v2/steps/2/logs",
            json(200, json!({ "logs": logs })),
        )
}

fn console_of(world: &Recorded) -> String {
    assert!(matches!(poll(world), Ok(Progress::Done(_))), "how it ended stands");
    world.kept("console.txt").expect("it is kept")
}

#[test]
fn of_a_log_that_is_too_large_the_end_is_kept() {
    let world = one_step(&[stdio(5_000)])
        .breaks(&contents(20_000, 5_000), too_large())
        .answer(&contents(2_000, 5_000), said("oone\netwo\nhüber\n"));
    let told = "== 0 links: success (done)\n[3000 lines before this are left out]\n\
                one\ntwo\nüber\n";
    assert_eq!(console_of(&world), told);
}

#[test]
fn how_a_build_ended_stands_without_its_console_text() {
    let line = "[not kept: GET https://ci.example.com/api/v2/logs/5/";
    let world = one_step(&[stdio(5_000)])
        .breaks(&contents(20_000, 5_000), too_large())
        .breaks(&contents(2_000, 5_000), too_large())
        .breaks(&contents(200, 5_000), too_large());
    let console = console_of(&world);
    assert!(console.contains(line), "{console}");
    let world =
        one_step(&[stdio(1)]).answer(&contents(20_000, 1), text(500, "no such compression"));
    let console = console_of(&world);
    assert!(console.contains(line), "{console}");
}

#[test]
fn console_text_takes_only_so_many_requests() {
    // Two are asked before, and how many there are is asked twice.
    let logs: Vec<Value> = (0..100).map(|_| stdio(1)).collect();
    let mut world = one_step(&logs);
    for _ in 0..78 {
        world = world.answer(&contents(20_000, 1), said("oline\n"));
    }
    let console = console_of(&world);
    assert_eq!(console.matches("line\n").count(), 78);
    let told = "[not kept: only 80 requests are made for console text]\n";
    assert_eq!(console.matches(told).count(), 22);
}

#[test]
fn of_many_steps_the_last_are_kept() {
    let steps: Vec<Value> = (0..100)
        .map(|id| {
            json!({
                "stepid": id, "number": id, "name": "s", "results": 0, "state_string": "done",
            })
        })
        .collect();
    let mut world =
        world().answer(REQUEST, request(true, 0)).answer(BUILDS, build(Some(0))).answer(
            "GET https://ci.example.com/api/v2/builds/11/steps",
            json(200, json!({ "steps": steps })),
        );
    for id in (21..100).rev() {
        let logs = format!("GET https://ci.example.com/api/v2/steps/{id}/logs");
        world = world.answer(&logs, json(200, json!({ "logs": [] })));
    }
    let console = console_of(&world);
    let told = "[the first 21 steps are left out]\n== 21 s: success (done)\n";
    assert!(console.starts_with(told), "{console}");
    assert!(console.ends_with("== 99 s: success (done)\n"), "{console}");
}
