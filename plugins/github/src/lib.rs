//! Plugin `github`: CI runs, comments, issues and permalinks of GitHub.

#[cfg(test)]
mod tests;

use hardstop_forge::{Dialect, actions};
use hardstop_sdk::{
    Plugin, Secret, Setting,
    http::{RequestBuilder, encode},
};

hardstop_sdk::plugin!(plugin);

struct GitHub;

impl Dialect for GitHub {
    const PAGE: (&'static str, &'static str) = ("per_page", "100");
    const COMMENTS_IN_PAGES: bool = true;
    const API: &'static str = "";
    const SHOWN: &'static str = "blob";
    const TELL: &'static str = "return_run_details";

    fn runs(file: &str, since: &str) -> String {
        let created = encode(&format!(">={since}"));
        format!("actions/workflows/{}/runs?created={created}", encode(file))
    }

    fn dress(request: RequestBuilder<'_>) -> RequestBuilder<'_> {
        request
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
    }
}

fn plugin() -> Plugin {
    let summary = "CI runs, comments, issues and permalinks of GitHub";
    let logs = "fetches what CI runs printed, which lies elsewhere";
    actions::<GitHub>(
        Plugin::new("github", env!("CARGO_PKG_VERSION"), summary)
            .config(Setting::required("url", "GitHub's API", "https://api.github.com"))
            .http("${config.url}", &["GET", "POST"], "does what steps ask for")
            .http("https://*.blob.core.windows.net", &["GET"], logs)
            .http("https://*.actions.githubusercontent.com", &["GET"], logs)
            .secret(Secret::optional("token", "authorization", "a token")),
    )
}
