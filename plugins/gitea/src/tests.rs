//! Where Gitea and Forgejo differ from GitHub; what they share is tried there.

use std::time::Duration;

use hardstop_sdk::{
    Done, Finding, Pending, Progress,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const REPO: &str = "https://git.example.com/api/v1/repos/team/mirrors";
const RUN: &str = "https://git.example.com/team/mirrors/actions/runs/3";

fn world() -> Recorded {
    Recorded::new().config("url", "https://git.example.com/").secret("token")
}

fn with() -> Value {
    json!({
        "repository": "team/mirrors", "file": "release.yaml", "ref": "main", "key_input": "hardstop",
    })
}

fn poll(world: &Recorded) -> Result<Progress<Value, Value>, hardstop_sdk::Failure> {
    world.poll(&plugin(), "dispatch", with(), json!({ "known": 42 }))
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn both_tell_which_run_they_began() {
    let dispatch =
        format!("POST {REPO}/actions/workflows/release.yaml/dispatches?return_run_details=true");
    for begun in [json!({ "id": 42, "run_number": 3 }), json!({ "workflow_run_id": 42 })] {
        let world = world().answer(&dispatch, json(201, begun));
        let pending = Pending::new(json!({ "known": 42 }), Duration::ZERO);
        let result = world.invoke(&plugin(), "dispatch", with());
        assert_eq!(result, Ok(Progress::Pending(pending)));
        assert_eq!(world.sent_json(0)["return_run_info"], true);
    }
}

#[test]
fn a_lost_answer_is_found_again() {
    let probe = |action: &str, with: Value, looked: &[(&str, Value)]| {
        let recorded = looked.iter().fold(world(), |world, (at, answer)| {
            world.answer(&format!("GET {REPO}/{at}"), json(200, answer.clone()))
        });
        recorded.probe(&plugin(), action, with)
    };
    let runs = "actions/runs?workflow_id=release.yaml&event=workflow_dispatch&limit=50&page=1";
    let run = json!({ "id": 42, "title": "x key-1", "status": "running", "html_url": RUN });
    let found = probe("dispatch", with(), &[(runs, json!({ "workflow_runs": [run] }))]);
    let known = Pending::new(json!({ "known": 42 }), Duration::ZERO);
    assert_eq!(found, Ok(Finding::Pending(known)));
    // All comments come at once, however many there are.
    let comments = "issues/7/comments?since=2026-01-30T12%3A00%3A00Z";
    let with = json!({ "repository": "team/mirrors", "number": 7, "body": "out" });
    let others = json!(vec![json!({ "id": 1, "body": "" }); 100]);
    assert_eq!(probe("comment", with, &[(comments, others)]), Ok(Finding::NotStarted));
}

#[test]
fn both_tell_how_it_ended() {
    let gitea = |status: &str, conclusion: &str| {
        json!({
            "id": 42, "display_title": "x", "status": status, "conclusion": conclusion,
            "html_url": RUN,
        })
    };
    let forgejo =
        |status: &str| json!({ "id": 42, "title": "x", "status": status, "html_url": RUN });
    let asked = |run: Value| world().answer(&format!("GET {REPO}/actions/runs/42"), json(200, run));
    for run in [gitea("in_progress", ""), forgejo("running")] {
        assert!(matches!(poll(&asked(run)), Ok(Progress::Pending(_))));
    }
    let parts = format!("GET {REPO}/actions/runs/42/jobs?limit=50");
    for run in [gitea("completed", "success"), forgejo("success")] {
        let world = asked(run).answer(&parts, text(404, "older"));
        let value = json!({ "id": 42, "url": RUN, "console": "console.txt" });
        assert_eq!(poll(&world), Ok(Progress::Done(Done::new(value).link(RUN))));
        let console = world.kept("console.txt").unwrap_or_default();
        assert!(console.starts_with("[not kept: GET "), "{console}");
    }
    for run in [gitea("completed", "failure"), forgejo("failure")] {
        let part = json!({ "id": 5, "name": "links", "status": "failure" });
        let world = asked(run)
            .answer(&parts, json(200, json!([part])))
            .answer(&format!("GET {REPO}/actions/jobs/5/logs"), text(200, "broken\n"));
        assert_eq!(poll(&world).expect_err("it failed").code, "build_failed");
        let console = world.kept("console.txt");
        assert_eq!(console.as_deref(), Some("== links: failure\nbroken\n"));
    }
}

#[test]
fn a_permalink_is_its_own() {
    let commit = json!({
        "sha": "abc123", "html_url": "https://git.example.com/team/mirrors/commit/abc123",
    });
    let world = world()
        .answer(&format!("GET {REPO}/git/commits/main"), json(200, commit))
        .answer(&format!("GET {REPO}/contents/mirrors.yaml?ref=abc123"), json(200, json!({})));
    let url = "https://git.example.com/team/mirrors/src/commit/abc123/mirrors.yaml";
    let with = json!({ "repository": "team/mirrors", "path": "mirrors.yaml", "ref": "main" });
    let done = Done::new(json!({ "commit": "abc123", "url": url })).link(url);
    assert_eq!(world.invoke(&plugin(), "permalink", with), Ok(Progress::Done(done)));
}
