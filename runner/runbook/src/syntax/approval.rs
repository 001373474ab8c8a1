//! A named person's yes or no.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::model::{Bound, OnRejected, OnTimeout, SeparatedRole};

use super::text;

/// A named person's yes or no: `approvers` and `min_approvals`, or `groups`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// What is approved; may hold `${{ }}`.
    pub(crate) message: String,
    /// Who may answer: `alice`, `team:sre`, `role:oncall`, `anyone`.
    pub(crate) approvers: Option<Vec<String>>,
    /// How many different people must say yes; 1 if not given.
    #[schemars(range(min = 1))]
    pub(crate) min_approvals: Option<u32>,
    /// Several groups by name, each of which must say yes. One person counts in one only.
    pub(crate) groups: Option<BTreeMap<String, Group>>,
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
    /// What a change of voids the request; everything if not given.
    #[schemars(schema_with = "text::bounds")]
    #[serde(default)]
    pub(crate) binds: Option<Vec<Bound>>,
    /// When those who may answer are reminded, from the request on.
    #[schemars(schema_with = "text::durations")]
    #[serde(default)]
    pub(crate) remind: Vec<String>,
    /// When more people may answer.
    #[serde(default)]
    pub(crate) escalate: Vec<Escalation>,
    /// The calendar in whose working time `remind` and `escalate` count; elapsed time if not
    /// given.
    pub(crate) calendar: Option<String>,
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

/// A group of which some must say yes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// Who may answer for it.
    pub(crate) approvers: Vec<String>,
    /// How many different people of it must say yes; 1 if not given.
    #[schemars(range(min = 1))]
    pub(crate) min_approvals: Option<u32>,
}

/// More people who may answer after a while.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Escalation {
    /// From the request on.
    #[schemars(schema_with = "text::duration")]
    pub(crate) after: String,
    /// Who may answer from then on as well.
    pub(crate) add_approvers: Vec<String>,
}
