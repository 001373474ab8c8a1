//! Plugin `matrix`: posts messages into rooms.
//!
//! Speaks version 3 of the client-server API.

mod api;
mod post;
#[cfg(test)]
mod tests;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    Plugin::new("matrix", env!("CARGO_PKG_VERSION"), "Messages on Matrix")
        .config(Setting::required("url", "the homeserver", "https://matrix.example.com"))
        .http("${config.url}", &["GET", "PUT"], "posts messages")
        .secret(Secret::required("token", "authorization", "an access token"))
        .action(
            Action::once("post", "Posts a message", post::run)
                .description(include_str!("post.md"))
                .notifies()
                .probe(post::probe)
                .example(
                    "Tells the room",
                    json!({ "room": "#release:example.com", "text": "release 1.4.0 begins" }),
                ),
        )
}
