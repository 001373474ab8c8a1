//! `pagerduty/incident`: opens one.

use hardstop_sdk::{Call, Done, Failure, Finding, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::request;

/// How loud it is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Urgency {
    /// Calls people.
    #[default]
    High,
    /// Does not.
    Low,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The service's id.
    service: String,
    /// Its title.
    title: String,
    /// What there is to know.
    #[serde(default)]
    details: String,
    /// `high` or `low`.
    #[serde(default)]
    urgency: Urgency,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// Its id.
    id: String,
    /// Its number.
    number: u64,
    /// Where people see it.
    url: String,
}

#[derive(Deserialize)]
struct Opened {
    incident: Incident,
}

#[derive(Deserialize)]
struct Incidents {
    incidents: Vec<Incident>,
}

#[derive(Deserialize)]
struct Incident {
    id: String,
    #[serde(rename = "incident_number")]
    number: u64,
    html_url: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    // PagerDuty refuses a second one of a key as long as the first is open.
    if let Some(incident) = find(call)? {
        return Ok(done(incident));
    }
    let body = json!({ "incident": {
        "type": "incident",
        "title": input.title,
        "service": { "id": input.service, "type": "service_reference" },
        "urgency": input.urgency,
        "incident_key": call.key,
        "body": { "type": "incident_body", "details": input.details },
    } });
    let asked = request(call, Method::Post, "incidents")?.header("from", call.base("from")?);
    let Opened { incident } = asked.json(&body).ok()?.json()?;
    Ok(done(incident))
}

pub(crate) fn probe(call: &Call, _: &Input) -> Result<Finding<Output, ()>, Failure> {
    Ok(find(call)?.map_or(Finding::NotStarted, |incident| Finding::Done(done(incident))))
}

fn find(call: &Call) -> Result<Option<Incident>, Failure> {
    let asked = request(call, Method::Get, "incidents")?;
    let asked = asked.query("incident_key", &call.key).query("date_range", "all");
    let Incidents { incidents } = asked.ok()?.json()?;
    Ok(incidents.into_iter().next())
}

fn done(incident: Incident) -> Done<Output> {
    let Incident { id, number, html_url: url } = incident;
    Done::new(Output { id, number, url: url.clone() }).link(url)
}
