//! `comment`: on an issue or a request for review.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Finding, http::Method, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::dialect::{Dialect, is_ours, marked, request};

/// How old an attempt may be that is looked for.
const LOOKED_BACK: Duration = Duration::from_hours(30 * 24);

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
    let since = time::rfc3339(call.now().saturating_sub(LOOKED_BACK));
    let (page, most) = D::PAGE;
    let asked = request::<D>(call, Method::Get, (&input.repository, &path(input)))?;
    let asked = asked.query("since", &since);
    let asked = if D::COMMENTS_IN_PAGES { asked.query(page, most) } else { asked };
    let comments: Vec<Value> = asked.ok()?.json()?;
    match comments.iter().rfind(|it| is_ours(call, it)) {
        Some(comment) => Ok(Finding::Done(done(comment)?)),
        None if D::COMMENTS_IN_PAGES && comments.len().to_string() == most => {
            Ok(Finding::CannotTell("there are too many comments to look at".to_owned()))
        }
        None => Ok(Finding::NotStarted),
    }
}

fn path(input: &Input) -> String {
    format!("issues/{}/comments", input.number)
}

fn done(comment: &Value) -> Result<Done<Output>, Failure> {
    let output = comment["id"].as_u64().zip(comment["html_url"].as_str());
    let (id, url) = output.ok_or_else(|| Failure::new("bad_answer", "the comment has no id"))?;
    Ok(Done::new(Output { id, url: url.to_owned() }).link(url))
}
