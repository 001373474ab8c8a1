//! What a build leaves.

use hardstop_sdk::{
    Broken, Done, Progress,
    testing::{Recorded, json, text},
};
use serde_json::{Value, json};

use super::{BUILD, JOB, URL, build, get, poll, world};
use crate::plugin;

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

/// A build that went well, up to its console text.
fn ends_well() -> Recorded {
    world().answer(&get(&format!("35/{BUILD}")), build(Some("SUCCESS")))
}

fn console_of(world: &Recorded) -> String {
    let with = json!({ "job": "release/links" });
    let done = world.poll(&plugin(), "build", with, json!({ "known": { "number": 35 } }));
    assert!(matches!(done, Ok(Progress::Done(_))), "how it ended stands: {done:?}");
    world.kept("console.txt").expect("it is kept")
}

#[test]
fn of_console_text_that_is_too_large_the_end_is_kept() {
    let too_large = || Broken::TooLarge("more than 16777216 bytes".to_owned());
    let size = format!("HEAD {JOB}/35/logText/progressiveText");
    // 20 MiB, of which the last 8 are asked for.
    let end = get("35/logText/progressiveText?start=12582912");
    let sized = || {
        ends_well()
            .breaks(&get("35/consoleText"), too_large())
            .answer(&size, text(200, "").with("x-text-size", "20971520"))
    };
    let world = sized().answer(&end, text(200, "switched\r\nFinished\r\n"));
    let told = "[12582912 bytes before this are left out]\nswitched\nFinished\n";
    assert_eq!(console_of(&world), told);
    let console = console_of(&sized().breaks(&end, too_large()));
    assert!(console.starts_with("[not kept: GET "), "{console}");
    let world =
        ends_well().breaks(&get("35/consoleText"), too_large()).answer(&size, text(200, ""));
    let told = format!("[not kept: {size} did not say how much a build printed]\n");
    assert_eq!(console_of(&world), told);
    let console = console_of(&ends_well().answer(&get("35/consoleText"), text(500, "no")));
    assert!(console.starts_with("[not kept: GET "), "{console}");
}

#[test]
fn no_file_takes_the_place_of_another() {
    let names = ["console.txt", "a/x.txt", "a_x.txt", "1-a_x.txt"];
    let listed: Vec<Value> = names.iter().map(|name| json!({ "relativePath": name })).collect();
    let build = json!({
        "number": 35, "url": URL, "result": "SUCCESS", "building": false, "artifacts": listed,
    });
    let mut world = world()
        .answer(&get(&format!("35/{BUILD}")), json(200, build))
        .answer(&get("35/consoleText"), text(200, "printed"));
    for name in names {
        world = world.answer(&get(&format!("35/artifact/{name}")), text(200, name));
    }
    let with = json!({ "job": "release/links", "artifacts": names });
    let done = world.poll(&plugin(), "build", with, json!({ "known": { "number": 35 } }));
    let Ok(Progress::Done(done)) = done else { panic!("it went well: {done:?}") };
    let kept = ["1-console.txt", "a_x.txt", "1-a_x.txt", "1-1-a_x.txt"];
    assert_eq!(done.value["artifacts"], json!(kept));
    assert_eq!(world.kept("console.txt").as_deref(), Some("printed"));
    for (name, kept) in names.iter().zip(kept) {
        assert_eq!(world.kept(kept).as_deref(), Some(*name));
    }
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
