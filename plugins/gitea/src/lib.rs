//! Plugin `gitea`: CI runs, comments, issues and permalinks of Gitea and Forgejo.

#[cfg(test)]
mod tests;

use hardstop_forge::{Dialect, actions};
use hardstop_sdk::{
    Plugin, Secret, Setting,
    http::{RequestBuilder, encode},
};

hardstop_sdk::plugin!(plugin);

struct Gitea;

impl Dialect for Gitea {
    const PAGE: (&'static str, &'static str) = ("limit", "50");
    const COMMENTS_IN_PAGES: bool = false;
    const API: &'static str = "/api/v1";
    const SHOWN: &'static str = "src/commit";
    /// Forgejo's; Gitea's is in the query.
    const TELL: &'static str = "return_run_info";

    /// Forgejo alone looks at the file, and neither at times.
    fn runs(file: &str, _: &str) -> String {
        format!("actions/runs?workflow_id={}", encode(file))
    }

    fn dress(request: RequestBuilder<'_>) -> RequestBuilder<'_> {
        request.header("accept", "application/json")
    }
}

fn plugin() -> Plugin {
    let summary = "CI runs, comments, issues and permalinks of Gitea and Forgejo";
    actions::<Gitea>(
        Plugin::new("gitea", env!("CARGO_PKG_VERSION"), summary)
            .config(Setting::required("url", "where it is", "https://git.example.com"))
            .http("${config.url}", &["GET", "POST"], "does what steps ask for")
            .secret(Secret::optional("token", "authorization", "an access token")),
    )
}
