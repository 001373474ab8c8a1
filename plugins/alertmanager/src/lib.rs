//! Plugin `alertmanager`: silences that end by themselves, and that nothing is firing.
//!
//! Speaks version 2 of Alertmanager's API.

mod api;
mod assert;
mod silence;
#[cfg(test)]
mod tests;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    Plugin::new("alertmanager", env!("CARGO_PKG_VERSION"), "Silences, and that nothing is firing")
        .config(Setting::required("url", "where it is", "https://alertmanager.example.com"))
        .http("${config.url}", &["GET", "POST", "DELETE"], "looks at alerts and silences them")
        .secret(Secret::optional("token", "authorization", "a bearer token"))
        .action(
            Action::once("silence", "Silences alerts for a time", silence::run)
                .description(include_str!("silence.md"))
                .probe(silence::probe)
                .cancel(silence::cancel)
                .example(
                    "Mirrors are switched",
                    json!({
                        "matchers": [{ "name": "service", "value": "mirror" }], "for": "1h",
                        "comment": "release 1.4.0",
                    }),
                ),
        )
        .action(Action::once("expire", "Ends a silence", silence::expire).idempotent().example(
            "Alerts matter again",
            json!({ "id": "7d8b6f2e-8f64-4d9c-9a53-0c7a9a3c5c11" }),
        ))
        .action(
            Action::once("assert-none-firing", "Asserts that no alert is firing", assert::run)
                .description(include_str!("assert.md"))
                .idempotent()
                .example(
                    "Nothing is critical",
                    json!({ "matchers": [{ "name": "severity", "value": "critical" }] }),
                ),
        )
}
