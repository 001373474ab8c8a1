//! Every server comes up, does what a test asks of it, and is gone with the value that holds it.

use serde_json::{Value, json};

use crate::{Alertmanager, Buildbot, Prometheus, Synapse};

/// Buildbot lets people in by a session, which this keeps as a browser would.
fn force(buildbot: &Buildbot, params: &Value) -> Value {
    let server = &buildbot.server;
    let login = server.agent().get(format!("{}/auth/login", server.url()));
    let basic = "Basic Y2k6Y29ycmVjdCBob3JzZQ==";
    let answer = login.header("authorization", basic).call().expect("it answers");
    assert_eq!(answer.status(), 302);
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "force", "params": params });
    server.post("/api/v2/forceschedulers/force", &body)
}

#[test]
fn builds_are_held_released_and_made_to_fail() {
    let Some(buildbot) = Buildbot::start(&["image", "deploy"], &["version"]) else { return };
    assert!(buildbot.builds("image").is_empty());
    buildbot.hold("image");
    buildbot.fail("image");
    force(&buildbot, &json!({ "builderNames": ["image"], "version": "1.4.0" }));
    buildbot.wait_for_builds("image", 1);
    assert_eq!(buildbot.builds("image")[0]["complete"], false);
    buildbot.release("image");
    let over = || buildbot.builds("image").pop().filter(|build| build["complete"] == true);
    let build = crate::server::wait_for("the build ends", over);
    assert_eq!(build["results"], 2, "{build}");
    let steps = buildbot.api(&format!("builds/{}/steps", build["buildid"]));
    let logs = buildbot.api(&format!("steps/{}/logs", steps["steps"][1]["stepid"]));
    let log = buildbot.api(&format!("logs/{}/contents", logs["logs"][0]["logid"]));
    let text = log["logchunks"][0]["content"].as_str().unwrap_or_default();
    assert!(text.contains("version=1.4.0"), "{text}");
    buildbot.mend("image");
    assert!(buildbot.builds("deploy").is_empty());
}

#[test]
fn metrics_have_the_values_they_are_given() {
    let Some(prometheus) = Prometheus::start() else { return };
    prometheus.set("canary_error_ratio", 0.25);
    prometheus.set("hosts", 3.0);
    prometheus.set("canary_error_ratio", 0.01);
    let answer = prometheus.api("query?query=hosts");
    assert_eq!(answer["data"]["result"][0]["value"][1], "3");
}

#[test]
fn alerts_fire() {
    let Some(alertmanager) = Alertmanager::start() else { return };
    alertmanager.fire(&json!({ "alertname": "DiskFull", "host": "db1" }));
    assert_eq!(alertmanager.api("silences"), json!([]));
}

#[test]
fn messages_are_read_back() {
    let Some(synapse) = Synapse::start() else { return };
    assert!(synapse.messages().is_empty());
    let room = synapse.room().to_owned();
    let body = json!({ "msgtype": "m.text", "body": "begun" });
    synapse.ask("POST", &format!("rooms/{room}/send/m.room.message"), &body);
    assert_eq!(synapse.messages(), [body]);
}

#[test]
fn a_server_is_gone_with_what_holds_it() {
    let Some(alertmanager) = Alertmanager::start() else { return };
    let (agent, url) = (alertmanager.server.agent().clone(), alertmanager.url().to_owned());
    let folder = alertmanager.server.folder().to_owned();
    drop(alertmanager);
    assert!(agent.get(url).call().is_err());
    assert!(!folder.exists());
}
