//! `buildbot/find`: a build that somebody else began.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_ci::scalar;
use hardstop_sdk::{Call, Done, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    api::{Build, build_link, builder, get, is_good, list, result, with_properties},
    left,
};

/// Builds among which it is looked for, the newest first.
const BUILDS_MAX: &str = "100";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The name of the builder.
    builder: String,
    /// The build of this number and no other.
    number: Option<u64>,
    /// A build before that number.
    before: Option<u64>,
    /// Properties it has, such as parameters it was begun with; texts, whole numbers or truth
    /// values.
    #[serde(default)]
    properties: BTreeMap<String, Value>,
    /// How it ended: `success` (with warnings or without) or `any`.
    #[serde(default)]
    result: Ended,
    /// Keeps its console text as evidence.
    #[serde(default)]
    console: bool,
    /// Properties of the build that are given as `values`; one that is missing is a failure.
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Ended {
    #[default]
    Success,
    Any,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The build's number among those of its builder.
    number: u64,
    /// `success`, `warnings`, `failure`, `skipped`, `exception`, `retry` or `cancelled`.
    result: &'static str,
    /// Where people look at it.
    url: String,
    /// The name its console text is kept under, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    console: Option<&'static str>,
    /// The properties that `values` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<BTreeMap<String, Value>>,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let wanted = input
        .properties
        .iter()
        .map(|(name, value)| Ok((name.as_str(), scalar(name, value)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let builds = past(call, input)?;
    let Some(build) = builds.iter().find(|build| fits(input, &wanted, build)) else {
        let message = format!("no such build of {} is there", input.builder);
        return Err(Failure::new("not_found", message));
    };
    let console = input.console.then(|| left::console(call, build)).transpose()?;
    let values = left::values(build, &input.values)?;
    let (number, result) = (build.number, result(build.results));
    let url = build_link(&call.base("url")?, build);
    Ok(Done::new(Output { number, result, url: url.clone(), console, values }).link(url))
}

/// Builds that may be it, with the properties that are looked at.
fn past(call: &Call, input: &Input) -> Result<Vec<Build>, Failure> {
    let builds = format!("builders/{}/builds", builder(call, &input.builder)?);
    let asked = match input.number {
        Some(number) => get(call, &format!("{builds}/{number}"))?,
        None => get(call, &builds)?
            .query("complete", "true")
            .query("order", "-number")
            .query("limit", BUILDS_MAX),
    };
    let asked = match input.before.filter(|_| input.number.is_none()) {
        Some(before) => asked.query("number__lt", &before.to_string()),
        None => asked,
    };
    let names: BTreeSet<&str> =
        input.properties.keys().chain(&input.values).map(String::as_str).collect();
    list("builds", with_properties(asked, names))
}

/// Whether a build is the one that is looked for.
fn fits(input: &Input, wanted: &[(&str, String)], build: &Build) -> bool {
    let written = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let value = |name: &str| Some(written(&build.properties.as_ref()?.get(name)?.0));
    build.complete
        && (input.result == Ended::Any || is_good(build.results))
        && input.before.is_none_or(|before| build.number < before)
        && wanted.iter().all(|(name, wanted)| value(name).as_ref() == Some(wanted))
}
