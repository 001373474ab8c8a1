//! `gitlab/permalink`: where a file is shown as it is now, for ever.

use hardstop_forge::fragment;
use hardstop_sdk::{
    Call, Done, Failure,
    http::{Method, encode},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::request;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The project, `group/name`.
    project: String,
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
    id: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { project, path, r#ref, lines } = input;
    let asked = |path: String| request(call, Method::Get, (project, &path));
    let found = asked(format!("repository/commits/{}", encode(r#ref)))?;
    let Commit { id: commit } = found.ok()?.json()?;
    // A link to what is not there proves nothing.
    let path = path.trim_matches('/');
    asked(format!("repository/files/{}", encode(path)))?.query("ref", &commit).ok()?;
    let file: Vec<String> = path.split('/').map(encode).collect();
    let lines = lines.as_deref().map(|lines| fragment(lines, "-")).transpose()?;
    let (base, file, lines) = (call.base("url")?, file.join("/"), lines.unwrap_or_default());
    let url = format!("{base}/{project}/-/blob/{commit}/{file}{lines}");
    Ok(Done::new(Output { commit, url: url.clone() }).link(url))
}
