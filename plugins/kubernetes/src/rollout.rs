//! `kubernetes/rollout`: waits until it is over.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Pending, Progress, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{Kind, count, get},
    status::{Status, status},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// `deployment`, `statefulset` or `daemonset`.
    kind: Kind,
    /// Its namespace.
    namespace: String,
    /// Its name.
    name: String,
    /// The time between two looks, such as `10s`.
    #[serde(default = "every")]
    every: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Output {
    /// The version of the object that is out.
    generation: u64,
}

fn every() -> String {
    "10s".to_owned()
}

/// Looks once; there is nothing to keep between two looks.
pub(crate) fn look(call: &Call, input: &Input) -> Result<Progress<Output, ()>, Failure> {
    let Input { kind, namespace, name, every } = input;
    let every = time::duration(every)?.max(Duration::from_secs(1));
    let note = match get(call, &kind.path(namespace, name)) {
        Ok(object) => match status(*kind, &object) {
            Status::Over => {
                let generation = count(&object, "/metadata/generation");
                return Ok(Done::new(Output { generation }).into());
            }
            Status::Failed(why) => return Err(Failure::new("rollout_failed", why)),
            Status::Going(why) => why,
        },
        // It goes on while the API server is away.
        Err(failure) if failure.retryable => failure.message,
        Err(failure) => return Err(failure),
    };
    Ok(Pending::new((), every).note(note).into())
}
