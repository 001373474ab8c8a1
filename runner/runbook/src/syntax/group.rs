//! Steps that hold steps, steps done for several items, and what sets back what a step set.

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::model::{AfterRemedy, OnExceeded};

use super::{Work, text};

/// A step done once for each of several items.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-example" = "for_each: {items: \"${{ vars.regions }}\", as: region}"))]
pub(crate) struct ForEach {
    /// One `${{ }}` that gives a list or a map.
    #[schemars(schema_with = "text::expression")]
    pub(crate) items: String,
    /// What an item is called in expressions; `item` if not given.
    #[serde(rename = "as")]
    #[schemars(schema_with = "text::name")]
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// One `${{ }}` that gives an item's key, unique among them; the item itself, or the map's
    /// key, if not given.
    #[schemars(schema_with = "text::expression")]
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// How many items may be under way at once; 1 if not given.
    #[schemars(range(min = 1))]
    pub(crate) max_parallel: Option<u32>,
    /// How many items may fail: a number, or a share such as `10%`, rounded down; 0 if not given.
    #[schemars(schema_with = "text::budget")]
    #[serde(default)]
    pub(crate) max_failures: Option<Budget>,
    /// What happens when more fail; `pause` if not given.
    #[schemars(schema_with = "text::on_exceeded")]
    #[serde(default)]
    pub(crate) on_exceeded: OnExceeded,
    /// How many items there must be; at least one if not given.
    pub(crate) expect: Option<Expect>,
}

/// How many failures are allowed.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Budget {
    /// A number of items.
    Count(u32),
    /// A share of them.
    Share(String),
}

/// How many items there must be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// At least; 1 if not given.
    #[schemars(range(min = 0))]
    pub(crate) min: Option<u32>,
    /// At most; any number if not given.
    #[schemars(range(min = 0))]
    pub(crate) max: Option<u32>,
}

/// Something that is set here, and set back however the block around the step, or else the run,
/// ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ensure {
    /// What the step does.
    pub(crate) set: Work,
    /// What sets it back.
    pub(crate) restore: Work,
}

/// What a step's failure does: a word, or steps that run first.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OnFailure {
    /// `pause`, `abort` or `continue`.
    Word(AfterRemedy),
    /// Steps, and then a word.
    Remedy(Remedy),
}

/// Steps that run when another one failed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remedy {
    /// Steps of this phase with `only: backout`, in order.
    pub(crate) run: Vec<String>,
    /// What follows; `pause` if not given.
    #[serde(rename = "then")]
    #[schemars(schema_with = "text::after_remedy")]
    #[serde(default)]
    pub(crate) after: AfterRemedy,
}

/// When a step runs at all.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Only {
    /// Only where `on_failure: {run: …}` of another step names it.
    Backout,
}
