//! `gitlab/comment` and `gitlab/issue`.

use hardstop_forge::{mark, marked};
use hardstop_sdk::{Call, Done, Failure, Finding, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
    let asked = request(call, Method::Get, (&input.project, &place))?;
    let asked = asked.query("order_by", "created_at").query("sort", "desc");
    let notes: Vec<Note> = asked.query("per_page", "100").ok()?.json()?;
    Ok(match notes.iter().find(|note| note.body.contains(&mark(call))) {
        Some(note) => Finding::Done(commented(call, input, note.id)?),
        None => Finding::NotStarted,
    })
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
    let asked = request(call, Method::Get, (&input.project, "issues"))?;
    let asked = asked.query("order_by", "created_at").query("sort", "desc");
    let issues: Vec<Item> = asked.query("per_page", "100").ok()?.json()?;
    let ours = |it: &Item| it.description.as_ref().is_some_and(|text| text.contains(&mark(call)));
    let found = issues.into_iter().find(ours);
    Ok(found.map_or(Finding::NotStarted, |issue| Finding::Done(opened(issue))))
}

fn opened(issue: Item) -> Done<Opened> {
    let Item { iid: number, web_url: url, .. } = issue;
    Done::new(Opened { number, url: url.clone() }).link(url)
}
