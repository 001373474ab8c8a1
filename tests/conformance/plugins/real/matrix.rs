//! Matrix: one attempt is one message, however often it is sent.

use hardstop_ports::plugin::{Answer, Leg};
use hardstop_tests_peers::Synapse;
use serde_json::json;

use super::Over;
use crate::call::{KEY, failure, output};

#[test]
fn one_attempt_is_one_message() {
    let Some(synapse) = Synapse::start() else { return };
    let mut over = Over::new("matrix", synapse.url());
    let with = json!({ "room": synapse.room(), "text": "release 1.4.0 begins" });
    assert_eq!(failure(&over.invoke("post", &with)).code, "unauthorized");
    over.plugin.secret = synapse.token().to_owned();
    assert_eq!(over.leg("post", &with, Leg::Probe).answer, Answer::NotStarted);
    let first = output(&over.invoke("post", &with));
    let again = output(&over.invoke("post", &with));
    assert_eq!(first, again);
    let message = json!({
        "msgtype": "m.notice", "body": "release 1.4.0 begins", "hardstop.attempt": KEY,
    });
    assert_eq!(synapse.messages(), [message]);
    assert_eq!(output(&over.leg("post", &with, Leg::Probe)), first);
    let nowhere = json!({ "room": "#nowhere:example.com", "text": "lost" });
    assert_eq!(failure(&over.invoke("post", &nowhere)).code, "not_found");
    let elsewhere = json!({ "room": "!nowhere:example.com", "text": "lost" });
    assert_eq!(failure(&over.invoke("post", &elsewhere)).code, "forbidden");
}
