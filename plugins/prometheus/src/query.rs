//! `prometheus/query`: what is there.

use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{Found, Sample, query};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// A query that gives an instant vector or a scalar.
    query: String,
    /// When, as RFC 3339; now if not given.
    time: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// How many samples there are.
    count: u64,
    /// The samples, at most 1,000; more are the failure `too_many_samples`.
    samples: Vec<Sample>,
    /// Why there may be more than these, such as a store that is away; none if they are all.
    warnings: Vec<String>,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Found { samples, warnings } = query(call, &input.query, input.time.as_deref())?;
    Ok(Done::new(Output { count: samples.len() as u64, samples, warnings }))
}
