//! Prometheus: queries, assertions, and waiting until something is so.

use hardstop_ports::plugin::Leg;
use hardstop_tests_peers::Prometheus;
use serde_json::json;

use super::Over;
use crate::call::{failure, output, state};

#[test]
fn metrics_are_found_asserted_and_waited_for() {
    let Some(prometheus) = Prometheus::start() else { return };
    let over = Over::new("prometheus", prometheus.url());
    prometheus.set("canary_error_ratio", 0.25);
    let found = output(&over.invoke("query", &json!({ "query": "canary_error_ratio" })));
    assert_eq!((&found["count"], &found["samples"][0]["value"]), (&json!(1), &json!("0.25")));
    let scalar = output(&over.invoke("query", &json!({ "query": "scalar(canary_error_ratio)" })));
    assert_eq!(scalar["samples"][0]["value"], "0.25");

    let few = json!({ "query": "canary_error_ratio", "is": { "below": "0.05" } });
    assert_eq!(failure(&over.invoke("assert", &few)).code, "assertion_failed");
    let none = json!({ "query": "canary_error_ratio > 0.5", "expect": "none" });
    output(&over.invoke("assert", &none));
    for (query, told) in [("sum(", "parse error"), ("canary_error_ratio[5m]", "matrix")] {
        let refused = over.invoke("query", &json!({ "query": query }));
        let refused = failure(&refused);
        assert_eq!(refused.code, "bad_query", "{refused:?}");
        assert!(refused.message.contains(told), "{refused:?}");
    }

    let waits = state(&over.invoke("wait-until", &few));
    prometheus.set("canary_error_ratio", 0.01);
    let ended = over.leg("wait-until", &few, Leg::Poll { state: waits });
    assert_eq!(output(&ended)["samples"][0]["value"], "0.01");
    output(&over.invoke("assert", &few));
}
