//! Time that must pass: waits and hard stops.

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::model::AttemptRule;

use super::text;

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
    /// Which attempt of that step: `effective`, the last one at the whole step; `first`;
    /// `latest`, even one at some of its items only. `effective` if not given.
    #[schemars(schema_with = "text::attempt_rule")]
    #[serde(default)]
    pub(crate) attempt: Option<AttemptRule>,
    /// Whether any new attempt of that step makes it begin again.
    pub(crate) continuous: Option<bool>,
    /// An instant such as `2026-11-20T15:53:32Z`, a local time such as `2026-11-20T08:00`, or the
    /// next `08:00`; may be one `${{ }}`.
    pub(crate) until: Option<String>,
    /// The zone of a local time; the runbook's `timezone` if not given.
    pub(crate) zone: Option<String>,
    /// `hard_stop`: who may end it early; nobody if not given.
    pub(crate) break_glass: Option<BreakGlass>,
}

/// Who may end a hard stop early, together and with a reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BreakGlass {
    /// Who may: `alice`, `team:sre`, `role:oncall`.
    pub(crate) approvers: Vec<String>,
    /// How many different people; 2 if not given.
    #[schemars(range(min = 2))]
    pub(crate) min_approvals: Option<u32>,
    /// How long the review of it may take; 5 d if not given. It is an open item until then.
    #[schemars(schema_with = "text::duration")]
    #[serde(default)]
    pub(crate) review_within: Option<String>,
}
