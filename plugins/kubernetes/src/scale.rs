//! `kubernetes/scale`: sets how many replicas there are.

use hardstop_sdk::{Call, Done, Failure, http::Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{Kind, count, get, request};

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

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { kind, namespace, name, replicas } = input;
    if *kind == Kind::DaemonSet {
        return Err(Failure::bad_input("a daemonset has as many replicas as there are nodes"));
    }
    let path = format!("{}/scale", kind.path(namespace, name));
    let was = count(&get(call, &path)?, "/spec/replicas");
    // Sent even if nothing changes: somebody may have changed it a moment ago.
    request(call, Method::Patch, &path)?
        .json(&json!({ "spec": { "replicas": replicas } }))
        .header("content-type", "application/merge-patch+json")
        .ok()?;
    Ok(Done::new(Output { was, replicas: *replicas }))
}
