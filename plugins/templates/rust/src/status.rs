//! `status`: one request, and what it says.

use hardstop_sdk::{Call, Done, Failure, http::encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The service.
    service: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The version that runs.
    version: String,
    /// Whether it is well.
    healthy: bool,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let url = format!("{}/services/{}", call.base("url")?, encode(&input.service));
    let answer = call.get(&url).bearer(call.secret("token")).ok()?;
    Ok(Done::new(answer.json()?).link(url))
}
