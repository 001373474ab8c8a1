//! The actions against exchanges as GitHub's REST API makes them.

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Finding, Pending, Progress,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const REPO: &str = "https://api.github.com/repos/team/mirrors";
const RUN: &str = "https://github.com/team/mirrors/actions/runs/42";
/// Thirty days before the recorded world.
const SINCE: &str = "2026-01-30T12%3A00%3A00Z";

fn world() -> Recorded {
    Recorded::new().config("url", "https://api.github.com").secret("token")
}

fn with() -> Value {
    json!({
        "repository": "team/mirrors", "file": "release.yaml", "ref": "main",
        "inputs": { "version": "1.4.0", "dry": true }, "key_input": "hardstop",
    })
}

fn known() -> Value {
    json!({ "known": 42 })
}

fn run(status: &str, conclusion: Option<&str>, title: &str) -> Value {
    json!({
        "id": 42, "display_title": title, "status": status, "conclusion": conclusion,
        "html_url": RUN, "event": "workflow_dispatch",
    })
}

fn get(path: &str) -> String {
    format!("GET {REPO}/{path}")
}

/// Where the runs of the file are listed.
fn runs(page: u32) -> String {
    let since = format!("created=%3E%3D{SINCE}&event=workflow_dispatch");
    get(&format!("actions/workflows/release.yaml/runs?{since}&per_page=100&page={page}"))
}

fn post(path: &str) -> String {
    format!("POST {REPO}/{path}")
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn a_run_is_begun_with_its_key() {
    let dispatch = post("actions/workflows/release.yaml/dispatches");
    let world = world().answer(&dispatch, json(200, json!({ "workflow_run_id": 42 })));
    let begun = world.invoke(&plugin(), "dispatch", with());
    assert_eq!(begun, Ok(Progress::Pending(Pending::new(known(), Duration::ZERO))));
    let inputs = json!({ "version": "1.4.0", "dry": "true", "hardstop": "key-1" });
    let sent = json!({ "ref": "main", "inputs": inputs, "return_run_details": true });
    assert_eq!(world.sent_json(0), sent);
    let header = |name| world.sent_header(0, name).unwrap_or_default();
    assert_eq!(header("authorization"), "Bearer placeholder-of-token");
    assert_eq!(header("x-github-api-version"), "2022-11-28");
}

#[test]
fn a_run_that_is_not_named_is_found_by_its_key() {
    let begun = |world: Recorded| match world.invoke(&plugin(), "dispatch", with()) {
        Ok(Progress::Pending(Pending { state, .. })) => state,
        other => panic!("it does not go on: {other:?}"),
    };
    let dispatch = post("actions/workflows/release.yaml/dispatches");
    let sought = json!({ "sought": { "times": 0 } });
    assert_eq!(begun(world().answer(&dispatch, text(204, ""))), sought);
    let lost = Broken::NoAnswer("reset".to_owned());
    assert_eq!(begun(world().breaks(&dispatch, lost)), sought);
    let one = |title: &str| json(200, json!({ "workflow_runs": [run("queued", None, title)] }));
    let world = world()
        .answer(&runs(1), one("release (key-1)"))
        .answer(&get("actions/runs/42"), json(200, run("queued", None, "release (key-1)")));
    let found = world.poll(&plugin(), "dispatch", with(), sought);
    let pending = Pending::new(known(), Duration::from_secs(15)).note("release.yaml is queued");
    assert_eq!(found, Ok(Progress::Pending(pending.link(RUN))));
    let other = || one("release (key-12)");
    let absent = self::world()
        .answer(&runs(1), other())
        .answer(&runs(2), json(200, json!({ "workflow_runs": [] })));
    assert_eq!(absent.probe(&plugin(), "dispatch", with()), Ok(Finding::NotStarted));
    let many = (1..=10).fold(self::world(), |world, page| world.answer(&runs(page), other()));
    let unclear = many.probe(&plugin(), "dispatch", with());
    assert!(matches!(unclear, Ok(Finding::CannotTell(_))), "{unclear:?}");
    let keyless = json!({ "repository": "team/mirrors", "file": "release.yaml", "ref": "main" });
    let unclear = self::world().probe(&plugin(), "dispatch", keyless);
    assert!(matches!(unclear, Ok(Finding::CannotTell(_))), "{unclear:?}");
}

#[test]
fn a_server_that_does_not_tell_which_run_it_begins_is_asked_without() {
    let dispatch = post("actions/workflows/release.yaml/dispatches");
    let refused =
        || json(422, json!({ "message": "\"return_run_details\" is not a permitted key." }));
    let older = world().answer(&dispatch, refused()).answer(&dispatch, text(204, ""));
    let begun = older.invoke(&plugin(), "dispatch", with());
    let sought = Pending::new(json!({ "sought": { "times": 0 } }), Duration::from_secs(1));
    assert_eq!(begun, Ok(Progress::Pending(sought)));
    let inputs = json!({ "version": "1.4.0", "dry": "true", "hardstop": "key-1" });
    assert_eq!(older.sent_json(1), json!({ "ref": "main", "inputs": inputs }));
    // Its answer would be followed nowhere.
    let keyless = json!({ "repository": "team/mirrors", "file": "release.yaml", "ref": "main" });
    let failure = world()
        .answer(&dispatch, refused())
        .invoke(&plugin(), "dispatch", keyless)
        .expect_err("its run could not be found");
    assert_eq!((&*failure.code, failure.retryable), ("bad_input", false));
    let other = json(422, json!({ "message": "No ref found for: main" }));
    let failure = world()
        .answer(&dispatch, other)
        .invoke(&plugin(), "dispatch", with())
        .expect_err("it is refused");
    assert_eq!(failure.code, "rejected");
}

/// A run that has ended, what its one part printed there.
fn ended(conclusion: &str) -> Recorded {
    let part = json!({ "id": 5, "name": "links", "conclusion": conclusion });
    let parts = json!({ "jobs": [part], "total_count": 3 });
    world()
        .answer(&get("actions/runs/42"), json(200, run("completed", Some(conclusion), "release")))
        .answer(&get("actions/runs/42/jobs?per_page=100"), json(200, parts))
}

#[test]
fn its_end_is_told_and_its_console_text_kept() {
    let logs = get("actions/jobs/5/logs");
    let world = ended("success").answer(&logs, text(200, "switching\n"));
    let done = world.poll(&plugin(), "dispatch", with(), known());
    let value = json!({ "id": 42, "url": RUN, "console": "console.txt" });
    assert_eq!(done, Ok(Progress::Done(Done::new(value).link(RUN))));
    let console = "== links: success\nswitching\n[2 more are left out]\n";
    assert_eq!(world.kept("console.txt").as_deref(), Some(console));
    let world = ended("timed_out").breaks(&logs, Broken::Denied("elsewhere".to_owned()));
    let failure = world.poll(&plugin(), "dispatch", with(), known()).expect_err("it failed");
    let told = format!("release.yaml ended as timed_out: {RUN}");
    assert_eq!((&*failure.code, failure.message), ("build_failed", told));
    let console = world.kept("console.txt").unwrap_or_default();
    assert!(console.contains("[not kept: GET https://api.github.com/"), "{console}");
}

#[test]
fn it_is_stopped() {
    let cancel = |status: u16| {
        let world = world().answer(&post("actions/runs/42/cancel"), text(status, ""));
        world.cancel(&plugin(), "dispatch", with(), Some(known())).map_err(|it| it.code)
    };
    assert_eq!(cancel(202), Ok(()));
    assert_eq!(cancel(409), Ok(()));
    assert_eq!(cancel(403), Err("forbidden".into()));
}

#[test]
fn comments_and_issues_are_posted_once() {
    let body = "out\n\n<!-- hardstop key-1 -->";
    let url = "https://github.com/team/mirrors/issues/7";
    let check =
        |action: &str, with: Value, (made, looked): (&str, &str), item: Value, value: Value| {
            let done = Done::new(value).link(url);
            let world = world().answer(&post(made), json(201, item.clone()));
            let posted = world.invoke(&plugin(), action, with.clone());
            assert_eq!(posted, Ok(Progress::Done(done.clone())));
            assert_eq!(world.sent_json(0)["body"], body);
            let mut ours = item.clone();
            ours["body"] = json!(body);
            let page =
                |number: u32| get(&format!("{looked}since={SINCE}&per_page=100&page={number}"));
            let listed = |items: Value| json(200, items);
            let there = self::world()
                .answer(&page(1), listed(json!([item])))
                .answer(&page(2), listed(json!([item, ours])));
            assert_eq!(there.probe(&plugin(), action, with.clone()), Ok(Finding::Done(done)));
            let absent = self::world()
                .answer(&page(1), listed(json!([item])))
                .answer(&page(2), listed(json!([])));
            assert_eq!(absent.probe(&plugin(), action, with.clone()), Ok(Finding::NotStarted));
            let other = listed(json!([item]));
            let many = (1..=10)
                .fold(self::world(), |world, number| world.answer(&page(number), other.clone()));
            let unclear = many.probe(&plugin(), action, with.clone());
            assert!(matches!(unclear, Ok(Finding::CannotTell(_))), "{unclear:?}");
        };
    check(
        "comment",
        json!({ "repository": "team/mirrors", "number": 7, "body": "out" }),
        ("issues/7/comments", "issues/7/comments?"),
        json!({ "id": 9, "html_url": url }),
        json!({ "id": 9, "url": url }),
    );
    check(
        "issue",
        json!({ "repository": "team/mirrors", "title": "Remove it", "body": "out" }),
        ("issues", "issues?state=all&"),
        json!({ "number": 7, "html_url": url }),
        json!({ "number": 7, "url": url }),
    );
}

#[test]
fn a_permalink_names_the_commit() {
    let commit =
        json!({ "sha": "abc123", "html_url": "https://github.com/team/mirrors/commit/abc123" });
    let with = |lines: &str| json!({ "repository": "team/mirrors", "path": "a/b c.yaml", "ref": "main", "lines": lines });
    let asked = || {
        world()
            .answer(&get("commits/main"), json(200, commit.clone()))
            .answer(&get("contents/a/b%20c.yaml?ref=abc123"), json(200, json!({})))
    };
    let url = "https://github.com/team/mirrors/blob/abc123/a/b%20c.yaml#L10-L20";
    let done = Done::new(json!({ "commit": "abc123", "url": url })).link(url);
    let linked = asked().invoke(&plugin(), "permalink", with("10-20"));
    assert_eq!(linked, Ok(Progress::Done(done)));
    let wrong = asked().invoke(&plugin(), "permalink", with("x")).expect_err("no lines");
    assert_eq!(wrong.code, "bad_input");
    let missing = world()
        .answer(&get("commits/main"), json(200, commit.clone()))
        .answer(&get("contents/a/b%20c.yaml?ref=abc123"), text(404, ""));
    let failure = missing.invoke(&plugin(), "permalink", with("1")).expect_err("it is not there");
    assert_eq!(failure.code, "not_found");
}

#[test]
fn refusals_are_told() {
    let with = json!({ "repository": "team/mirrors", "number": 7, "body": "out" });
    let code = |answer| {
        let world = world().answer(&post("issues/7/comments"), answer);
        world.invoke(&plugin(), "comment", with.clone()).expect_err("it is refused").code
    };
    assert_eq!(code(text(401, "")), "unauthorized");
    assert_eq!(code(text(422, "")), "rejected");
    assert_eq!(code(text(403, "").with("x-ratelimit-remaining", "0")), "rate_limited");
    let alone = json!({ "repository": "mirrors", "number": 7, "body": "out" });
    let failure = world().invoke(&plugin(), "comment", alone).expect_err("it has no owner");
    assert_eq!(failure.code, "bad_input");
}
