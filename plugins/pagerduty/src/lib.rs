//! Plugin `pagerduty`: who is on call, incidents, and events.
//!
//! Speaks version 2 of the REST API and version 2 of the Events API.

mod api;
mod event;
mod incident;
mod on_call;
#[cfg(test)]
mod tests;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    let version = env!("CARGO_PKG_VERSION");
    Plugin::new("pagerduty", version, "Who is on call, incidents and events of PagerDuty")
        .config(Setting::required("url", "the REST API", "https://api.pagerduty.com"))
        .config(Setting::required("events_url", "the Events API", "https://events.pagerduty.com"))
        .config(Setting::optional("from", "who opens incidents", "alice@example.com"))
        .http("${config.url}", &["GET", "POST"], "looks who is on call and opens incidents")
        .http("${config.events_url}", &["POST"], "sends events")
        .secret(Secret::optional("token", "authorization", "a key of the REST API"))
        .secret(Secret::optional(
            "routing_key",
            "x-routing-key",
            "an integration's key, for events",
        ))
        .action(
            Action::once("on-call", "Asserts that somebody is on call", on_call::run)
                .idempotent()
                .example("Somebody is", json!({ "schedule": "PI7DH85" })),
        )
        .action(
            Action::once("incident", "Opens an incident", incident::run)
                .description(include_str!("incident.md"))
                .notifies()
                .probe(incident::probe)
                .example(
                    "A release went wrong",
                    json!({
                        "service": "PWIXJZS", "title": "release 1.4.0 is stuck", "urgency": "low",
                    }),
                ),
        )
        .action(
            Action::once("event", "Triggers, acknowledges or resolves an alert", event::run)
                .description(include_str!("event.md"))
                .notifies()
                .idempotent()
                .probe(event::probe)
                .example(
                    "A release went wrong",
                    json!({
                        "summary": "release 1.4.0 is stuck", "source": "mirrors",
                        "severity": "warning",
                    }),
                )
                .example(
                    "It is well again",
                    json!({ "action": "resolve", "dedup_key": "release-1.4.0" }),
                ),
        )
}
