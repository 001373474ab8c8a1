//! `permalink`: where a file is shown as it is now, for ever.

use hardstop_sdk::{
    Call, Done, Failure,
    http::{Method, encode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    dialect::{Dialect, request},
    lines::fragment,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The repository, `owner/name`.
    repository: String,
    /// The file.
    path: String,
    /// A branch, a tag or a commit.
    r#ref: String,
    /// A line, or the first and the last with a hyphen: `10` or `10-20`.
    lines: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The commit that `ref` stands for.
    commit: String,
    /// Where the file is shown as it is in that commit.
    url: String,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
    /// `.../owner/name/commit/<sha>`.
    html_url: String,
}

pub(crate) fn run<D: Dialect>(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { repository, path, r#ref, lines } = input;
    let asked = |path: String| request::<D>(call, Method::Get, (repository, &path));
    // Gitea tells one commit below `git/`, where GitHub tells another thing.
    let prefix = if D::API.is_empty() { "" } else { "git/" };
    let Commit { sha, html_url } =
        asked(format!("{prefix}commits/{}", encode(r#ref)))?.ok()?.json()?;
    let file: Vec<String> = path.trim_matches('/').split('/').map(encode).collect();
    let file = file.join("/");
    // A link to what is not there proves nothing.
    asked(format!("contents/{file}"))?.query("ref", &sha).ok()?;
    let (page, _) = html_url.rsplit_once("/commit/").ok_or_else(|| {
        Failure::new("bad_answer", format!("`{html_url}` does not show a commit"))
    })?;
    let lines =
        lines.as_deref().map(|lines| fragment(lines, "-L")).transpose()?.unwrap_or_default();
    let url = format!("{page}/{}/{sha}/{file}{lines}", D::SHOWN);
    Ok(Done::new(Output { commit: sha, url: url.clone() }).link(url))
}
