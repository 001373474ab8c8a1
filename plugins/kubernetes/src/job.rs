//! `kubernetes/job`: waits until it is complete.

use std::time::Duration;

use hardstop_sdk::{Call, Done, Failure, Pending, Progress, time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{condition, count, get, path};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
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
    /// How many of its pods succeeded.
    succeeded: u64,
    /// How many failed before.
    failed: u64,
}

fn every() -> String {
    "10s".to_owned()
}

/// Looks once; there is nothing to keep between two looks.
pub(crate) fn look(call: &Call, input: &Input) -> Result<Progress<Output, ()>, Failure> {
    let Input { namespace, name, every } = input;
    let every = time::duration(every)?.max(Duration::from_secs(1));
    let note = match get(call, &path("batch/v1", "jobs", Some(namespace), name)) {
        Ok(object) => {
            let number = |pointer: &str| count(&object, pointer);
            let is = |kind: &str| condition(&object, kind).filter(|it| it.is_true);
            if is("Complete").is_some() {
                let (succeeded, failed) = (number("/status/succeeded"), number("/status/failed"));
                return Ok(Done::new(Output { succeeded, failed }).into());
            }
            if let Some(failed) = is("Failed") {
                let message = format!("{name} failed, {}: {}", failed.reason, failed.message);
                return Err(Failure::new("job_failed", message));
            }
            format!("{} pods of {name} are active", number("/status/active"))
        }
        Err(failure) if failure.retryable => failure.message,
        Err(failure) => return Err(failure),
    };
    Ok(Pending::new((), every).note(note).into())
}
