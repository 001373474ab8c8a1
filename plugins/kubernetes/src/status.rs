//! How far a rollout is, by the rules of `kubectl rollout status`.

use serde_json::Value;

use crate::api::{Kind, condition, count};

/// How far it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Over.
    Over,
    /// Not yet; why.
    Going(String),
    /// It will not be; why.
    Failed(String),
}

/// How far the rollout of `object` is.
pub(crate) fn status(kind: Kind, object: &Value) -> Status {
    let number = |pointer: &str| count(object, pointer);
    if number("/status/observedGeneration") < number("/metadata/generation") {
        return Status::Going("the controller has not seen the newest version".to_owned());
    }
    match kind {
        Kind::Deployment => deployment(object),
        Kind::StatefulSet => stateful_set(object),
        Kind::DaemonSet => {
            let wanted = number("/status/desiredNumberScheduled");
            shares(
                wanted,
                &[
                    ("updated", number("/status/updatedNumberScheduled")),
                    ("available", number("/status/numberAvailable")),
                ],
            )
        }
    }
}

fn deployment(object: &Value) -> Status {
    if let Some(progress) = condition(object, "Progressing")
        && progress.reason == "ProgressDeadlineExceeded"
    {
        return Status::Failed(progress.message.to_owned());
    }
    let number = |pointer: &str| count(object, pointer);
    let updated = number("/status/updatedReplicas");
    let old = number("/status/replicas").saturating_sub(updated);
    match shares(replicas(object), &[("updated", updated)]) {
        Status::Over if old > 0 => Status::Going(format!("{old} old replicas are left")),
        Status::Over => {
            shares(replicas(object), &[("available", number("/status/availableReplicas"))])
        }
        unfinished @ (Status::Going(_) | Status::Failed(_)) => unfinished,
    }
}

fn stateful_set(object: &Value) -> Status {
    let number = |pointer: &str| count(object, pointer);
    let wanted = replicas(object);
    let kept = number("/spec/updateStrategy/rollingUpdate/partition").min(wanted);
    let updated = number("/status/updatedReplicas");
    // Those below the partition stay old on purpose.
    match shares(wanted, &[("ready", number("/status/readyReplicas"))]) {
        Status::Over => shares(wanted - kept, &[("updated", updated)]),
        unfinished @ (Status::Going(_) | Status::Failed(_)) => unfinished,
    }
}

/// How many there are to be; 1 if nothing is said.
fn replicas(object: &Value) -> u64 {
    object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1)
}

fn shares(wanted: u64, shares: &[(&str, u64)]) -> Status {
    match shares.iter().find(|(_, share)| *share < wanted) {
        Some((name, share)) => Status::Going(format!("{share} of {wanted} are {name}")),
        None => Status::Over,
    }
}
