//! Prometheus: queries, assertions, and waiting until something is so.

use std::{thread, time::Duration};

use hardstop_ports::plugin::{Answer, Leg};
use hardstop_tests_peers::Prometheus;
use serde_json::{Value, json};

use super::Over;
use crate::call::{failure, output, state};

#[test]
fn metrics_are_found_asserted_and_waited_for() {
    let Some(prometheus) = Prometheus::start() else { return };
    let over = Over::new("prometheus", prometheus.url());
    prometheus.set("canary_error_ratio", 0.25);
    let found = output(&over.invoke("query", &json!({ "query": "canary_error_ratio" })));
    assert_eq!((&found["count"], &found["samples"][0]["value"]), (&json!(1), &json!("0.25")));
    assert_eq!(found["warnings"], json!([]));
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

/// The runner is away between two looks, once before there was anything to be found, and once for
/// longer than two of them.
#[test]
fn time_in_which_nobody_looked_is_judged_by_what_was_kept() {
    let Some(prometheus) = Prometheus::start() else { return };
    let over = Over::new("prometheus", prometheus.url());
    prometheus.set("canary_error_ratio", 0.01);
    prometheus.set("up", 1.0);
    let wants = [
        json!({ "query": "canary_error_ratio", "is": { "below": "0.05" } }),
        json!({ "query": "canary_error_ratio > 0.05", "expect": "none" }),
    ];
    for mut with in wants {
        with["for"] = json!("3s");
        with["every"] = json!("1s");
        let begun = state(&over.invoke("wait-until", &with));
        let mut away: Value = serde_json::from_str(&begun).expect("states are JSON");
        for time in ["since", "last"] {
            away[time] = json!(away[time].as_u64().expect("it is a time") - 3_600);
        }
        let poll = |state: String| over.leg("wait-until", &with, Leg::Poll { state });
        let ended = poll(away.to_string());
        let Answer::Pending(pending) = ended.answer else { panic!("an hour counted: {ended:?}") };
        let note = pending.note.unwrap_or_default();
        assert!(note.contains("finds nothing at"), "{note}");
        thread::sleep(Duration::from_secs(4));
        output(&poll(pending.state));
    }
}
