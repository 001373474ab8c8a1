//! Plugin `buildbot`: forces builds of Buildbot, follows them, finds others, and asserts that they
//! went well.
//!
//! Speaks version 2 of Buildbot's REST API, which every release since 0.9 has.

mod api;
mod assert;
mod build;
mod find;
mod left;
mod scheduler;
#[cfg(test)]
mod tests;

use build::Buildbot;
use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    Plugin::new("buildbot", env!("CARGO_PKG_VERSION"), "Builds of Buildbot")
        .config(Setting::required("url", "where Buildbot is", "https://buildbot.example.com"))
        .config(Setting::optional(
            "user",
            "whose password `token` is; a bearer token if not given",
            "bot",
        ))
        .http("${config.url}", &["GET", "POST"], "forces, follows and stops builds")
        .secret(Secret::optional("token", "authorization", "a password or a bearer token"))
        .action(
            Action::long(
                "build",
                "Forces a build and follows it to its end",
                hardstop_ci::begin::<Buildbot>,
                hardstop_ci::poll::<Buildbot>,
            )
            .description(include_str!("build.md"))
            .probe(hardstop_ci::probe::<Buildbot>)
            .cancel(hardstop_ci::cancel::<Buildbot>)
            .example(
                "Switches links on the mirrors",
                json!({
                    "scheduler": "force", "builder": "symlinks",
                    "parameters": { "release": "1.4.0" },
                }),
            ),
        )
        .action(
            Action::once("find", "Finds a build that has ended", find::run)
                .description(include_str!("find.md"))
                .idempotent()
                .example(
                    "What the last deployment printed, however it ended",
                    json!({ "builder": "deploy", "result": "any", "console": true }),
                )
                .example(
                    "Which image the last build of a release made",
                    json!({
                        "builder": "image", "properties": { "release": "1.4.0" },
                        "values": ["digest"],
                    }),
                ),
        )
        .action(
            Action::once("assert", "Asserts that a builder's last build went well", assert::run)
                .description(include_str!("assert.md"))
                .idempotent()
                .example("The nightly build is green", json!({ "builder": "nightly" })),
        )
}
