//! `kubernetes/scale`: sets how many replicas there are.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Pending, Progress, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{Kind, count, get, request};

/// The time between two tries while the API server is away.
const AGAIN: Duration = Duration::from_secs(10);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// `deployment` or `statefulset`.
    kind: Kind,
    /// Its namespace.
    namespace: String,
    /// Its name.
    name: String,
    /// How many there are to be.
    replicas: u32,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// How many there were to be.
    was: u64,
    /// How many there are to be now.
    replicas: u32,
}

/// What was found before anything was changed.
#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    was: u64,
}

/// Reads how many there were to be, and makes it durable before the number is changed: read again
/// after that, it would be the new one.
pub(crate) fn begin(call: &Call, input: &Input) -> Result<Progress<Output, State>, Failure> {
    if input.kind == Kind::DaemonSet {
        return Err(Failure::bad_input("a daemonset has as many replicas as there are nodes"));
    }
    let was = count(&get(call, &path(input))?, "/spec/replicas");
    Ok(Pending::new(State { was }, Duration::ZERO).into())
}

/// Sets it, also if nothing changes, since somebody may have changed it a moment ago. As long as
/// the API server is away it is set again, because another attempt would read `was` anew.
pub(crate) fn set(
    call: &Call,
    input: &Input,
    &State { was }: &State,
) -> Result<Progress<Output, State>, Failure> {
    let replicas = input.replicas;
    let patch = request(call, Method::Patch, &path(input))?
        .json(&json!({ "spec": { "replicas": replicas } }))
        .header("content-type", "application/merge-patch+json");
    match patch.ok() {
        Ok(_) => Ok(Done::new(Output { was, replicas }).into()),
        Err(failure) if failure.retryable => {
            Ok(Pending::new(State { was }, AGAIN).note(failure.message).into())
        }
        Err(failure) => Err(failure),
    }
}

fn path(Input { kind, namespace, name, .. }: &Input) -> String {
    format!("{}/scale", kind.path(namespace, name))
}
