//! `jenkins/find`: a build that somebody else began.

use std::collections::BTreeMap;

use hardstop_ci::scalar;
use hardstop_sdk::{Call, Done, Failure, whole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    api::{BUILD, Build, Past, PastBuilds, path, tree},
    left::{self, Wanted},
};

/// Builds among which it is looked for, the newest first.
const BUILDS: &str = "builds[number,url,result,building,artifacts[relativePath],\
                      actions[parameters[name,value]]]{0,100}";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// What was built, with its folders: `release/symlinks`.
    job: String,
    /// The build of this number and no other.
    number: Option<u64>,
    /// A build before that number.
    before: Option<u64>,
    /// Parameters it was begun with; texts, whole numbers or truth values.
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    /// How it ended: `success`, `unstable` (that or success) or `any`.
    #[serde(default)]
    result: Ended,
    /// Keeps its console text as evidence.
    #[serde(default)]
    console: bool,
    /// Artifacts that are kept as evidence, by their paths; one that is missing is a failure.
    #[serde(default)]
    artifacts: Vec<String>,
    /// An artifact that is a JSON object: kept as the others are, and given as `values`.
    values: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Ended {
    #[default]
    Success,
    Unstable,
    Any,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The build's number.
    number: u64,
    /// `SUCCESS`, `UNSTABLE`, `FAILURE`, `ABORTED` or `NOT_BUILT`.
    result: String,
    /// Where people look at it.
    url: String,
    /// The parameters it was begun with.
    parameters: BTreeMap<String, Value>,
    /// The name its console text is kept under, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    console: Option<&'static str>,
    /// The names its artifacts are kept under.
    artifacts: Vec<String>,
    /// What the artifact `values` holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Value>,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let job = path(&input.job);
    let wanted = input
        .parameters
        .iter()
        .map(|(name, value)| Ok((name.as_str(), scalar(name, value)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let past = match input.number {
        Some(number) => {
            let asked = format!("{BUILD},actions[parameters[name,value]]");
            vec![tree::<Past>(call, &format!("{job}/{number}"), &asked)?]
        }
        None => tree::<PastBuilds>(call, &job, BUILDS)?.builds,
    };
    let Some(found) = past.into_iter().find(|past| fits(input, &wanted, past)) else {
        return Err(Failure::new("not_found", format!("no such build of {} is there", input.job)));
    };
    let parameters = found.parameters.pairs().map(|(name, value)| (name, whole(value))).collect();
    let build = found.build;
    let console =
        input.console.then(|| left::console(call, &input.job, build.number)).transpose()?;
    let kept = Wanted { artifacts: &input.artifacts, values: input.values.as_ref() };
    let left = left::keep(call, &input.job, &build, kept)??;
    let Build { number, url, result, .. } = build;
    let output = Output {
        number,
        result: result.unwrap_or_default(),
        url: url.clone(),
        parameters,
        console,
        artifacts: left.artifacts,
        values: left.values,
    };
    Ok(Done::new(output).link(url))
}

/// Whether a build is the one that is looked for.
fn fits(input: &Input, wanted: &[(&str, String)], past: &Past) -> bool {
    let build = &past.build;
    let ended = match input.result {
        Ended::Success => build.is_good(false),
        Ended::Unstable => build.is_good(true),
        Ended::Any => build.result.is_some(),
    };
    !build.building
        && ended
        && input.before.is_none_or(|before| build.number < before)
        && wanted.iter().all(|(name, value)| past.parameters.has(name, value))
}
