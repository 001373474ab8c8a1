//! `issue`: opens one.

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
    /// Its title.
    title: String,
    /// The text, as Markdown.
    #[serde(default)]
    body: String,
    /// Who looks after it.
    #[serde(default)]
    assignees: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// Its number.
    number: u64,
    /// Where people see it.
    url: String,
}

pub(crate) fn run<D: Dialect>(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { repository, title, body, assignees } = input;
    let body = json!({ "title": title, "body": marked(call, body), "assignees": assignees });
    let asked = request::<D>(call, Method::Post, (repository, "issues"))?;
    done(&asked.json(&body).ok()?.json()?)
}

pub(crate) fn probe<D: Dialect>(
    call: &Call,
    input: &Input,
) -> Result<Finding<Output, ()>, Failure> {
    let (size, most) = D::PAGE;
    // The newest come first.
    let issues = |page: &str| {
        let asked = request::<D>(call, Method::Get, (&input.repository, "issues"))?;
        let asked = asked.query("state", "all").query("since", &since(call));
        asked.query(size, most).query("page", page).ok()?.json()
    };
    finding(search(issues, |it| is_ours(call, it))?, |issue| done(&issue))
}

fn done(issue: &Value) -> Result<Done<Output>, Failure> {
    let output = issue["number"].as_u64().zip(issue["html_url"].as_str());
    let (number, url) = output.ok_or_else(|| Failure::new("bad_answer", "it has no number"))?;
    Ok(Done::new(Output { number, url: url.to_owned() }).link(url))
}
