//! The four actions, the same on every forge.

use hardstop_ci::{begin, cancel, poll, probe};
use hardstop_sdk::{Action, Plugin};
use serde_json::json;

use crate::{Dialect, comment, dispatch::Actions, issue, permalink};

/// Adds the actions to a plugin.
pub fn actions<D: Dialect>(plugin: Plugin) -> Plugin {
    let summary = "Begins a CI run and follows it to its end";
    plugin
        .action(
            Action::long("dispatch", summary, begin::<Actions<D>>, poll::<Actions<D>>)
                .description(include_str!("dispatch.md"))
                .probe(probe::<Actions<D>>)
                .cancel(cancel::<Actions<D>>)
                .example(
                    "Builds a release",
                    json!({
                        "repository": "team/mirrors", "file": "release.yaml", "ref": "main",
                        "inputs": { "version": "1.4.0" }, "key_input": "hardstop",
                    }),
                ),
        )
        .action(
            Action::once("comment", "Comments on an issue", comment::run::<D>)
                .description(include_str!("marked.md"))
                .notifies()
                .probe(comment::probe::<D>)
                .example(
                    "Says that it is out",
                    json!({ "repository": "team/mirrors", "number": 7, "body": "1.4.0 is out." }),
                ),
        )
        .action(
            Action::once("issue", "Opens an issue", issue::run::<D>)
                .description(include_str!("marked.md"))
                .notifies()
                .probe(issue::probe::<D>)
                .example(
                    "Something is left to do",
                    json!({
                        "repository": "team/mirrors", "title": "Remove the old mirror",
                        "body": "After 1.4.0.", "assignees": ["alice"],
                    }),
                ),
        )
        .action(
            Action::once("permalink", "Links a file as it is now", permalink::run::<D>)
                .idempotent()
                .example(
                    "The list of mirrors",
                    json!({
                        "repository": "team/mirrors", "path": "mirrors.yaml", "ref": "main",
                        "lines": "10-20",
                    }),
                ),
        )
}
