//! `buildbot/assert`: the last build went well.

use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{Build, build_link, builder, get, is_good, list, result};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The name of the builder.
    builder: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The build's number among those of its builder.
    number: u64,
    /// `success` or `warnings`.
    result: &'static str,
    /// Where people look at it.
    url: String,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let base = call.base("url")?;
    let path = format!("builders/{}/builds", builder(call, &input.builder)?);
    let asked = get(call, &path)?.query("complete", "true").query("order", "-number");
    let builds: Vec<Build> = list("builds", asked.query("limit", "1"))?;
    let Some(build) = builds.first() else {
        let message = format!("{} has never built to the end", input.builder);
        return Err(Failure::new("assertion_failed", message));
    };
    let (number, result, url) = (build.number, result(build.results), build_link(&base, build));
    if !is_good(build.results) {
        let message = format!("{} #{number} ended as {result}: {url}", input.builder);
        let details = json!({ "number": number, "result": result, "url": url });
        return Err(Failure::new("assertion_failed", message).details(details));
    }
    Ok(Done::new(Output { number, result, url: url.clone() }).link(url))
}
