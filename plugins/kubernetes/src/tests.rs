//! The actions against exchanges as the API server makes them.

use std::time::Duration;

use hardstop_sdk::{
    Broken, Done, Failure, Pending, Progress,
    testing::{Recorded, conforms, json, text},
};
use serde_json::{Value, json};

use crate::{
    api::Kind,
    plugin,
    status::{Status, status},
};

const WEB: &str = "https://k8s.example.com:6443/apis/apps/v1/namespaces/mirrors/deployments/web";
const JOB: &str = "GET https://k8s.example.com:6443/apis/batch/v1/namespaces/mirrors/jobs/migrate";
const PODS: &str = "https://k8s.example.com:6443/api/v1/namespaces/mirrors/pods";

fn world() -> Recorded {
    Recorded::new().config("url", "https://k8s.example.com:6443").secret("token")
}

fn deployment(updated: u64, all: u64, available: u64) -> Value {
    json!({
        "metadata": { "generation": 4 }, "spec": { "replicas": 3 },
        "status": {
            "observedGeneration": 4, "replicas": all, "updatedReplicas": updated,
            "availableReplicas": available,
        },
    })
}

#[test]
fn it_conforms() {
    conforms(plugin);
}

#[test]
fn an_object_is_given_as_it_is() {
    let node = "GET https://k8s.example.com:6443/api/v1/nodes/a";
    let object = json!({ "metadata": { "name": "a", "managedFields": [{}] }, "share": 0.5 });
    let world = world().answer(node, json(200, object));
    let with = json!({ "api": "v1", "resource": "nodes", "name": "a" });
    let value = json!({ "object": { "metadata": { "name": "a" }, "share": "0.5" } });
    assert_eq!(world.invoke(&plugin(), "get", with), Ok(Progress::Done(Done::new(value))));
    let header = world.sent_header(0, "authorization");
    assert_eq!(header.as_deref(), Some("Bearer placeholder-of-token"));
}

#[test]
fn rollouts_are_judged_as_by_kubectl() {
    let going = |why: &str| Status::Going(why.to_owned());
    let check = |kind: Kind, object: &Value, expected: Status| {
        assert_eq!(status(kind, object), expected, "{object}");
    };
    check(Kind::Deployment, &deployment(1, 3, 3), going("1 of 3 are updated"));
    check(Kind::Deployment, &deployment(3, 4, 3), going("1 old replicas are left"));
    check(Kind::Deployment, &deployment(3, 3, 2), going("2 of 3 are available"));
    check(Kind::Deployment, &deployment(3, 3, 3), Status::Over);
    let mut unseen = deployment(3, 3, 3);
    unseen["metadata"]["generation"] = json!(5);
    check(Kind::Deployment, &unseen, going("the controller has not seen the newest version"));
    let mut stuck = deployment(1, 3, 3);
    stuck["status"]["conditions"] = json!([
        { "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too slow" },
    ]);
    check(Kind::Deployment, &stuck, Status::Failed("too slow".to_owned()));
    let set = |ready: u64, updated: u64| {
        json!({
            "spec": { "replicas": 3, "updateStrategy": { "rollingUpdate": { "partition": 1 } } },
            "status": { "readyReplicas": ready, "updatedReplicas": updated },
        })
    };
    check(Kind::StatefulSet, &set(2, 2), going("2 of 3 are ready"));
    check(Kind::StatefulSet, &set(3, 1), going("1 of 2 are updated"));
    check(Kind::StatefulSet, &set(3, 2), Status::Over);
    let daemons = |updated: u64, available: u64| {
        let counts = json!({
            "desiredNumberScheduled": 2, "updatedNumberScheduled": updated,
            "numberAvailable": available,
        });
        json!({ "status": counts })
    };
    check(Kind::DaemonSet, &daemons(1, 2), going("1 of 2 are updated"));
    check(Kind::DaemonSet, &daemons(2, 1), going("1 of 2 are available"));
    check(Kind::DaemonSet, &daemons(2, 2), Status::Over);
}

#[test]
fn a_rollout_is_waited_for() {
    let get = format!("GET {WEB}");
    let with = || json!({ "kind": "deployment", "namespace": "mirrors", "name": "web" });
    let begin = |answer| world().answer(&get, answer).invoke(&plugin(), "rollout", with());
    let pending = |note: &str| {
        let pending = Pending::new(Value::Null, Duration::from_secs(10));
        Ok(Progress::Pending(pending.note(note)))
    };
    assert_eq!(begin(json(200, deployment(1, 3, 3))), pending("1 of 3 are updated"));
    assert_eq!(begin(text(503, "")), pending(&format!("{get} answered 503")));
    let over = Done::new(json!({ "generation": 4 }));
    assert_eq!(begin(json(200, deployment(3, 3, 3))), Ok(Progress::Done(over.clone())));
    assert_eq!(begin(text(404, "")).expect_err("it is not there").code, "not_found");
    let world = world().answer(&get, json(200, deployment(3, 3, 3)));
    let polled = world.poll(&plugin(), "rollout", with(), Value::Null);
    assert_eq!(polled, Ok(Progress::Done(over)));
}

#[test]
fn a_job_is_waited_for() {
    let with = || json!({ "namespace": "mirrors", "name": "migrate" });
    let begin = |status: Value| {
        let world = world().answer(JOB, json(200, json!({ "status": status })));
        world.invoke(&plugin(), "job", with())
    };
    let condition = |kind: &str| json!([{ "type": kind, "status": "True", "reason": "Backoff", "message": "too often" }]);
    let done = Done::new(json!({ "succeeded": 1, "failed": 2 }));
    let complete = json!({ "succeeded": 1, "failed": 2, "conditions": condition("Complete") });
    assert_eq!(begin(complete), Ok(Progress::Done(done)));
    let failure = begin(json!({ "conditions": condition("Failed") })).expect_err("it failed");
    let told = "migrate failed, Backoff: too often";
    assert_eq!((&*failure.code, &*failure.message), ("job_failed", told));
    let active = Pending::new(Value::Null, Duration::from_secs(10));
    let active = active.note("1 pods of migrate are active");
    assert_eq!(begin(json!({ "active": 1 })), Ok(Progress::Pending(active)));
}

fn five(kind: &str) -> Value {
    json!({ "kind": kind, "namespace": "mirrors", "name": "web", "replicas": 5 })
}

#[test]
fn replicas_are_read_first_and_then_set() {
    let scale = json!({ "spec": { "replicas": 3 } });
    let world = world().answer(&format!("GET {WEB}/scale"), json(200, scale));
    let read = Pending::new(json!({ "was": 3 }), Duration::ZERO);
    let begun = world.invoke(&plugin(), "scale", five("deployment"));
    assert_eq!(begun, Ok(Progress::Pending(read)));
    let failure = world.invoke(&plugin(), "scale", five("daemonset")).expect_err("it has none");
    assert_eq!(failure.code, "bad_input");
    let world = self::world().answer(&format!("PATCH {WEB}/scale"), json(200, json!({})));
    let set = world.poll(&plugin(), "scale", five("deployment"), json!({ "was": 3 }));
    let done = Done::new(json!({ "was": 3, "replicas": 5 }));
    assert_eq!(set, Ok(Progress::Done(done)));
    assert_eq!(world.sent_json(0), json!({ "spec": { "replicas": 5 } }));
    let header = world.sent_header(0, "content-type");
    assert_eq!(header.as_deref(), Some("application/merge-patch+json"));
}

#[test]
fn what_replicas_were_outlives_a_lost_answer() {
    let patch = format!("PATCH {WEB}/scale");
    let set =
        |world: Recorded| world.poll(&plugin(), "scale", five("deployment"), json!({ "was": 3 }));
    let lost = set(world().breaks(&patch, Broken::NoAnswer("gone".to_owned())));
    let told = format!("{patch} got no whole answer: gone");
    let again = Pending::new(json!({ "was": 3 }), Duration::from_secs(10)).note(told);
    assert_eq!(lost, Ok(Progress::Pending(again)));
    let refused = set(world().answer(&patch, text(403, ""))).expect_err("it may not");
    assert_eq!((&*refused.code, refused.retryable), ("forbidden", false));
}

#[test]
fn logs_are_kept() {
    let list = json!({ "items": [{ "metadata": { "name": "web-1" } }, { "metadata": { "name": "web-2" } }] });
    let asked = "limitBytes=4190208&container=web&sinceSeconds=3600&tailLines=10";
    let world = world()
        .answer(&format!("GET {PODS}?labelSelector=app%3Dweb"), json(200, list))
        .answer(&format!("GET {PODS}/web-1/log?{asked}"), text(200, "one\n"))
        .answer(&format!("GET {PODS}/web-2/log?{asked}"), text(200, "two\n"));
    let with = json!({
        "namespace": "mirrors", "selector": "app=web", "container": "web", "since": "1h", "tail": 10,
    });
    let kept = Done::new(json!({ "kept": ["web-1.log", "web-2.log"] }));
    assert_eq!(world.invoke(&plugin(), "logs", with), Ok(Progress::Done(kept)));
    assert_eq!(world.kept("web-2.log").as_deref(), Some("two\n"));
    let code = |with: Value, items: Option<usize>| {
        let world = self::world();
        let pod = json!({ "metadata": { "name": "web" } });
        let world = match items {
            Some(count) => world.answer(
                &format!("GET {PODS}?labelSelector=app%3Dweb"),
                json(200, json!({ "items": vec![pod; count] })),
            ),
            None => world,
        };
        let failed: Result<_, Failure> = world.invoke(&plugin(), "logs", with);
        failed.expect_err("it fails").code
    };
    let selector = || json!({ "namespace": "mirrors", "selector": "app=web" });
    assert_eq!(code(selector(), Some(0)), "not_found");
    assert_eq!(code(selector(), Some(21)), "bad_input");
    assert_eq!(code(json!({ "namespace": "mirrors" }), None), "bad_input");
}

#[test]
fn of_a_log_that_is_too_long_the_end_is_kept() {
    let one = json!({ "namespace": "mirrors", "pod": "web-1" });
    let asked = |tail: &str| format!("GET {PODS}/web-1/log?limitBytes=4190208{tail}");
    let full = |line: &str| text(200, &format!("{line}\n").repeat(4_190_208 / (line.len() + 1)));
    let world = world()
        .answer(&asked(""), full(&"x".repeat(1023)))
        .answer(&asked("&tailLines=4092"), full(&"y".repeat(2047)))
        .answer(&asked("&tailLines=2046"), text(200, "it failed\n"));
    assert!(world.invoke(&plugin(), "logs", one.clone()).is_ok());
    assert_eq!(world.kept("web-1.log").as_deref(), Some("[beginning left out]\nit failed\n"));
    let one_line = text(200, &"x".repeat(4_190_208));
    let world =
        self::world().answer(&asked(""), one_line.clone()).answer(&asked("&tailLines=1"), one_line);
    assert!(world.invoke(&plugin(), "logs", one).is_ok());
    assert!(world.kept("web-1.log").is_some_and(|log| log.len() <= 4 << 20));
}

#[test]
fn many_long_names_share_what_a_call_may_keep() {
    let pod = |number: usize| format!("{}-{number}", "w".repeat(61));
    let items = (0..20).map(|number| json!({ "metadata": { "name": pod(number) } }));
    let list = json!({ "items": items.collect::<Value>() });
    let listed = world().answer(&format!("GET {PODS}?labelSelector=app%3Dweb"), json(200, list));
    // A twentieth of 32 MiB.
    let log = |number: usize| format!("GET {PODS}/{}/log?limitBytes=1673625", pod(number));
    let world = (0..20)
        .fold(listed, |world, number| world.answer(&log(number), text(200, &number.to_string())));
    let with = json!({ "namespace": "mirrors", "selector": "app=web" });
    assert!(world.invoke(&plugin(), "logs", with).is_ok());
    for number in 0..20 {
        let file = format!("{}-{}", number + 1, pod(number));
        let name = format!("{}-{}.log", number + 1, &pod(number)[file.len() + 4 - 64..]);
        assert_eq!(world.kept(&name), Some(number.to_string()), "{name}");
    }
}
