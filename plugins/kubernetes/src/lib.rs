//! Plugin `kubernetes`: gets objects, waits for rollouts and jobs, scales, and keeps logs.

mod api;
mod get;
mod job;
mod logs;
mod rollout;
mod scale;
mod status;
#[cfg(test)]
mod tests;

use hardstop_sdk::{Action, Plugin, Secret, Setting};
use serde_json::json;

hardstop_sdk::plugin!(plugin);

fn plugin() -> Plugin {
    let summary = "Objects, rollouts, jobs and logs of Kubernetes";
    Plugin::new("kubernetes", env!("CARGO_PKG_VERSION"), summary)
        .config(Setting::required("url", "the API server", "https://k8s.example.com:6443"))
        .http("${config.url}", &["GET", "PATCH"], "looks at objects and scales them")
        .secret(Secret::optional("token", "authorization", "a service account's token"))
        .action(Action::once("get", "Gives an object", get::run).idempotent().example(
            "What is out",
            json!({
                "api": "apps/v1", "resource": "deployments", "namespace": "mirrors",
                "name": "web",
            }),
        ))
        .action(
            Action::long(
                "rollout",
                "Waits until a rollout is over",
                rollout::look,
                |call, input, &()| rollout::look(call, input),
            )
            .description(include_str!("rollout.md"))
            .idempotent()
            .example(
                "The new version runs",
                json!({ "kind": "deployment", "namespace": "mirrors", "name": "web" }),
            ),
        )
        .action(
            Action::long("job", "Waits until a job is complete", job::look, |call, input, &()| {
                job::look(call, input)
            })
            .idempotent()
            .example(
                "The database is migrated",
                json!({ "namespace": "mirrors", "name": "migrate-1-4-0" }),
            ),
        )
        .action(
            Action::long("scale", "Sets how many replicas there are", scale::begin, scale::set)
                .description(include_str!("scale.md"))
                .idempotent()
                .example(
                    "More of them",
                    json!({
                        "kind": "deployment", "namespace": "mirrors", "name": "web", "replicas": 5,
                    }),
                ),
        )
        .action(
            Action::once("logs", "Keeps what pods print as evidence", logs::run)
                .description(include_str!("logs.md"))
                .idempotent()
                .example(
                    "What the migration said",
                    json!({ "namespace": "mirrors", "selector": "job-name=migrate-1-4-0" }),
                ),
        )
}
