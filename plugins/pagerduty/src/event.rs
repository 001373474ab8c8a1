//! `pagerduty/event`: about an alert.

use hardstop_sdk::{Call, Done, Failure, Finding};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What becomes of the alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// It is raised.
    #[default]
    Trigger,
    /// Somebody looks after it.
    Acknowledge,
    /// It is over.
    Resolve,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Critical,
    #[default]
    Error,
    Warning,
    Info,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// `trigger`, `acknowledge` or `resolve`.
    #[serde(default)]
    action: What,
    /// Which alert; the attempt's key if not given, which only `trigger` may leave out.
    dedup_key: Option<String>,
    /// What is wrong; `trigger` needs it.
    summary: Option<String>,
    /// What it is about, such as a host; `trigger` needs it.
    source: Option<String>,
    /// `critical`, `error`, `warning` or `info`.
    #[serde(default)]
    severity: Severity,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// Which alert.
    dedup_key: String,
}

#[derive(Deserialize)]
struct Taken {
    dedup_key: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { action, dedup_key, summary, source, severity } = input;
    if dedup_key.is_none() && *action != What::Trigger {
        return Err(Failure::bad_input("`dedup_key` says which alert it is about"));
    }
    let key = dedup_key.as_ref().unwrap_or(&call.key);
    let mut body = json!({ "event_action": action, "dedup_key": key });
    if *action == What::Trigger {
        let (Some(summary), Some(source)) = (summary, source) else {
            return Err(Failure::bad_input(
                "`summary` and `source` say what is wrong, and with what",
            ));
        };
        body["payload"] = json!({ "summary": summary, "source": source, "severity": severity });
    }
    let request = call.post(format!("{}/v2/enqueue", call.base("events_url")?));
    // The published schema wants it in the body, where the runner puts no secret; the API takes this
    // header as well, which PagerDuty's own clients used to send.
    let request = request.header("x-routing-key", call.need_secret("routing_key")?);
    let sent = request.json(&body).ok().map_err(|failure| {
        // The first time it may have arrived, and another attempt has another key.
        let may_have_arrived = failure.may_have_arrived
            || (call.recovering && dedup_key.is_none() && failure.retryable);
        Failure { may_have_arrived, ..failure }
    });
    let Taken { dedup_key } = sent?.json()?;
    Ok(Done::new(Output { dedup_key }))
}

/// The same event again changes nothing.
#[expect(clippy::unnecessary_wraps, reason = "what a probe gives")]
pub(crate) fn probe(_: &Call, _: &Input) -> Result<Finding<Output, ()>, Failure> {
    Ok(Finding::NotStarted)
}
