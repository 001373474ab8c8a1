//! The actions against exchanges as GitLab's REST API makes them.

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Finding, Pending, Progress,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const PROJECT: &str = "https://gitlab.example.com/api/v4/projects/team%2Fmirrors";
/// Thirty days before the recorded world.
const SINCE: &str = "created_after=2026-01-30T12%3A00%3A00Z";
const URL: &str = "https://gitlab.example.com/team/mirrors/-/pipelines/42";

fn world() -> Recorded {
    Recorded::new().config("url", "https://gitlab.example.com").secret("token")
}

fn with() -> Value {
    json!({ "project": "team/mirrors", "ref": "main", "variables": { "VERSION": "1.4.0" } })
}

fn known() -> Value {
    json!({ "known": 42 })
}

fn run(status: &str) -> Value {
    json!({ "id": 42, "status": status, "web_url": URL })
}

fn get(path: &str) -> String {
    format!("GET {PROJECT}{path}")
}

fn post(path: &str) -> String {
    format!("POST {PROJECT}/{path}")
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn a_run_is_begun_with_its_key() {
    let begin = format!("POST {PROJECT}/pipeline");
    let world = world().answer(&begin, json(201, run("created")));
    let begun = world.invoke(&plugin(), "dispatch", with());
    assert_eq!(begun, Ok(Progress::Pending(Pending::new(known(), Duration::ZERO))));
    let variables = json!([
        { "key": "HARDSTOP_KEY", "value": "key-1" }, { "key": "VERSION", "value": "1.4.0" },
    ]);
    assert_eq!(world.sent_json(0), json!({ "ref": "main", "variables": variables }));
    let header = world.sent_header(0, "authorization");
    assert_eq!(header.as_deref(), Some("Bearer placeholder-of-token"));
}

#[test]
fn a_run_is_begun_where_nobody_may_set_variables() {
    let with = || {
        let inputs = json!({ "version": "1.4.0", "dry": false, "hosts": ["a", "b"] });
        json!({ "project": "team/mirrors", "ref": "main", "inputs": inputs, "key_variable": "" })
    };
    let begin = format!("POST {PROJECT}/pipeline");
    let world = world().answer(&begin, json(201, run("created")));
    let begun = world.invoke(&plugin(), "dispatch", with());
    assert_eq!(begun, Ok(Progress::Pending(Pending::new(known(), Duration::ZERO))));
    let sent = json!({ "ref": "main", "variables": [], "inputs": with()["inputs"] });
    assert_eq!(world.sent_json(0), sent);
    let unclear = self::world().probe(&plugin(), "dispatch", with());
    assert!(matches!(unclear, Ok(Finding::CannotTell(_))), "{unclear:?}");
}

#[test]
fn a_lost_run_is_found_by_its_key() {
    let runs = format!("GET {PROJECT}/pipelines?source=api&ref=main&{SINCE}&per_page=50");
    let variables = format!("GET {PROJECT}/pipelines/42/variables");
    let probe = |answer| {
        let world = world().answer(&runs, json(200, json!([run("running")])));
        world.answer(&variables, answer).probe(&plugin(), "dispatch", with())
    };
    let key = |key: &str| json(200, json!([{ "key": "HARDSTOP_KEY", "value": key }]));
    let pending = Finding::Pending(Pending::new(known(), Duration::ZERO));
    assert_eq!(probe(key("key-1")), Ok(pending));
    assert_eq!(probe(key("key-12")), Ok(Finding::NotStarted));
    assert!(matches!(probe(text(403, "")), Ok(Finding::CannotTell(_))));
    assert!(probe(text(502, "")).is_err());
}

#[test]
fn a_run_that_may_be_further_back_is_for_people() {
    let find = |others: usize| {
        let with = json!({ "project": "team/mirrors", "ref": "refs/heads/main" });
        let runs = get(&format!("/pipelines?source=api&ref=main&{SINCE}&per_page=50"));
        let mut world = world().answer(&runs, json(200, json!(vec![run("running"); others])));
        for _ in 0..others {
            world = world.answer(&get("/pipelines/42/variables"), json(200, json!([])));
        }
        world.probe(&plugin(), "dispatch", with)
    };
    assert_eq!(find(49), Ok(Finding::NotStarted));
    assert!(matches!(find(50), Ok(Finding::CannotTell(_))));
}

#[test]
fn it_is_followed_to_its_end() {
    let look = format!("GET {PROJECT}/pipelines/42");
    let parts = format!("GET {PROJECT}/pipelines/42/jobs?per_page=100");
    let poll = |world: &Recorded| world.poll(&plugin(), "dispatch", with(), known());
    let going = world().answer(&look, json(200, run("waiting_for_resource")));
    let note = "the CI run 42 of team/mirrors is waiting_for_resource";
    let pending = Pending::new(known(), Duration::from_secs(15)).note(note).link(URL);
    assert_eq!(poll(&going), Ok(Progress::Pending(pending)));
    let ended = |status: &str| {
        let listed = json!([
            { "id": 5, "name": "links", "status": status },
            { "id": 6, "name": "later", "status": "skipped" },
        ]);
        world()
            .answer(&look, json(200, run(status)))
            .answer(&parts, json(200, listed))
            .answer(&get("/jobs/5/trace"), text(200, "switching\n"))
            .answer(&get("/jobs/6/trace"), text(404, ""))
    };
    let good = ended("success");
    let value = json!({ "id": 42, "url": URL, "console": "console.txt" });
    assert_eq!(poll(&good), Ok(Progress::Done(Done::new(value).link(URL))));
    let console = "== links: success\nswitching\n== later: skipped\n";
    assert_eq!(good.kept("console.txt").as_deref(), Some(console));
    let bad = ended("failed");
    assert_eq!(poll(&bad).expect_err("it failed").code, "build_failed");
    assert!(bad.kept("console.txt").is_some());
}

#[test]
fn it_ended_well_whatever_its_parts_printed() {
    let parts = json(200, json!([{ "id": 5, "name": "links", "status": "success" }]));
    let world = world()
        .answer(&get("/pipelines/42"), json(200, run("success")))
        .answer(&get("/pipelines/42/jobs?per_page=100"), parts.with("x-total", "120"))
        .breaks(&get("/jobs/5/trace"), Broken::TooLarge("17 MiB".to_owned()));
    let done = world.poll(&plugin(), "dispatch", with(), known());
    assert!(matches!(done, Ok(Progress::Done(_))), "{done:?}");
    let trace = format!("{PROJECT}/jobs/5/trace");
    let console = format!(
        "== links: success\n[not kept: GET {trace} answered too much: 17 MiB]\n\
         [119 more are left out]\n"
    );
    assert_eq!(world.kept("console.txt"), Some(console));
}

#[test]
fn it_is_stopped() {
    let cancel = format!("POST {PROJECT}/pipelines/42/cancel");
    let world = world().answer(&cancel, json(200, run("canceled")));
    assert_eq!(world.cancel(&plugin(), "dispatch", with(), Some(known())), Ok(()));
}

#[test]
fn comments_are_posted_once() {
    let url = "https://gitlab.example.com/team/mirrors/-/issues/7#note_9";
    let with = || json!({ "project": "team/mirrors", "issue": 7, "body": "out" });
    let body = "out\n\n<!-- hardstop key-1 -->";
    let done = Done::new(json!({ "id": 9, "url": url })).link(url);
    let note = json!({ "id": 9, "body": body });
    let world = world().answer(&post("issues/7/notes"), json(201, note.clone()));
    assert_eq!(world.invoke(&plugin(), "comment", with()), Ok(Progress::Done(done.clone())));
    assert_eq!(world.sent_json(0), json!({ "body": body }));
    let list = |page: u32| {
        get(&format!("/issues/7/notes?order_by=created_at&sort=desc&per_page=100&page={page}"))
    };
    let other = json(200, json!([{ "id": 8, "body": "" }]));
    let there = self::world().answer(&list(1), other.clone());
    let there = there.answer(&list(2), json(200, json!([note])));
    assert_eq!(there.probe(&plugin(), "comment", with()), Ok(Finding::Done(done)));
    let absent = self::world().answer(&list(1), other).answer(&list(2), json(200, json!([])));
    assert_eq!(absent.probe(&plugin(), "comment", with()), Ok(Finding::NotStarted));
    let merge = json!({ "project": "team/mirrors", "merge_request": 3, "body": "out" });
    let world = self::world()
        .answer(&post("merge_requests/3/notes"), json(201, json!({ "id": 9, "body": "" })));
    assert!(world.invoke(&plugin(), "comment", merge).is_ok());
    let neither = json!({ "project": "team/mirrors", "body": "out" });
    let failure = self::world().invoke(&plugin(), "comment", neither).expect_err("on what?");
    assert_eq!(failure.code, "bad_input");
}

#[test]
fn issues_are_opened_once() {
    let url = "https://gitlab.example.com/team/mirrors/-/issues/7";
    let with = || json!({ "project": "team/mirrors", "title": "Remove it", "labels": ["a", "b"] });
    let done = Done::new(json!({ "number": 7, "url": url })).link(url);
    let issue = json!({ "iid": 7, "web_url": url, "description": "\n\n<!-- hardstop key-1 -->" });
    let world = world().answer(&post("issues"), json(201, issue.clone()));
    assert_eq!(world.invoke(&plugin(), "issue", with()), Ok(Progress::Done(done.clone())));
    assert_eq!(world.sent_json(0)["labels"], "a,b");
    let list = |page: u32| {
        let ordered = "order_by=created_at&sort=desc&per_page=100";
        get(&format!("/issues?{SINCE}&{ordered}&page={page}"))
    };
    let there = self::world().answer(&list(1), json(200, json!([issue])));
    assert_eq!(there.probe(&plugin(), "issue", with()), Ok(Finding::Done(done)));
    let other = json(200, json!([{ "iid": 6, "web_url": url, "description": null }]));
    let absent = self::world().answer(&list(1), other.clone());
    let absent = absent.answer(&list(2), json(200, json!([])));
    assert_eq!(absent.probe(&plugin(), "issue", with()), Ok(Finding::NotStarted));
    let many = (1..=10).fold(self::world(), |world, page| world.answer(&list(page), other.clone()));
    let unclear = many.probe(&plugin(), "issue", with());
    assert!(matches!(unclear, Ok(Finding::CannotTell(_))), "{unclear:?}");
}

#[test]
fn a_permalink_names_the_commit() {
    let world = world()
        .answer(&get("/repository/commits/main"), json(200, json!({ "id": "abc123" })))
        .answer(&get("/repository/files/a%2Fb.yaml?ref=abc123"), json(200, json!({})));
    let with =
        json!({ "project": "team/mirrors", "path": "a/b.yaml", "ref": "main", "lines": "1-2" });
    let url = "https://gitlab.example.com/team/mirrors/-/blob/abc123/a/b.yaml#L1-2";
    let done = Done::new(json!({ "commit": "abc123", "url": url })).link(url);
    assert_eq!(world.invoke(&plugin(), "permalink", with), Ok(Progress::Done(done)));
}
