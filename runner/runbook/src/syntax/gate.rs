//! Steps that stop: checklists, approvals, waits and hard stops.

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::model::{OnRejected, OnTimeout, SeparatedRole};

use super::text;

/// Things people confirm.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checklist {
    /// The items, in order.
    pub(crate) items: Vec<Item>,
    /// Who is asked: `alice`, `team:sre`, `role:oncall`, `anyone`.
    #[serde(default)]
    pub(crate) assignees: Vec<String>,
    /// How long people have; 7 d if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) timeout: Option<String>,
    /// What happens then; `pause` if not given.
    #[schemars(schema_with = "text::on_timeout")]
    #[serde(default)]
    pub(crate) on_timeout: OnTimeout,
}

/// One thing a person confirms: its text, or its text and more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Item {
    /// A tick; its id is made from the text.
    Text(String),
    /// Anything else.
    Full(FullItem),
}

/// One thing a person confirms or fills in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FullItem {
    /// The item's name, unique in its step.
    #[schemars(schema_with = "text::name")]
    pub(crate) id: String,
    /// What is confirmed or asked; may hold `${{ }}`.
    pub(crate) text: String,
    /// What an answer looks like; `tick` if not given.
    #[serde(rename = "type")]
    pub(crate) kind: Option<ItemType>,
    /// `choice`: what may be chosen.
    pub(crate) options: Option<Vec<String>>,
    /// Whether the checklist is complete without it.
    #[serde(default)]
    pub(crate) optional: bool,
    /// `required` if a file must come with the answer.
    pub(crate) evidence: Option<ItemEvidence>,
}

/// What an answer to an item looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemType {
    /// It is so.
    Tick,
    /// Free text.
    Text,
    /// A number.
    Number,
    /// One of several.
    Choice,
    /// A day, `yyyy-mm-dd`.
    Date,
    /// An `http` or `https` address.
    Link,
    /// A file, kept as evidence.
    File,
}

/// Whether a file must come with an answer.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemEvidence {
    /// It must.
    Required,
}

/// A named person's yes or no.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// What is approved; may hold `${{ }}`.
    pub(crate) message: String,
    /// Who may answer: `alice`, `team:sre`, `role:oncall`, `anyone`.
    pub(crate) approvers: Vec<String>,
    /// How many different people must say yes; 1 if not given.
    #[schemars(range(min = 1))]
    pub(crate) min_approvals: Option<u32>,
    /// Who may not; `[initiator, last_editor]` if not given.
    #[schemars(schema_with = "text::separated_roles")]
    #[serde(default)]
    pub(crate) exclude: Option<Vec<SeparatedRole>>,
    /// The lowest level of assurance that counts: 1 a person known by their account, 2 a review
    /// or merge, 3 their own signature. 1 if not given.
    #[schemars(range(min = 0, max = 3))]
    pub(crate) min_level: Option<u8>,
    /// Steps whose evidence is shown with the request and bound to it.
    #[serde(default)]
    pub(crate) show: Vec<String>,
    /// How long people have; 7 d if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) timeout: Option<String>,
    /// What happens then; `pause` if not given. There is no way to make it a yes.
    #[schemars(schema_with = "text::on_timeout")]
    #[serde(default)]
    pub(crate) on_timeout: OnTimeout,
    /// What a no does; `pause` if not given.
    #[schemars(schema_with = "text::on_rejected")]
    #[serde(default)]
    pub(crate) on_rejected: OnRejected,
    /// How long a satisfied approval may wait for the step it opens; 7 d if not given.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) valid_for: Option<String>,
}

/// Time that must pass: `for` (with `since`) or `until`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delay {
    /// How long.
    #[serde(rename = "for")]
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) span: Option<String>,
    /// What it counts from: `step.started`, `step.finished` or `step.approved`, `phase/step.…`
    /// for a step of another phase. The moment the delay is reached if not given.
    pub(crate) since: Option<String>,
    /// An instant such as `2026-11-20T15:53:32Z`; may be one `${{ }}`.
    pub(crate) until: Option<String>,
}
