//! `alertmanager/assert-none-firing`.

use hardstop_sdk::{Call, Done, Failure, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{Alert, Matcher, request};

/// Alerts that a failure tells of.
const TOLD_MAX: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Which alerts; every one if there is no matcher.
    #[serde(default)]
    matchers: Vec<Matcher>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// How many alerts are firing: 0.
    firing: u64,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let base = call.base("url")?;
    let mut asked = request(call, Method::Get, "alerts")?
        .query("active", "true")
        .query("silenced", "false")
        .query("inhibited", "false");
    for matcher in &input.matchers {
        asked = asked.query("filter", &matcher.filter());
    }
    let alerts: Vec<Alert> = asked.ok()?.json()?;
    if alerts.is_empty() {
        return Ok(Done::new(Output { firing: 0 }).link(format!("{base}/#/alerts")));
    }
    let name = |alert: &Alert| alert.labels.get("alertname").cloned().unwrap_or_default();
    let mut names: Vec<String> = alerts.iter().map(name).collect();
    names.sort();
    names.dedup();
    names.truncate(TOLD_MAX);
    let message =
        format!("{} alerts are firing: {}; see {base}/#/alerts", alerts.len(), names.join(", "));
    let told: Vec<_> = alerts.iter().take(TOLD_MAX).map(|alert| &alert.labels).collect();
    Err(Failure::new("assertion_failed", message)
        .details(json!({ "firing": alerts.len(), "alerts": told })))
}
