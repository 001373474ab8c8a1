//! `comment`: on an issue or a request for review.

use hardstop_sdk::{Call, Done, Failure, Finding, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    dialect::{Dialect, is_ours, marked, request},
    search::{finding, search, since},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The repository, `owner/name`.
    repository: String,
    /// The number of the issue or of the request for review.
    number: u64,
    /// The text, as Markdown.
    body: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The comment's id.
    id: u64,
    /// Where people see it.
    url: String,
}

pub(crate) fn run<D: Dialect>(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let path = path(input);
    let asked = request::<D>(call, Method::Post, (&input.repository, &path))?;
    let body = json!({ "body": marked(call, &input.body) });
    done(&asked.json(&body).ok()?.json()?)
}

pub(crate) fn probe<D: Dialect>(
    call: &Call,
    input: &Input,
) -> Result<Finding<Output, ()>, Failure> {
    let comments = |page: &str| {
        let asked = request::<D>(call, Method::Get, (&input.repository, &path(input)))?;
        let asked = asked.query("since", &since(call));
        let (size, most) = D::PAGE;
        match (D::COMMENTS_IN_PAGES, page) {
            (true, _) => asked.query(size, most).query("page", page).ok()?.json(),
            (false, "1") => asked.ok()?.json(),
            (false, _) => Ok(Vec::new()),
        }
    };
    finding(search(comments, |it| is_ours(call, it))?, |comment| done(&comment))
}

fn path(input: &Input) -> String {
    format!("issues/{}/comments", input.number)
}

fn done(comment: &Value) -> Result<Done<Output>, Failure> {
    let output = comment["id"].as_u64().zip(comment["html_url"].as_str());
    let (id, url) = output.ok_or_else(|| Failure::new("bad_answer", "the comment has no id"))?;
    Ok(Done::new(Output { id, url: url.to_owned() }).link(url))
}
