//! What a step gives, as it arrives.

use std::time::Duration;

use hardstop_sdk::{
    Pending, Progress,
    http::Response,
    testing::{Recorded, json, text},
};
use serde_json::{Value, json};

use super::{FORCE, SCHEDULER, field, known, scheduler, schedulers, with, world};
use crate::plugin;

#[test]
fn a_build_is_forced_with_its_key() {
    let forced = json(200, json!({ "id": 1, "jsonrpc": "2.0", "result": [1, { "1": 7 }] }));
    let world = world().answer(SCHEDULER, schedulers()).answer(FORCE, forced);
    let begun = world.invoke(&plugin(), "build", with());
    assert_eq!(begun, Ok(Progress::Pending(Pending::new(known(), Duration::ZERO))));
    let sent = world.sent_json(1);
    assert_eq!((&sent["jsonrpc"], &sent["method"]), (&json!("2.0"), &json!("force")));
    assert_eq!(
        sent["params"],
        json!({
            "builderNames": ["symlinks"], "release": "1.4.0", "dry": false,
            "reason": "release 1.4.0 (hardstop key-1)", "hardstop": "key-1",
        }),
    );
    let bearer = "Bearer placeholder-of-token";
    assert_eq!(world.sent_header(1, "authorization").as_deref(), Some(bearer));
}

fn through_force(with: &Value) -> Value {
    let mut whole = json!({ "scheduler": "force", "builder": "symlinks" });
    whole.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    whole
}

/// The parameters that arrive.
fn sent(scheduler: Response, with: &Value) -> Value {
    let forced = json(200, json!({ "result": [1, { "1": 7 }] }));
    let world = world().answer(SCHEDULER, scheduler).answer(FORCE, forced);
    world.invoke(&plugin(), "build", through_force(with)).expect("it is begun");
    world.sent_json(1)["params"].clone()
}

#[test]
fn a_truth_value_arrives_as_one() {
    for (given, arrives) in [(json!(true), true), (json!("true"), true), (json!("false"), false)] {
        let params = sent(schedulers(), &json!({ "parameters": { "dry": given } }));
        assert_eq!(params["dry"], arrives, "{given}");
    }
    let text = sent(schedulers(), &json!({ "parameters": { "release": true, "branch": 7 } }));
    assert_eq!((&text["release"], &text["branch"]), (&json!("true"), &json!("7")));
}

#[test]
fn what_would_be_dropped_is_refused() {
    for (name, value, told) in [
        ("dry", "yes", "the parameter `dry` is true or false, not `yes`"),
        ("repository", "x", "`force` fixes the parameter `repository`: leave it out"),
        ("hardstop", "x", "the parameter `hardstop` is not given here: the step fills it in"),
        ("reason", "x", "the parameter `reason` is not given here: the step fills it in"),
        (
            "releases",
            "x",
            "`force` declares no parameter `releases`; it takes `username`, `priority`, `branch`, \
             `release`, `dry`",
        ),
        (
            "builderNames",
            "x",
            "`force` declares no parameter `builderNames`; it takes `username`, `priority`, \
             `branch`, `release`, `dry`",
        ),
    ] {
        let with = through_force(&json!({ "parameters": { name: value } }));
        let world = world().answer(SCHEDULER, schedulers());
        let failure = world.invoke(&plugin(), "build", with).expect_err("it is refused");
        assert_eq!((&*failure.code, &*failure.message), ("bad_input", told));
    }
}

#[test]
fn a_reason_leaves_room_for_the_key() {
    let long = sent(schedulers(), &json!({ "reason": "ü".repeat(300) }));
    let reason = long["reason"].as_str().unwrap();
    assert_eq!(reason.chars().count(), 166);
    assert!(reason.ends_with("ü (hardstop key-1)"), "{reason}");
    let empty = sent(schedulers(), &json!({ "reason": "" }));
    assert_eq!(empty["reason"], "(hardstop key-1)");
}

#[test]
fn a_reason_goes_by_the_name_it_has() {
    let renamed = sent(scheduler(&field("textarea", "why"), &[]), &json!({ "reason": "it" }));
    assert_eq!(renamed, json!({ "builderNames": ["symlinks"], "why": "it (hardstop key-1)" }));
    let fixed = scheduler(&field("fixed", "reason"), &[field("text", "hardstop")]);
    let fixed = sent(fixed, &json!({ "reason": "it" }));
    assert_eq!(fixed, json!({ "builderNames": ["symlinks"], "hardstop": "key-1" }));
}

#[test]
fn what_cannot_be_begun_is_told() {
    let code = |world: Recorded, with: Value| {
        let failure = world.invoke(&plugin(), "build", with).expect_err("nothing is begun");
        (failure.code.into_owned(), failure.message)
    };
    let refused =
        json!({ "error": { "code": -32602, "message": { "release": "needs to be specified" } } });
    let refusing = world().answer(SCHEDULER, schedulers()).answer(FORCE, json(400, refused));
    let told = "Buildbot refused to force: {\"release\":\"needs to be specified\"}";
    assert_eq!(code(refusing, with()), ("rejected".to_owned(), told.to_owned()));
    let other = json!({ "scheduler": "force", "builder": "other" });
    let told = "`force` does not force builds of `other`";
    let unknown = world().answer(SCHEDULER, schedulers());
    assert_eq!(code(unknown, other), ("rejected".to_owned(), told.to_owned()));
    let away = world().answer(SCHEDULER, text(503, ""));
    assert_eq!(code(away, with()).0, "server_error");
    let missing = world().answer(SCHEDULER, text(404, ""));
    assert_eq!(code(missing, with()).0, "not_found");
}

#[test]
fn a_password_opens_a_session() {
    let login = text(302, "")
        .with("location", "https://ci.example.com/#/")
        .with("set-cookie", "TWISTED_SESSION=x; Path=/; HttpOnly");
    let world = world()
        .config("user", "bot")
        .answer(SCHEDULER, schedulers())
        .answer("GET https://ci.example.com/auth/login", login)
        .answer(FORCE, json(200, json!({ "result": [1, { "1": 7 }] })));
    let begun = world.invoke(&plugin(), "build", with());
    assert_eq!(begun, Ok(Progress::Pending(Pending::new(known(), Duration::ZERO))));
    let basic = "Basic Ym90OnBsYWNlaG9sZGVyLW9mLXRva2Vu";
    assert_eq!(world.sent_header(1, "authorization").as_deref(), Some(basic));
    assert_eq!(world.sent_header(1, "x-hardstop-redirect").as_deref(), Some("manual"));
    assert_eq!(world.sent_header(2, "cookie").as_deref(), Some("TWISTED_SESSION=x"));
}

#[test]
fn a_wrong_password_begins_nothing() {
    let world = world()
        .config("user", "bot")
        .answer(SCHEDULER, schedulers())
        .answer("GET https://ci.example.com/auth/login", text(401, ""));
    let failure = world.invoke(&plugin(), "build", with()).expect_err("nothing is begun");
    assert_eq!(&*failure.code, "unauthorized");
}
