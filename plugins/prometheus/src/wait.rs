//! `prometheus/wait-until`: queries again and again until what is found is as it should be.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Pending, Progress, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{Found, Sample, query},
    condition::{Bounds, Expect},
    gap::{self, Times},
};

/// Looks that are made up for at most; in a longer time they are further apart.
const GAP_LOOKS_MAX: u64 = 1_000;

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
    /// How long it must be so at every look, such as `10m`; once is enough if not given. Time in
    /// which nobody looked counts if Prometheus kept that it was so.
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

/// Times in seconds since 1970-01-01T00:00:00Z.
#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    /// Since when it has been as it should be.
    since: Option<u64>,
    /// When that was last seen.
    last: u64,
}

fn every() -> String {
    "30s".to_owned()
}

pub(crate) fn begin(call: &Call, input: &Input) -> Result<Progress<Output, State>, Failure> {
    poll(call, input, &State { since: None, last: 0 })
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
    let (since, note) = match found {
        Err(why) => (None, why),
        Ok(samples) => {
            let (since, doubt) = since(call, input, state, (now, every.as_secs()));
            if now.saturating_sub(since) >= held.as_secs() {
                return Ok(Done::new(Output { samples }).into());
            }
            let note = format!("as it should be since {}", rfc3339(since));
            (Some(since), format!("{note}{}", doubt.unwrap_or_default()))
        }
    };
    Ok(Pending::new(State { since, last: now }, every).note(note).into())
}

/// Since when it has been as it should be, if it is now. Two looks may be far apart: the runner was
/// away, or looks more rarely because it has taken long. Then what Prometheus kept says whether it
/// was so between them; unless it was, the time begins anew, and why is said.
fn since(
    call: &Call,
    input: &Input,
    &State { since, last }: &State,
    (now, every): (u64, u64),
) -> (u64, Option<String>) {
    let Some(since) = since else { return (now, None) };
    let unseen = now.saturating_sub(last);
    if unseen <= every * 2 {
        return (since, None);
    }
    let step = every.max(unseen / GAP_LOOKS_MAX);
    let times = Times { after: last, until: now, step };
    let wanted = (&input.is, input.expect);
    let why = match gap::broken(call, &input.query, wanted, times) {
        Ok(None) => return (since, None),
        Ok(Some(why)) => why,
        Err(failure) => failure.message,
    };
    (now, Some(format!("; nobody looked since {}, and {why}", rfc3339(last))))
}

fn rfc3339(seconds: u64) -> String {
    time::rfc3339(Duration::from_secs(seconds))
}
