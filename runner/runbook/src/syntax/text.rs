//! Schemas of texts with a form of their own, and of the core's closed sets of words.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use hardstop_core::model::{OnFailure, OnRejected, OnTimeout, RetryOn, SeparatedRole, Shell};

/// A set of words, spelled as the core spells them.
fn one_of<T: Serialize>(words: &[T]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

fn list_of<T: Serialize>(words: &[T]) -> Schema {
    json_schema!({ "type": "array", "items": one_of(words) })
}

pub(super) fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$" })
}

pub(super) fn names(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": name(generator) })
}

/// A span of time. `x-unit` completes a bare number in the message that refuses it.
pub(super) fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
        "examples": ["90s", "24h", "1h30m"],
        "x-unit": "s",
    })
}

pub(super) fn size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[0-9]+(B|KiB|MiB)$",
        "examples": ["1MiB"],
        "x-unit": "B",
    })
}

pub(super) fn condition(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^\$\{\{.*\}\}$",
        "examples": ["${{ inputs.dry_run }}"],
    })
}

/// Any value but a decimal number, which is written as text.
pub(super) fn any(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["boolean", "integer", "string", "array", "object"] })
}

pub(super) fn values(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": any(generator) })
}

pub(super) fn api_version(_: &mut SchemaGenerator) -> Schema {
    one_of(&["hardstop/v1"])
}

pub(super) fn kind_runbook(_: &mut SchemaGenerator) -> Schema {
    one_of(&["Runbook"])
}

pub(super) fn kind_policy(_: &mut SchemaGenerator) -> Schema {
    one_of(&["Policy"])
}

pub(super) fn kind_config(_: &mut SchemaGenerator) -> Schema {
    one_of(&["Config"])
}

pub(super) fn on_failure(_: &mut SchemaGenerator) -> Schema {
    one_of(&[OnFailure::Pause, OnFailure::Abort, OnFailure::Continue])
}

pub(super) fn on_timeout(_: &mut SchemaGenerator) -> Schema {
    one_of(&[OnTimeout::Pause, OnTimeout::Reject, OnTimeout::Abort])
}

pub(super) fn on_rejected(_: &mut SchemaGenerator) -> Schema {
    one_of(&[OnRejected::Pause, OnRejected::Abort])
}

pub(super) fn retry_on(_: &mut SchemaGenerator) -> Schema {
    list_of(&[RetryOn::Failed, RetryOn::TimedOut])
}

pub(super) fn shell(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Shell::Sh, Shell::Bash])
}

pub(super) fn separated_roles(_: &mut SchemaGenerator) -> Schema {
    list_of(&[SeparatedRole::Initiator, SeparatedRole::RunbookAuthor, SeparatedRole::LastEditor])
}
