//! Plugin `slack`: posts messages, answers in threads, and changes what it posted.

mod api;
mod post;
#[cfg(test)]
mod tests;
mod update;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    Plugin::new("slack", env!("CARGO_PKG_VERSION"), "Messages on Slack")
        .config(Setting::required("url", "Slack's web API", "https://slack.com/api"))
        .http("${config.url}", &["GET", "POST"], "posts messages and looks for them")
        .secret(Secret::required("token", "authorization", "a bot token, `xoxb-...`"))
        .action(
            Action::once("post", "Posts a message", post::run)
                .description(include_str!("post.md"))
                .notifies()
                .probe(post::probe)
                .example(
                    "Tells the team",
                    json!({ "channel": "C0123456789", "text": "release 1.4.0 begins" }),
                ),
        )
        .action(
            Action::once("thread", "Answers in a thread", post::answer)
                .description(include_str!("post.md"))
                .notifies()
                .probe(post::probe_answer)
                .example(
                    "Tells those who follow it",
                    json!({
                        "channel": "C0123456789", "thread": "1503435956.000247",
                        "text": "mirrors are switched",
                    }),
                ),
        )
        .action(
            Action::once("update", "Changes a message", update::run)
                .notifies()
                .idempotent()
                .example(
                    "It is over",
                    json!({
                        "channel": "C0123456789", "ts": "1503435956.000247",
                        "text": "release 1.4.0 is out",
                    }),
                ),
        )
}
