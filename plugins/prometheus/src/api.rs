//! What Prometheus' HTTP API says, and how it is asked.

use std::collections::BTreeMap;

use hardstop_sdk::{Call, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
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

/// What a query finds at one time.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) samples: Vec<Sample>,
    /// Why there may be more than that.
    pub(crate) warnings: Vec<String>,
}

impl Found {
    /// The samples, if there are no more.
    ///
    /// # Errors
    ///
    /// As [`whole`].
    pub(crate) fn whole(self) -> Result<Vec<Sample>, Failure> {
        whole(&self.warnings).map(|()| self.samples)
    }
}

/// Whether what was found is all there is: otherwise that something was not found says nothing.
///
/// # Errors
///
/// `partial_answer`.
pub(crate) fn whole(warnings: &[String]) -> Result<(), Failure> {
    if warnings.is_empty() {
        return Ok(());
    }
    let message = format!("Prometheus may not have found all there is: {}", warnings.join("; "));
    Err(Failure::new("partial_answer", message).retryable())
}

#[derive(Deserialize)]
struct Reply {
    data: Option<Data>,
    error: Option<String>,
    warnings: Option<Vec<String>>,
    /// As `VictoriaMetrics` says it.
    #[serde(default, rename = "isPartial")]
    partial: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data {
    pub(crate) result_type: String,
    pub(crate) result: Value,
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
pub(crate) fn query(call: &Call, query: &str, time: Option<&str>) -> Result<Found, Failure> {
    let time = time.map(|time| ("time", time.to_owned()));
    let (Data { result_type, result }, warnings) = ask(call, "query", query, time.as_slice())?;
    let samples: Vec<Sample> = match result_type.as_str() {
        "vector" => {
            let series: Vec<Series> = read(result)?;
            series.into_iter().map(|it| Sample { labels: it.metric, value: it.value.1 }).collect()
        }
        "scalar" => {
            let (_, value): (Value, String) = read(result)?;
            vec![Sample { labels: BTreeMap::new(), value }]
        }
        other => {
            let message =
                format!("the query gives a {other}: an instant vector or a scalar is wanted");
            return Err(Failure::new("bad_query", message));
        }
    };
    few(samples.len())?;
    Ok(Found { samples, warnings })
}

/// Asks, and gives what there is and why there may be more: Thanos warns of a store that is away,
/// Prometheus of a remote read that failed and of samples that it left out. Those of its warnings
/// that are mere hints came among the others before they had a field of their own.
pub(crate) fn ask(
    call: &Call,
    what: &str,
    query: &str,
    more: &[(&str, String)],
) -> Result<(Data, Vec<String>), Failure> {
    let url = format!("{}/api/v1/{what}", call.base("url")?);
    let mut request = call.get(url).bearer(call.secret("token")).query("query", query);
    for (name, value) in more {
        request = request.query(name, value);
    }
    let answer = request.send()?;
    // 400: it makes no sense; 422: it cannot be evaluated.
    if matches!(answer.status, 400 | 422) {
        let error = answer.json::<Reply>().ok().and_then(|reply| reply.error);
        let message = error.unwrap_or_else(|| answer.text());
        return Err(Failure::new("bad_query", format!("Prometheus refused the query: {message}")));
    }
    let reply: Reply = answer.ok()?.json()?;
    let data = reply.data.ok_or_else(|| wrong("without data"))?;
    let mut warnings = reply.warnings.unwrap_or_default();
    warnings.retain(|warning| !warning.starts_with("PromQL info"));
    if reply.partial {
        warnings.push("the server says that it is partial".to_owned());
    }
    Ok((data, warnings))
}

pub(crate) fn read<T: DeserializeOwned>(result: Value) -> Result<T, Failure> {
    serde_json::from_value(result)
        .map_err(|error| wrong(&format!("what was not expected: {error}")))
}

fn wrong(what: &str) -> Failure {
    Failure::new("bad_answer", format!("Prometheus answered {what}"))
}

pub(crate) fn few(count: usize) -> Result<(), Failure> {
    if count > SAMPLES_MAX {
        let message = format!("the query finds {count} samples, more than {SAMPLES_MAX}");
        return Err(Failure::new("too_many_samples", message));
    }
    Ok(())
}
