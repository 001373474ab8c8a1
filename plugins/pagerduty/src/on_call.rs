//! `pagerduty/on-call`: somebody is on call.

use hardstop_sdk::{Call, Done, Failure, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::request;

/// Entries of a page: the most that one may have.
const PAGE: usize = 100;
/// Pages that are looked at.
const PAGES_MAX: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// A schedule's id.
    schedule: Option<String>,
    /// An escalation policy's id.
    policy: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// Who is on call, the first to be called first.
    people: Vec<Person>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Person {
    /// The user's id.
    id: String,
    /// The user's name.
    name: String,
    /// The level of escalation, from 1.
    level: u64,
}

#[derive(Deserialize)]
struct Answer {
    oncalls: Vec<OnCall>,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct OnCall {
    user: User,
    escalation_level: u64,
}

#[derive(Deserialize)]
struct User {
    id: String,
    summary: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    if input.schedule.is_none() && input.policy.is_none() {
        return Err(Failure::bad_input("`schedule` or `policy` is needed"));
    }
    let person =
        |it: OnCall| Person { id: it.user.id, name: it.user.summary, level: it.escalation_level };
    let mut people: Vec<Person> = entries(call, input)?.into_iter().map(person).collect();
    people.sort_by(|a, b| (a.level, &a.id).cmp(&(b.level, &b.id)));
    people.dedup_by(|a, b| (a.level, &a.id) == (b.level, &b.id));
    if people.is_empty() {
        return Err(Failure::new("assertion_failed", "nobody is on call"));
    }
    Ok(Done::new(Output { people }))
}

/// All of them, page by page.
fn entries(call: &Call, input: &Input) -> Result<Vec<OnCall>, Failure> {
    let ids = [("schedule_ids[]", &input.schedule), ("escalation_policy_ids[]", &input.policy)];
    let mut entries = Vec::new();
    for page in 0..PAGES_MAX {
        let mut asked = request(call, Method::Get, "oncalls")?
            .query("earliest", "true")
            .query("limit", &PAGE.to_string())
            .query("offset", &(page * PAGE).to_string());
        for (name, id) in ids {
            if let Some(id) = id {
                asked = asked.query(name, id);
            }
        }
        let Answer { oncalls, more } = asked.ok()?.json()?;
        entries.extend(oncalls);
        if !more {
            return Ok(entries);
        }
    }
    let message = format!("more than {} people and levels are on call", PAGE * PAGES_MAX);
    Err(Failure::new("too_many_people", message))
}
