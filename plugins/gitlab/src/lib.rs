//! Plugin `gitlab`: CI runs, comments, issues and permalinks of GitLab.

mod api;
mod dispatch;
mod permalink;
mod post;
#[cfg(test)]
mod tests;

use dispatch::GitLab;
use hardstop_ci::{begin, cancel, poll, probe};
use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    let summary = "CI runs, comments, issues and permalinks of GitLab";
    let follows = "Begins a CI run and follows it to its end";
    Plugin::new("gitlab", env!("CARGO_PKG_VERSION"), summary)
        .config(Setting::required("url", "where it is", "https://gitlab.example.com"))
        .http("${config.url}", &["GET", "POST"], "does what steps ask for")
        .secret(Secret::optional("token", "authorization", "an access token with the scope `api`"))
        .action(
            Action::long("dispatch", follows, begin::<GitLab>, poll::<GitLab>)
                .description(include_str!("dispatch.md"))
                .probe(probe::<GitLab>)
                .cancel(cancel::<GitLab>)
                .example(
                    "Builds a release",
                    json!({
                        "project": "team/mirrors", "ref": "main",
                        "variables": { "VERSION": "1.4.0" },
                    }),
                )
                .example(
                    "Where nobody may set variables",
                    json!({
                        "project": "team/mirrors", "ref": "main",
                        "inputs": { "version": "1.4.0", "dry": false }, "key_variable": "",
                    }),
                ),
        )
        .action(
            Action::once("comment", "Comments on an issue or a merge request", post::comment)
                .description(include_str!("post.md"))
                .notifies()
                .probe(post::probe_comment)
                .example(
                    "Says that it is out",
                    json!({ "project": "team/mirrors", "issue": 7, "body": "1.4.0 is out." }),
                ),
        )
        .action(
            Action::once("issue", "Opens an issue", post::issue)
                .description(include_str!("post.md"))
                .notifies()
                .probe(post::probe_issue)
                .example(
                    "Something is left to do",
                    json!({
                        "project": "team/mirrors", "title": "Remove the old mirror",
                        "labels": ["release"],
                    }),
                ),
        )
        .action(
            Action::once("permalink", "Links a file as it is now", permalink::run)
                .idempotent()
                .example(
                    "The list of mirrors",
                    json!({ "project": "team/mirrors", "path": "mirrors.yaml", "ref": "main" }),
                ),
        )
}
