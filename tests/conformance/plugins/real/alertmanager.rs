//! Alertmanager: silences that end by themselves, or are ended, and that nothing is firing.

use hardstop_ports::plugin::{Answer, Leg};
use hardstop_tests_peers::Alertmanager;
use serde_json::{Value, json};

use super::Over;
use crate::call::{failure, output};

#[test]
fn what_fires_is_silenced_for_a_time() {
    let Some(alertmanager) = Alertmanager::start() else { return };
    let over = Over::new("alertmanager", alertmanager.url());
    let firing = || over.invoke("assert-none-firing", &json!({}));
    output(&firing());
    alertmanager.fire(&json!({ "alertname": "Latency", "service": "mirror" }));
    let failed = firing();
    assert_eq!(failure(&failed).code, "assertion_failed");
    assert!(failure(&failed).message.contains("Latency"));
    let others = json!({ "matchers": [{ "name": "service", "value": "mirror", "not": true }] });
    output(&over.invoke("assert-none-firing", &others));

    let matchers = json!([{ "name": "service", "value": "mirr.*", "regex": true }]);
    let with = json!({ "matchers": matchers, "for": "1h", "comment": "release 1.4.0" });
    assert_eq!(over.leg("silence", &with, Leg::Probe).answer, Answer::NotStarted);
    let made = output(&over.invoke("silence", &with));
    // The same attempt again makes no second one, and finds the first.
    assert_eq!(output(&over.invoke("silence", &with))["id"], made["id"]);
    assert_eq!(output(&over.leg("silence", &with, Leg::Probe))["id"], made["id"]);
    let silence = |id: &Value| alertmanager.api(&format!("silence/{}", id.as_str().unwrap_or("")));
    let there = silence(&made["id"]);
    let seconds = |instant: &Value| instant.as_str().unwrap_or_default()[..19].to_owned();
    assert_eq!(seconds(&there["endsAt"]), seconds(&made["ends_at"]), "{there}");
    assert!(there["endsAt"].as_str() > there["startsAt"].as_str(), "{there}");
    output(&firing());

    for _ in 0..2 {
        let ended = over.leg("silence", &with, Leg::Cancel { state: None });
        assert_eq!(ended.answer, Answer::Cancelled);
    }
    assert_eq!(silence(&made["id"])["status"]["state"], "expired");
    assert_eq!(failure(&firing()).code, "assertion_failed");
    output(&over.invoke("expire", &json!({ "id": made["id"] })));
    let unknown = json!({ "id": "7d8b6f2e-8f64-4d9c-9a53-0c7a9a3c5c11" });
    assert_eq!(failure(&over.invoke("expire", &unknown)).code, "not_found");
    assert_eq!(alertmanager.api("silences").as_array().map(Vec::len), Some(1));
}
