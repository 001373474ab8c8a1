//! A plugin's manifest and which action a call reaches.

use std::{cmp::Ordering, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Action, Broken, Call, Done, Failure, Finding, Pending, Plugin, Progress, Secret, Setting,
    testing::{Recorded, conforms, text},
    time,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Count {
    /// How far to count.
    to: u32,
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    /// How far it came.
    reached: u32,
}

#[derive(Serialize, Deserialize)]
struct At {
    n: u32,
}

fn once(_: &Call, count: &Count) -> Result<Done<Counted>, Failure> {
    if count.to > 9 {
        return Err(Failure::new("too_far", "it counts to 9"));
    }
    Ok(Done::new(Counted { reached: count.to }).link("https://example.com"))
}

fn begin(call: &Call, _: &Count) -> Result<Progress<Counted, At>, Failure> {
    let interval = time::duration(&call.base("interval")?)?;
    Ok(Pending::new(At { n: 1 }, interval).note("counting").into())
}

fn go_on(_: &Call, count: &Count, at: &At) -> Result<Progress<Counted, At>, Failure> {
    match at.n.cmp(&count.to) {
        Ordering::Less => Ok(Pending::new(At { n: at.n + 1 }, Duration::ZERO).into()),
        Ordering::Equal => Ok(Done::new(Counted { reached: at.n }).into()),
        Ordering::Greater => Err(Failure::new("too_far", "it came too far")),
    }
}

fn look(call: &Call, count: &Count) -> Result<Finding<Counted, At>, Failure> {
    call.need_secret("token")?;
    Ok(match count.to {
        0 => Finding::NotStarted,
        n => Finding::Pending(Pending::new(At { n }, Duration::ZERO)),
    })
}

fn stop(_: &Call, _: &Count, at: Option<&At>) -> Result<(), Failure> {
    match at {
        Some(At { n: 0 }) => Err(Failure::new("too_early", "it has not begun").retryable()),
        Some(_) | None => Ok(()),
    }
}

fn plugin() -> Plugin {
    Plugin::new("counter", "1.2.3", "Counts")
        .config(Setting::required("url", "where", "https://example.com"))
        .http("${config.url}", &["GET"], "counts there")
        .secret(Secret::optional("token", "authorization", "who counts"))
        .action(Action::once("once", "At once", once).idempotent().example("x", json!({ "to": 3 })))
        .action(
            Action::long("long", "Slowly", begin, go_on)
                .probe(look)
                .cancel(stop)
                .notifies()
                .example("x", json!({ "to": 3 })),
        )
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn the_manifest_says_what_it_is() {
    let manifest = plugin().manifest();
    let expected = json!({
        "name": "counter", "version": "1.2.3", "contract": "0.1.0", "summary": "Counts",
        "config": { "url": { "summary": "where", "required": true, "example": "https://example.com" } },
        "http": [{ "origin": "${config.url}", "methods": ["GET"], "why": "counts there" }],
        "secrets": { "token": { "summary": "who counts", "header": "authorization", "required": false } },
    });
    for (key, value) in expected.as_object().expect("it is one") {
        assert_eq!(&manifest[key], value, "{key}");
    }
    let once = &manifest["actions"]["once"];
    assert_eq!((&once["role"], &once["idempotent"]), (&json!("action"), &json!(true)));
    assert_eq!(manifest["actions"]["long"]["role"], "notify");
    assert_eq!(manifest["actions"]["long"]["long"], true);
    assert_eq!(
        once["input"],
        json!({
            "type": "object", "additionalProperties": false, "required": ["to"],
            "properties": {
                "to": { "type": "integer", "format": "uint32", "minimum": 0, "description": "How far to count." },
            },
        }),
    );
}

#[test]
fn calls_reach_their_action() {
    let world = Recorded::new().config("interval", "5s").secret("token");
    let plugin = plugin();
    let done = world.invoke(&plugin, "once", json!({ "to": 3 }));
    let link = Some("https://example.com".to_owned());
    let value = json!({ "reached": 3 });
    assert_eq!(done, Ok(Progress::Done(Done { value, link, targets: vec![] })));
    let pending = world.invoke(&plugin, "long", json!({ "to": 2 }));
    let first = Pending::new(json!({ "n": 1 }), Duration::from_secs(5)).note("counting");
    assert_eq!(pending, Ok(Progress::Pending(first)));
    let next = world.poll(&plugin, "long", json!({ "to": 2 }), json!({ "n": 1 }));
    let second = Pending::new(json!({ "n": 2 }), Duration::ZERO);
    assert_eq!(next, Ok(Progress::Pending(second.clone())));
    let end = world.poll(&plugin, "long", json!({ "to": 2 }), json!({ "n": 2 }));
    assert_eq!(end, Ok(Progress::Done(Done::new(json!({ "reached": 2 })))));
    let found = world.probe(&plugin, "long", json!({ "to": 2 }));
    assert_eq!(found, Ok(Finding::Pending(second)));
    assert_eq!(world.probe(&plugin, "long", json!({ "to": 0 })), Ok(Finding::NotStarted));
    assert_eq!(world.cancel(&plugin, "long", json!({ "to": 2 }), None), Ok(()));
    let failed = world.cancel(&plugin, "long", json!({ "to": 2 }), Some(json!({ "n": 0 })));
    assert!(failed.expect_err("it fails").retryable);
}

type Probe = fn(&Call, &Count) -> Result<Finding<Counted, At>, Failure>;

/// A plugin whose two actions send a request that changes something; `probe` looks for the long one.
fn posting(probe: Option<Probe>) -> Plugin {
    let once = Action::once("once", "At once", |call: &Call, count: &Count| {
        call.post("https://example.com/").ok()?;
        Ok(Done::new(Counted { reached: count.to }))
    });
    let begin = |call: &Call, _: &Count| {
        call.post("https://example.com/").ok()?;
        Ok(Pending::new(At { n: 1 }, Duration::ZERO).into())
    };
    let long = Action::long("long", "Slowly", begin, go_on);
    let long = if let Some(probe) = probe { long.probe(probe) } else { long };
    Plugin::new("poster", "1.2.3", "Posts").action(once).action(long)
}

#[test]
fn what_may_have_arrived_is_looked_for_and_not_repeated() {
    let lost = || {
        let reset = Broken::NoAnswer("reset".to_owned());
        Recorded::new().breaks("POST https://example.com/", reset).secret("token")
    };
    let for_people = |ended: Result<Progress<_, _>, Failure>| {
        let failure = ended.expect_err("nobody found it");
        assert_eq!((&*failure.code, failure.retryable), ("no_answer", false));
        assert!(failure.message.ends_with("look before it is repeated"), "{}", failure.message);
    };
    for action in ["once", "long"] {
        for_people(lost().invoke(&posting(None), action, json!({ "to": 3 })));
    }
    let long = |to: u32| lost().invoke(&posting(Some(look)), "long", json!({ "to": to }));
    assert_eq!(long(3), Ok(Progress::Pending(Pending::new(json!({ "n": 3 }), Duration::ZERO))));
    for_people(long(0));
    let failed: Probe = |_, _| Ok(Finding::Failed(Failure::new("too_far", "it came too far")));
    let ended = lost().invoke(&posting(Some(failed)), "long", json!({ "to": 3 }));
    assert_eq!(ended.expect_err("it failed").code, "too_far");
    let refused = Recorded::new().answer("POST https://example.com/", text(429, ""));
    let ended = refused.invoke(&posting(Some(look)), "long", json!({ "to": 3 }));
    assert!(ended.expect_err("it was not begun").retryable);
}

#[test]
fn what_makes_no_sense_is_a_failure() {
    let (world, plugin) = (Recorded::new(), plugin());
    let code = |failed: Result<Progress<_, _>, Failure>| failed.expect_err("it fails").code;
    assert_eq!(code(world.invoke(&plugin, "twice", json!({}))), "unknown_action");
    assert_eq!(code(world.invoke(&plugin, "once", json!({ "to": "three" }))), "bad_input");
    assert_eq!(code(world.invoke(&plugin, "once", json!([]))), "bad_input");
    assert_eq!(code(world.invoke(&plugin, "once", json!({ "to": 10 }))), "too_far");
    assert_eq!(code(world.invoke(&plugin, "long", json!({ "to": 1 }))), "not_configured");
    let unlooked = world.probe(&plugin, "long", json!({ "to": 1 }));
    assert_eq!(unlooked.expect_err("no secret").code, "not_configured");
    assert_eq!(code(world.poll(&plugin, "long", json!({ "to": 1 }), json!({}))), "bad_state");
    assert_eq!(code(world.poll(&plugin, "once", json!({ "to": 1 }), json!({}))), "bad_state");
    let found = world.probe(&plugin, "once", json!({ "to": 1 }));
    assert!(matches!(found, Ok(Finding::CannotTell(_))), "{found:?}");
    // Nothing was left to end.
    assert_eq!(world.cancel(&plugin, "once", json!({ "to": 1 }), None), Ok(()));
}
