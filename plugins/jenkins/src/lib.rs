//! Plugin `jenkins`: starts builds of Jenkins, follows them, finds others, and asserts that they went
//! well.

mod api;
mod assert;
mod build;
mod find;
mod left;
#[cfg(test)]
mod tests;

use build::Jenkins;
use hardstop_ci::{begin, cancel, poll, probe};
use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    let summary = "Builds with parameters and follows the build to its end";
    Plugin::new("jenkins", env!("CARGO_PKG_VERSION"), "Builds of Jenkins")
        .config(Setting::required("url", "where Jenkins is", "https://ci.example.com"))
        .config(Setting::optional("user", "whose API token `token` is", "bot"))
        .http("${config.url}", &["GET", "HEAD", "POST"], "starts, follows and stops builds")
        .secret(Secret::optional("token", "authorization", "an API token of `user`"))
        .action(
            Action::long("build", summary, begin::<Jenkins>, poll::<Jenkins>)
                .description(include_str!("build.md"))
                .probe(probe::<Jenkins>)
                .cancel(cancel::<Jenkins>)
                .example(
                    "Switches links on the mirrors",
                    json!({
                        "job": "release/symlinks", "parameters": { "VERSION": "1.4.0" },
                        "artifacts": ["report/links.txt"],
                    }),
                ),
        )
        .action(
            Action::once("find", "Finds a build that has ended", find::run)
                .description(include_str!("find.md"))
                .idempotent()
                .example(
                    "What the last deployment printed, however it ended",
                    json!({ "job": "release/deploy", "result": "any", "console": true }),
                )
                .example(
                    "Which mirrors have the release, as the last report says",
                    json!({
                        "job": "release/report", "parameters": { "VERSION": "1.4.0" },
                        "values": "mirrors.json",
                    }),
                ),
        )
        .action(
            Action::once("assert", "Asserts that the last build went well", assert::run)
                .description(include_str!("assert.md"))
                .idempotent()
                .example("The nightly build is green", json!({ "job": "nightly" })),
        )
}
