//! `gitlab/comment` and `gitlab/issue`.

use hardstop_forge::{finding, mark, marked, search, since};
use hardstop_sdk::{
    Call, Done, Failure, Finding,
    http::{Method, RequestBuilder},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::api::request;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comment {
    /// The project, `group/name`.
    project: String,
    /// The number of the issue.
    issue: Option<u64>,
    /// The number of the merge request, if it is not an issue.
    merge_request: Option<u64>,
    /// The text, as Markdown.
    body: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Commented {
    /// The comment's id.
    id: u64,
    /// Where people see it.
    url: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    /// The project, `group/name`.
    project: String,
    /// Its title.
    title: String,
    /// The text, as Markdown.
    #[serde(default)]
    body: String,
    /// Its labels.
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Opened {
    /// Its number.
    number: u64,
    /// Where people see it.
    url: String,
}

#[derive(Deserialize)]
struct Note {
    id: u64,
    body: String,
}

#[derive(Deserialize)]
struct Item {
    iid: u64,
    web_url: String,
    description: Option<String>,
}

pub(crate) fn comment(call: &Call, input: &Comment) -> Result<Done<Commented>, Failure> {
    let place = format!("{}/notes", place(input)?);
    let asked = request(call, Method::Post, (&input.project, &place))?;
    let note: Note = asked.json(&json!({ "body": marked(call, &input.body) })).ok()?.json()?;
    commented(call, input, note.id)
}

pub(crate) fn probe_comment(
    call: &Call,
    input: &Comment,
) -> Result<Finding<Commented, ()>, Failure> {
    let place = format!("{}/notes", place(input)?);
    let notes = |page: &str| newest(request(call, Method::Get, (&input.project, &place))?, page);
    let found = search(notes, |note: &Note| note.body.contains(&mark(call)))?;
    finding(found, |note| commented(call, input, note.id))
}

/// What is commented on, below the project.
fn place(input: &Comment) -> Result<String, Failure> {
    match (input.issue, input.merge_request) {
        (Some(number), None) => Ok(format!("issues/{number}")),
        (None, Some(number)) => Ok(format!("merge_requests/{number}")),
        _ => Err(Failure::bad_input("either `issue` or `merge_request` is commented on")),
    }
}

fn commented(call: &Call, input: &Comment, id: u64) -> Result<Done<Commented>, Failure> {
    let url = format!("{}/{}/-/{}#note_{id}", call.base("url")?, input.project, place(input)?);
    Ok(Done::new(Commented { id, url: url.clone() }).link(url))
}

pub(crate) fn issue(call: &Call, input: &Issue) -> Result<Done<Opened>, Failure> {
    let body = json!({
        "title": input.title, "description": marked(call, &input.body),
        "labels": input.labels.join(","),
    });
    let asked = request(call, Method::Post, (&input.project, "issues"))?;
    Ok(opened(asked.json(&body).ok()?.json()?))
}

pub(crate) fn probe_issue(call: &Call, input: &Issue) -> Result<Finding<Opened, ()>, Failure> {
    let issues = |page: &str| {
        let asked = request(call, Method::Get, (&input.project, "issues"))?;
        newest(asked.query("created_after", &since(call)), page)
    };
    let ours = |it: &Item| it.description.as_ref().is_some_and(|text| text.contains(&mark(call)));
    finding(search(issues, ours)?, |issue| Ok(opened(issue)))
}

/// A page of a list, of which the newest come first.
fn newest<T: DeserializeOwned>(list: RequestBuilder, page: &str) -> Result<Vec<T>, Failure> {
    let list = list.query("order_by", "created_at").query("sort", "desc");
    list.query("per_page", "100").query("page", page).ok()?.json()
}

fn opened(issue: Item) -> Done<Opened> {
    let Item { iid: number, web_url: url, .. } = issue;
    Done::new(Opened { number, url: url.clone() }).link(url)
}
