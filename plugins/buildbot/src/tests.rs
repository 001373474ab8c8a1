//! The actions against exchanges recorded from Buildbot 4, shortened.

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Failure, Finding, Pending, Progress,
    http::Response,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::plugin;

const SCHEDULER: &str = "GET https://ci.example.com/api/v2/forceschedulers/force";
const FORCE: &str = "POST https://ci.example.com/api/v2/forceschedulers/force";
const SETS: &str = "GET https://ci.example.com/api/v2/buildsets?reason__contains=key-1";
const REQUESTS: &str = "GET https://ci.example.com/api/v2/buildrequests?buildsetid=1";
const BUILDERS: &str = "GET https://ci.example.com/api/v2/builders?name=symlinks";
const NEWEST: &str = "GET https://ci.example.com/api/v2/builders/1/buildrequests?order=-buildrequestid&limit=100&property=reason&property=hardstop";
const REQUEST: &str = "GET https://ci.example.com/api/v2/buildrequests/7";
const BUILDS: &str =
    "GET https://ci.example.com/api/v2/builds?buildrequestid=7&order=-number&limit=1";

fn world() -> Recorded {
    Recorded::new().config("url", "https://ci.example.com/").secret("token")
}

fn with() -> Value {
    json!({
        "scheduler": "force", "builder": "symlinks", "reason": "release 1.4.0",
        "parameters": { "release": "1.4.0", "dry": false },
    })
}

fn known() -> Value {
    json!({ "known": { "request": 7 } })
}

fn field(kind: &str, name: &str) -> Value {
    json!({ "name": name, "fullName": name, "type": kind, "default": "" })
}

/// A scheduler with this reason and these parameters, besides those that every one has.
fn scheduler(reason: &Value, more: &[Value]) -> Response {
    let first = [field("username", "username"), reason.clone(), field("int", "priority")];
    let codebase = [field("text", "branch"), field("fixed", "repository")];
    let mut fields = vec![
        json!({ "name": "", "fullName": null, "type": "nested", "fields": first }),
        json!({ "name": "", "fullName": null, "type": "nested", "fields": codebase }),
    ];
    fields.extend(more.iter().cloned());
    let force = json!({
        "name": "force", "builder_names": ["symlinks"], "enabled": true, "all_fields": fields,
    });
    json(200, json!({ "forceschedulers": [force] }))
}

fn schedulers() -> Response {
    let more = [field("text", "release"), field("bool", "dry"), field("text", "hardstop")];
    scheduler(&field("text", "reason"), &more)
}

fn request(claimed: bool, results: i64) -> Response {
    let request = json!({
        "builderid": 1, "buildrequestid": 7, "buildsetid": 1, "claimed": claimed,
        "complete": results >= 0, "results": results,
    });
    json(200, json!({ "buildrequests": [request], "meta": { "total": 1 } }))
}

fn build(results: Option<i64>) -> Response {
    let build = json!({
        "builderid": 1, "buildid": 11, "buildrequestid": 7, "number": 3,
        "complete": results.is_some(), "results": results, "state_string": "building",
    });
    json(200, json!({ "builds": [build] }))
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
        .answer("GET https://ci.example.com/api/v2/steps/1/logs", json(200, json!({ "logs": [] })))
        .answer(
            "GET https://ci.example.com/api/v2/steps/2/logs",
            json(200, json!({ "logs": [{ "logid": 5, "name": "stdio" }] })),
        )
        .answer("GET https://ci.example.com/api/v2/logs/5/raw", text(200, "switching 1.4.0\n"))
}

fn poll(world: &Recorded) -> Result<Progress<Value, Value>, Failure> {
    world.poll(&plugin(), "build", with(), known())
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

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
            "relase",
            "x",
            "`force` declares no parameter `relase`; it takes `username`, `priority`, `branch`, \
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
fn a_lost_answer_is_not_a_second_build() {
    let broken = Broken::NoAnswer("reset".to_owned());
    let world = world()
        .answer(SCHEDULER, schedulers())
        .breaks(FORCE, broken)
        .answer(SETS, json(200, json!({ "buildsets": [] })))
        .answer(BUILDERS, builders())
        .answer(NEWEST, json(200, json!({ "buildrequests": [] })))
        .answer(SCHEDULER, schedulers())
        .answer(SETS, sets("release (hardstop key-1), forced by ''"))
        .answer(REQUESTS, request(false, -1))
        .answer(REQUEST, request(false, -1))
        .answer(BUILDS, json(200, json!({ "builds": [] })));
    let mut last = world.invoke(&plugin(), "build", with()).expect("it goes on");
    for _ in 0..2 {
        let Progress::Pending(Pending { state, .. }) = last else { panic!("it goes on") };
        last = world.poll(&plugin(), "build", with(), state).expect("it goes on");
    }
    let queued = Pending::new(known(), Duration::from_secs(10)).note("symlinks is queued");
    let link = "https://ci.example.com/#/buildrequests/7";
    assert_eq!(last, Progress::Pending(queued.link(link)));
}

fn sets(reason: &str) -> Response {
    json(200, json!({ "buildsets": [{ "bsid": 1, "reason": reason, "complete": false }] }))
}

#[test]
fn an_attempt_is_found_by_its_whole_key() {
    let found =
        world().answer(SETS, sets("forced (hardstop key-1)")).answer(REQUESTS, request(true, 0));
    let pending = Finding::Pending(Pending::new(known(), Duration::ZERO));
    assert_eq!(found.probe(&plugin(), "build", with()), Ok(pending));
    let other = sets("forced (hardstop key-12)");
    assert_eq!(
        probe(other, &[requested(8, "key-12")], Some(schedulers())),
        Ok(Finding::NotStarted)
    );
}

fn builders() -> Response {
    json(200, json!({ "builders": [{ "builderid": 1, "name": "symlinks" }] }))
}

/// A request that was made with this key.
fn requested(id: u64, key: &str) -> Value {
    let properties = json!({ "hardstop": [key, "Force Build Form"] });
    json!({
        "buildrequestid": id, "claimed": true, "complete": true, "results": 0,
        "properties": properties,
    })
}

/// What a probe says that finds these sets by their reason, then these requests, and then asks for
/// the scheduler.
fn probe(
    sets: Response,
    requests: &[Value],
    scheduler: Option<Response>,
) -> Result<Finding<Value, Value>, Failure> {
    let mut world = world()
        .answer(SETS, sets)
        .answer(BUILDERS, builders())
        .answer(NEWEST, json(200, json!({ "buildrequests": requests })));
    if let Some(scheduler) = scheduler {
        world = world.answer(SCHEDULER, scheduler);
    }
    world.probe(&plugin(), "build", with())
}

#[test]
fn an_attempt_is_found_where_its_reason_was_not_kept() {
    let none = || json(200, json!({ "buildsets": [] }));
    let pending = || Ok(Finding::Pending(Pending::new(known(), Duration::ZERO)));
    let others = [requested(9, "key-12"), requested(8, "key-1"), requested(7, "key-1")];
    // Somebody has repeated the build since.
    assert_eq!(probe(none(), &others, None), pending());
    let mut by_reason = requested(7, "");
    by_reason["properties"] = json!({ "reason": ["it (hardstop key-1)", "Force Build Form"] });
    assert_eq!(probe(none(), &[by_reason], None), pending());
}

#[test]
fn where_no_key_was_left_nobody_can_tell() {
    let none = || json(200, json!({ "buildsets": [] }));
    let fixed = |more: &[Value]| Some(scheduler(&field("fixed", "reason"), more));
    let key = [field("text", "hardstop")];
    let other = requested(8, "key-12");
    let few = probe(none(), std::slice::from_ref(&other), fixed(&key));
    assert_eq!(few, Ok(Finding::NotStarted));
    let told = "it is not among the last 100 requests of symlinks, and the reason of `force` takes \
                no key that could be searched for";
    let many = probe(none(), &vec![other.clone(); 100], fixed(&key));
    assert_eq!(many, Ok(Finding::CannotTell(told.to_owned())));
    let told = "the reason of `force` takes no key, and it declares no text parameter `hardstop` \
                that would tell";
    assert_eq!(probe(none(), &[other], fixed(&[])), Ok(Finding::CannotTell(told.to_owned())));
}

#[test]
fn it_is_followed_while_it_builds() {
    let world = world().answer(REQUEST, request(true, -1)).answer(BUILDS, build(None));
    let pending = Pending::new(known(), Duration::from_secs(10)).note("symlinks #3: building");
    let link = "https://ci.example.com/#/builders/1/builds/3";
    assert_eq!(poll(&world), Ok(Progress::Pending(pending.link(link))));
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

#[test]
fn what_never_built_is_told() {
    for (results, code, retryable) in [(6, "build_cancelled", false), (3, "build_superseded", true)]
    {
        let world = world()
            .answer(REQUEST, request(true, results))
            .answer(BUILDS, json(200, json!({ "builds": [] })));
        let failure = poll(&world).expect_err("it never built");
        assert_eq!((&*failure.code, failure.retryable), (code, retryable));
        assert_eq!(failure.message.contains("`collapseRequests = False`"), retryable);
    }
}

#[test]
fn it_is_stopped() {
    let cancel = "POST https://ci.example.com/api/v2/buildrequests/7";
    let null = || json(200, json!({ "id": 1, "jsonrpc": "2.0", "result": null }));
    let building = world()
        .answer(cancel, null())
        .answer(BUILDS, build(None))
        .answer("POST https://ci.example.com/api/v2/builds/11", null());
    assert_eq!(building.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    assert_eq!(building.sent_json(2)["method"], "stop");
    let over = world()
        .answer(cancel, null())
        .answer(BUILDS, build(Some(0)))
        .answer(REQUEST, request(true, 0));
    assert_eq!(over.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    let none = || json(200, json!({ "builds": [] }));
    let queued =
        world().answer(cancel, null()).answer(BUILDS, none()).answer(REQUEST, request(false, -1));
    assert_eq!(queued.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    let begins = world()
        .answer(cancel, null())
        .answer(BUILDS, none())
        .answer(REQUEST, request(true, -1))
        .answer(BUILDS, build(None))
        .answer("POST https://ci.example.com/api/v2/builds/11", null());
    assert_eq!(begins.cancel(&plugin(), "build", with(), Some(known())), Ok(()));
    let mut between = world().answer(cancel, null());
    for _ in 0..10 {
        between = between.answer(BUILDS, none()).answer(REQUEST, request(true, -1));
    }
    let failure = between.cancel(&plugin(), "build", with(), Some(known())).expect_err("it builds");
    assert_eq!((&*failure.code, failure.retryable), ("not_stopped", true));
}

#[test]
fn the_last_build_is_held_to_be_good() {
    let last =
        "GET https://ci.example.com/api/v2/builders/1/builds?complete=true&order=-number&limit=1";
    let asked = |builds| {
        world()
            .answer(
                "GET https://ci.example.com/api/v2/builders?name=nightly%20run",
                json(200, json!({ "builders": [{ "builderid": 1, "name": "nightly run" }] })),
            )
            .answer(last, builds)
    };
    let with = || json!({ "builder": "nightly run" });
    let url = "https://ci.example.com/#/builders/1/builds/3";
    let value = json!({ "number": 3, "result": "success", "url": url });
    let good = asked(build(Some(0))).invoke(&plugin(), "assert", with());
    assert_eq!(good, Ok(Progress::Done(Done::new(value).link(url))));
    for builds in [build(Some(4)), json(200, json!({ "builds": [] }))] {
        let failure = asked(builds).invoke(&plugin(), "assert", with()).expect_err("not good");
        assert_eq!(failure.code, "assertion_failed");
    }
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
