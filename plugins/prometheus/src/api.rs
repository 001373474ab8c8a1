//! What Prometheus' HTTP API says, and how it is asked.

use std::collections::BTreeMap;

use hardstop_sdk::{Call, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Samples that are given at most; of more nobody reads every one.
pub(crate) const SAMPLES_MAX: usize = 1_000;

/// One thing that a query finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Sample {
    /// Its labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// Its value as Prometheus writes it, a text: `0.25`, `+Inf`, `NaN`.
    pub(crate) value: String,
}

#[derive(Deserialize)]
struct Reply {
    data: Option<Data>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// The time and the value.
    value: (Value, String),
}

/// What a query finds now, or at a time.
///
/// # Errors
///
/// `bad_query` if Prometheus does not take it; `too_many_samples`.
pub(crate) fn query(call: &Call, query: &str, time: Option<&str>) -> Result<Vec<Sample>, Failure> {
    let url = format!("{}/api/v1/query", call.base("url")?);
    let mut request = call.get(url).bearer(call.secret("token")).query("query", query);
    if let Some(time) = time {
        request = request.query("time", time);
    }
    let answer = request.send()?;
    // 400: it makes no sense; 422: it cannot be evaluated.
    if matches!(answer.status, 400 | 422) {
        let error = answer.json::<Reply>().ok().and_then(|reply| reply.error);
        let message = error.unwrap_or_else(|| answer.text());
        return Err(Failure::new("bad_query", format!("Prometheus refused the query: {message}")));
    }
    let reply: Reply = answer.ok()?.json()?;
    let wrong = |what: &str| Failure::new("bad_answer", format!("Prometheus answered {what}"));
    let Data { result_type, result } = reply.data.ok_or_else(|| wrong("without data"))?;
    let read = |error: serde_json::Error| wrong(&format!("what was not expected: {error}"));
    let samples: Vec<Sample> = match result_type.as_str() {
        "vector" => {
            let series: Vec<Series> = serde_json::from_value(result).map_err(read)?;
            series.into_iter().map(|it| Sample { labels: it.metric, value: it.value.1 }).collect()
        }
        "scalar" => {
            let (_, value): (Value, String) = serde_json::from_value(result).map_err(read)?;
            vec![Sample { labels: BTreeMap::new(), value }]
        }
        other => {
            let message =
                format!("the query gives a {other}: an instant vector or a scalar is wanted");
            return Err(Failure::new("bad_query", message));
        }
    };
    if samples.len() > SAMPLES_MAX {
        let message = format!("the query finds {} samples, more than {SAMPLES_MAX}", samples.len());
        return Err(Failure::new("too_many_samples", message));
    }
    Ok(samples)
}
