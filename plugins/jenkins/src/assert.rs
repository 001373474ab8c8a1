//! `jenkins/assert`: the last build went well.

use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{BUILD, Build, path, tree};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// What was built, with its folders: `release/symlinks`.
    job: String,
    /// Takes UNSTABLE for success.
    #[serde(default)]
    unstable: bool,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The build's number.
    number: u64,
    /// `SUCCESS` or `UNSTABLE`.
    result: String,
    /// Where people look at it.
    url: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let job = path(&input.job);
    let last = tree::<Build>(call, &format!("{job}/lastCompletedBuild"), BUILD);
    let build = last.map_err(|failure| match &*failure.code {
        "not_found" => {
            let message = format!("{} is not there, or has never built to the end", input.job);
            Failure::new("assertion_failed", message)
        }
        _ => failure,
    })?;
    let is_good = build.is_good(input.unstable);
    let Build { number, url, result, .. } = build;
    let result = result.unwrap_or_default();
    if is_good {
        return Ok(Done::new(Output { number, result, url: url.clone() }).link(url));
    }
    let message = format!("{} #{number} ended as {result}: {url}", input.job);
    let details = json!({ "number": number, "result": result, "url": url });
    Err(Failure::new("assertion_failed", message).details(details))
}
