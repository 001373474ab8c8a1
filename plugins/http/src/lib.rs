//! Plugin `http`: sends requests, keeps downloads, and waits for a server to answer as it should.

mod ask;
mod download;
mod request;
#[cfg(test)]
mod tests;
mod wait;

use hardstop_sdk::{Action, Plugin, Secret};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    let why = "sends what steps ask for";
    let version = env!("CARGO_PKG_VERSION");
    Plugin::new("http", version, "Requests, downloads, and waiting for a server")
        .http("https://*:*", &[], why)
        .http("http://*:*", &[], why)
        .secret(Secret::optional("token", "authorization", "sent where `bearer` is true"))
        .action(
            Action::once("request", "Sends one request", request::run)
                .description(include_str!("request.md"))
                .probe(request::probe)
                .example("Asks", json!({ "url": "https://example.com/health" }))
                .example(
                    "Announces a release",
                    json!({
                        "url": "https://example.com/releases", "method": "POST", "bearer": true,
                        "json": { "version": "1.4.0" }, "expect": [201],
                        "key_header": "Idempotency-Key",
                    }),
                ),
        )
        .action(
            Action::once("download", "Keeps a file as evidence", download::run)
                .description(include_str!("download.md"))
                .idempotent()
                .example(
                    "A list of checksums",
                    json!({ "url": "https://example.com/SHA256SUMS", "name": "sha256sums" }),
                ),
        )
        .action(
            Action::long(
                "wait-for",
                "Waits until a server answers as it should",
                wait::begin,
                wait::poll,
            )
            .description(include_str!("wait.md"))
            .idempotent()
            .example(
                "The new version answers",
                json!({
                    "url": "https://example.com/version",
                    "json": { "pointer": "/version", "equals": "1.4.0" }, "every": "15s",
                }),
            ),
        )
}
