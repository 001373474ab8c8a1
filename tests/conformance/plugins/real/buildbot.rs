//! Buildbot: builds are forced, followed, found, stopped and asserted.

use hardstop_ports::plugin::{Answer, Leg};
use hardstop_tests_peers::Buildbot;
use serde_json::{Value, json};

use super::Over;
use crate::call::{INVOKE, KEY, SECRET, failure, output, state};

fn with(builder: &str) -> Value {
    json!({
        "scheduler": "force", "builder": builder, "reason": "release 1.4.0",
        "parameters": { "version": "1.4.0", "dry_run": true },
    })
}

/// As [`with`], through another scheduler.
fn through(scheduler: &str) -> Value {
    let mut with = with("image");
    with["scheduler"] = json!(scheduler);
    with
}

fn start() -> Option<(Buildbot, Over)> {
    let buildbot = Buildbot::start(&["image", "deploy"], &["version", "hardstop"])?;
    let mut over = Over::new("buildbot", buildbot.url());
    assert_eq!(Buildbot::PASSWORD, SECRET);
    over.grants.config.insert("user".to_owned(), Buildbot::USER.to_owned());
    Some((buildbot, over))
}

#[test]
fn a_build_goes_well_and_its_console_is_kept() {
    let Some((buildbot, over)) = start() else { return };
    let never = over.invoke("assert", &json!({ "builder": "image" }));
    assert_eq!(failure(&never).code, "assertion_failed");
    let mut with = with("image");
    with["values"] = json!(["version", "dry_run"]);
    let begun = over.invoke("build", &with);
    let ended = over.follow("build", &with, begun);
    let output = output(&ended);
    assert_eq!((&output["number"], &output["result"]), (&json!(1), &json!("success")));
    let console = String::from_utf8_lossy(&ended.artifacts["console.txt"]).into_owned();
    assert!(console.contains("version=1.4.0"), "{console}");
    assert!(console.contains(&format!("hardstop={KEY}")), "{console}");
    assert!(console.contains("dry_run=True"), "{console}");
    assert_eq!(output["values"], json!({ "version": "1.4.0", "dry_run": true }));
    let last = over.invoke("assert", &json!({ "builder": "image" }));
    assert_eq!(crate::call::output(&last)["number"], 1);
    assert_eq!((buildbot.builds("image").len(), buildbot.builds("deploy").len()), (1, 0));
}

#[test]
fn a_build_that_fails_fails_the_attempt() {
    let Some((buildbot, over)) = start() else { return };
    buildbot.fail("deploy");
    let begun = over.invoke("build", &with("deploy"));
    let ended = over.follow("build", &with("deploy"), begun);
    let failed = failure(&ended);
    assert_eq!((failed.code.as_str(), failed.retryable), ("build_failed", false), "{failed:?}");
    assert!(!ended.artifacts["console.txt"].is_empty());
    let asserted = over.invoke("assert", &json!({ "builder": "deploy" }));
    assert_eq!(failure(&asserted).code, "assertion_failed");
}

#[test]
fn a_build_of_others_is_found() {
    let Some((buildbot, over)) = start() else { return };
    let built = |version: &str| {
        let mut with = with("image");
        with["parameters"]["version"] = json!(version);
        let begun = over.invoke("build", &with);
        over.follow("build", &with, begun)
    };
    output(&built("1"));
    output(&built("2"));
    buildbot.fail("image");
    assert_eq!(failure(&built("3")).code, "build_failed");
    let find = |more: Value| {
        let mut with = json!({ "builder": "image", "values": ["version"] });
        with.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        over.invoke("find", &with)
    };
    for (more, number) in [
        (json!({}), 2),
        (json!({ "result": "any" }), 3),
        (json!({ "result": "any", "before": 3 }), 2),
        (json!({ "properties": { "version": 1, "dry_run": true } }), 1),
        (json!({ "number": 3, "result": "any" }), 3),
    ] {
        let found = output(&find(more.clone()));
        let version = number.to_string();
        assert_eq!(
            (&found["number"], &found["values"]["version"]),
            (&json!(number), &json!(version))
        );
    }
    for more in [json!({ "number": 3 }), json!({ "number": 9 }), json!({ "before": 1 })] {
        assert_eq!(failure(&find(more)).code, "not_found");
    }
    assert_eq!(failure(&find(json!({ "values": ["other"] }))).code, "bad_values");
    let kept = find(json!({ "console": true }));
    let console = String::from_utf8_lossy(&kept.artifacts["console.txt"]).into_owned();
    assert!(console.contains("version=2"), "{console}");
}

#[test]
fn of_a_log_that_is_larger_than_an_answer_may_be_the_end_is_kept() {
    let Some((_buildbot, mut over)) = start() else { return };
    over.grants.caps.response_bytes = 32 * 1024;
    let mut with = with("image");
    let lines: Vec<String> = (0..4_000).map(|line| format!("line {line}")).collect();
    with["parameters"]["version"] = json!(lines.join("\n"));
    let begun = over.invoke("build", &with);
    let ended = over.follow("build", &with, begun);
    assert_eq!(output(&ended)["result"], "success");
    let console = String::from_utf8_lossy(&ended.artifacts["console.txt"]).into_owned();
    assert!(console.contains(" lines before this are left out]\nline "), "{console}");
    assert!(console.contains("\nline 3999\n"), "{console}");
}

#[test]
fn a_build_is_found_by_its_key_and_begun_once() {
    let Some((buildbot, over)) = start() else { return };
    let before = over.leg("build", &with("image"), Leg::Probe);
    assert_eq!(before.answer, Answer::NotStarted);
    buildbot.hold("image");
    // Nobody keeps what the first call said.
    state(&over.invoke("build", &with("image")));
    let found = over.leg("build", &with("image"), Leg::Probe);
    let going = over.leg("build", &with("image"), Leg::Poll { state: state(&found) });
    state(&going);
    buildbot.release("image");
    output(&over.follow("build", &with("image"), going));
    assert_eq!(buildbot.builds("image").len(), 1);
}

#[test]
fn a_build_is_found_where_its_reason_is_not_kept() {
    for scheduler in ["quiet", "fixed"] {
        let Some((_buildbot, over)) = start() else { return };
        let before = over.leg("build", &through(scheduler), Leg::Probe);
        assert_eq!(before.answer, Answer::NotStarted);
        let begun = over.invoke("build", &through(scheduler));
        let found = over.leg("build", &through(scheduler), Leg::Probe);
        assert_eq!(state(&found), state(&begun), "{scheduler}");
    }
}

#[test]
fn an_attempt_that_is_not_wanted_stops_its_build() {
    let Some((buildbot, over)) = start() else { return };
    buildbot.hold("image");
    let begun = over.invoke("build", &with("image"));
    buildbot.wait_for_builds("image", 1);
    for state in [Some(state(&begun)), Some(state(&begun)), None] {
        let ended = over.leg("build", &with("image"), Leg::Cancel { state });
        assert_eq!(ended.answer, Answer::Cancelled);
    }
    let ended = over.follow("build", &with("image"), begun);
    assert_eq!(failure(&ended).code, "build_failed", "{ended:?}");
    let builds = buildbot.builds("image");
    assert_eq!((builds.len(), &builds[0]["results"]), (1, &json!(6)), "{builds:?}");
}

#[test]
fn a_build_that_a_newer_one_took_the_place_of_never_ran() {
    let Some((buildbot, over)) = start() else { return };
    buildbot.hold("image");
    let building = over.invoke("build", &with("image"));
    buildbot.wait_for_builds("image", 1);
    let older = over.invoke("build", &with("image"));
    let newer = over.invoke("build", &with("image"));
    let ended = over.follow("build", &with("image"), older);
    let failed = failure(&ended);
    assert_eq!((failed.code.as_str(), failed.retryable), ("build_superseded", true), "{failed:?}");
    buildbot.release("image");
    output(&over.follow("build", &with("image"), building));
    output(&over.follow("build", &with("image"), newer));
    assert_eq!(buildbot.builds("image").len(), 2);
}

#[test]
fn a_build_that_waits_is_taken_off_the_queue() {
    let Some((buildbot, over)) = start() else { return };
    buildbot.hold("image");
    let building = over.invoke("build", &with("image"));
    buildbot.wait_for_builds("image", 1);
    let waiting = over.invoke("build", &with("image"));
    let ended = over.leg("build", &with("image"), Leg::Cancel { state: Some(state(&waiting)) });
    assert_eq!(ended.answer, Answer::Cancelled);
    let ended = over.follow("build", &with("image"), waiting);
    assert_eq!(failure(&ended).code, "build_cancelled", "{ended:?}");
    buildbot.release("image");
    output(&over.follow("build", &with("image"), building));
    assert_eq!(buildbot.builds("image").len(), 1);
}

#[test]
fn what_buildbot_does_not_know_is_told() {
    let Some((buildbot, mut over)) = start() else { return };
    let code = |over: &Over, with: Value| {
        let ended = over.plugin.call(&over.grants, "build", &with, INVOKE);
        failure(&ended).code.clone()
    };
    assert_eq!(code(&over, json!({ "scheduler": "force", "builder": "other" })), "rejected");
    assert_eq!(code(&over, json!({ "scheduler": "other", "builder": "image" })), "not_found");
    let mut misspelt = with("image");
    misspelt["parameters"] = json!({ "dryrun": true });
    assert_eq!(code(&over, misspelt), "bad_input");
    over.grants.config.insert("user".to_owned(), "mallory".to_owned());
    assert_eq!(code(&over, with("image")), "unauthorized");
    over.grants.config.remove("user");
    assert_eq!(code(&over, with("image")), "forbidden");
    assert!(buildbot.builds("image").is_empty());
}
