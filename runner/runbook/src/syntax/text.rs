//! Schemas of texts with a form of their own, and of the core's closed sets of words.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use hardstop_core::{
    calendar::{Rule, Weekday},
    model::{
        AfterRemedy, AttemptRule, Bound, OnConflict, OnExceeded, OnRejected, OnTimeout, RetryOn,
        SeparatedRole, Shell,
    },
    policy::Verb,
};

use super::group::Remedy;

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

pub(super) fn durations(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": duration(generator) })
}

pub(super) fn size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[0-9]+(B|KiB|MiB)$",
        "examples": ["1MiB"],
        "x-unit": "B",
    })
}

pub(super) fn digest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" })
}

pub(super) fn commit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$" })
}

pub(super) fn condition(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^\$\{\{.*\}\}$",
        "examples": ["${{ inputs.dry_run }}"],
    })
}

/// One expression and nothing else, which is not asked whether it holds.
pub(super) fn expression(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^\$\{\{.*\}\}$",
        "examples": ["${{ vars.regions }}"],
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

/// A word, or steps that run first. Both are closed sets, so that each can be told apart.
pub(super) fn on_failure(generator: &mut SchemaGenerator) -> Schema {
    let remedy = generator.subschema_for::<Remedy>();
    json_schema!({ "anyOf": [after_remedy(generator), remedy] })
}

pub(super) fn after_remedy(_: &mut SchemaGenerator) -> Schema {
    one_of(&[AfterRemedy::Pause, AfterRemedy::Abort, AfterRemedy::Continue])
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
    use SeparatedRole::{Executor, Initiator, InputSupplier, LastEditor, RunbookAuthor};
    list_of(&[Initiator, RunbookAuthor, LastEditor, InputSupplier, Executor])
}

pub(super) fn bounds(_: &mut SchemaGenerator) -> Schema {
    list_of(&[Bound::Runbook, Bound::Inputs, Bound::Plan, Bound::Policy, Bound::Evidence])
}

pub(super) fn attempt_rule(_: &mut SchemaGenerator) -> Schema {
    one_of(&[AttemptRule::Effective, AttemptRule::First, AttemptRule::Latest])
}

pub(super) fn on_exceeded(_: &mut SchemaGenerator) -> Schema {
    one_of(&[OnExceeded::Pause, OnExceeded::Abort])
}

pub(super) fn on_conflict(_: &mut SchemaGenerator) -> Schema {
    one_of(&[OnConflict::Queue, OnConflict::Reject])
}

pub(super) fn rule(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Rule::Allow, Rule::Deny])
}

pub(super) fn weekdays(_: &mut SchemaGenerator) -> Schema {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    list_of(&[Mon, Tue, Wed, Thu, Fri, Sat, Sun])
}

/// The verbs, spelled as the core spells them, each with those who may use it.
pub(super) fn verbs(_: &mut SchemaGenerator) -> Schema {
    let subjects = serde_json::json!({ "type": "array", "items": { "type": "string" } });
    let verbs: serde_json::Map<_, _> =
        Verb::ALL.into_iter().map(|verb| (verb.name().to_owned(), subjects.clone())).collect();
    json_schema!({ "type": "object", "properties": verbs, "additionalProperties": false })
}

/// A number of items, or a share of them.
pub(super) fn budget(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": "^[0-9]+(\\.[0-9]{1,2})?%$",
        "examples": ["10%"],
    })
}
