//! Things people confirm.

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::model::OnTimeout;

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
