//! `prometheus/assert`: what a query finds is as it should be.

use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    api::{Sample, query},
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
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// What was found.
    samples: Vec<Sample>,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let samples = query(call, &input.query, None)?.whole()?;
    match input.is.broken(input.expect, &samples)? {
        None => Ok(Done::new(Output { samples })),
        Some(why) => {
            let details = json!({ "query": input.query, "samples": samples });
            Err(Failure::new("assertion_failed", why).details(details))
        }
    }
}
