//! `kubernetes/get`: an object as it is.

use hardstop_sdk::{Call, Done, Failure, whole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{get, path};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// Group and version, `apps/v1`; the version alone for the core, `v1`.
    api: String,
    /// The resource, in the plural: `deployments`.
    resource: String,
    /// The namespace, if the resource has one.
    namespace: Option<String>,
    /// The object's name.
    name: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The object; numbers that are not whole are texts.
    object: Value,
}

pub(crate) fn run(call: &Call, input: &Input) -> Result<Done<Output>, Failure> {
    let Input { api, resource, namespace, name } = input;
    let mut object = get(call, &path(api, resource, namespace.as_deref(), name))?;
    // Who changed which field is long, and nobody asks for it here.
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    Ok(Done::new(Output { object: whole(object) }))
}
