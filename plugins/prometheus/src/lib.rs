//! Plugin `prometheus`: queries, asserts what they find, and waits until they find it.

mod api;
mod assert;
mod condition;
mod gap;
mod query;
#[cfg(test)]
mod tests;
mod wait;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    let errors = "sum(rate(http_requests_total{code=~\"5..\"}[5m]))";
    Plugin::new("prometheus", env!("CARGO_PKG_VERSION"), "Queries of Prometheus")
        .config(Setting::required("url", "where it is", "https://prometheus.example.com"))
        .http("${config.url}", &["GET"], "queries")
        .secret(Secret::optional("token", "authorization", "a bearer token"))
        .action(
            Action::once("query", "Gives what a query finds", query::run)
                .idempotent()
                .example("Who is down", json!({ "query": "up == 0" })),
        )
        .action(
            Action::once("assert", "Asserts what a query finds", assert::run)
                .description(include_str!("condition.md"))
                .idempotent()
                .example("Few errors", json!({ "query": errors, "is": { "below": "0.5" } }))
                .example("Nobody is down", json!({ "query": "up == 0", "expect": "none" })),
        )
        .action(
            Action::long(
                "wait-until",
                "Waits until a query finds what it should",
                wait::begin,
                wait::poll,
            )
            .description(include_str!("condition.md"))
            .idempotent()
            .example(
                "Few errors for ten minutes",
                json!({ "query": errors, "is": { "below": "0.5" }, "for": "10m", "every": "30s" }),
            ),
        )
}
