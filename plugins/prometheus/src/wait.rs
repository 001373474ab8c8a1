//! `prometheus/wait-until`: queries again and again until what is found is as it should be.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Pending, Progress, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{Found, Sample, query},
    condition::{Bounds, Expect},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// A query that gives an instant vector or a scalar.
    query: String,
    /// `some` (the default) or `none`: whether anything may be found.
    #[serde(default)]
    expect: Expect,
    /// Bounds that hold for every sample.
    #[serde(default)]
    is: Bounds,
    /// How long it must be so at every look, such as `10m`; once is enough if not given.
    r#for: Option<String>,
    /// The time between two looks, such as `30s`.
    #[serde(default = "every")]
    every: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// What was found at last.
    samples: Vec<Sample>,
}

/// Since when it has been as it should be, in seconds since 1970-01-01T00:00:00Z.
#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    since: Option<u64>,
}

fn every() -> String {
    "30s".to_owned()
}

pub(crate) fn begin(call: &Call, input: &Input) -> Result<Progress<Output, State>, Failure> {
    poll(call, input, &State { since: None })
}

pub(crate) fn poll(
    call: &Call,
    input: &Input,
    state: &State,
) -> Result<Progress<Output, State>, Failure> {
    let every = time::duration(&input.every)?.max(Duration::from_secs(1));
    let held = input.r#for.as_deref().map(time::duration).transpose()?.unwrap_or_default();
    let found = match query(call, &input.query, None).and_then(Found::whole) {
        Ok(samples) => input.is.broken(input.expect, &samples)?.map_or(Ok(samples), Err),
        // What is not seen is not known to hold.
        Err(failure) if failure.retryable => Err(failure.message),
        Err(failure) => return Err(failure),
    };
    let now = call.now().as_secs();
    let since = state.since.unwrap_or(now);
    let (since, note) = match found {
        Err(why) => (None, why),
        Ok(samples) if now.saturating_sub(since) >= held.as_secs() => {
            return Ok(Done::new(Output { samples }).into());
        }
        Ok(_) => {
            let time = time::rfc3339(Duration::from_secs(since));
            (Some(since), format!("as it should be since {time}"))
        }
    };
    Ok(Pending::new(State { since }, every).note(note).into())
}
