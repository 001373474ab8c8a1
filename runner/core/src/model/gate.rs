//! What keeps a run waiting: approvals, waits and hard stops.

use serde::{Deserialize, Serialize};

use crate::{
    ids::StepId,
    policy::Subject,
    time::{Millis, Timestamp},
};

/// A named person's yes or no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What is approved, for people; may hold expressions.
    pub message: String,
    /// Who may answer; empty only where `groups` say it.
    pub approvers: Vec<Subject>,
    /// How many different people must say yes.
    pub min_approvals: u32,
    /// Several groups, each of which must say yes; one person counts in one group only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<ApprovalGroup>,
    /// Who may not, whatever groups they are in.
    pub exclude: Vec<SeparatedRole>,
    /// The lowest level of assurance that counts (0 to 3, DESIGN section 6).
    pub min_level: u8,
    /// Steps whose evidence is shown with the request and bound to it.
    pub show: Vec<StepId>,
    /// How long people have.
    pub timeout: Millis,
    /// What happens then. No value of this type is a yes.
    pub on_timeout: OnTimeout,
    /// What a no does.
    pub on_rejected: OnRejected,
    /// How long a satisfied approval may wait for the step it opens.
    pub valid_for: Millis,
    /// What a change of voids the request; everything if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<Bound>,
    /// When the same people are reminded, from the request on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remind: Vec<Millis>,
    /// When more people may answer, from the request on; in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate: Vec<Escalation>,
    /// The name of the calendar in whose working time `remind` and `escalate` count; elapsed time
    /// if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

/// A group of which some must say yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalGroup {
    /// Its name, for people.
    pub name: String,
    /// Who may answer for it; never empty.
    pub approvers: Vec<Subject>,
    /// How many different people of it must say yes.
    pub min_approvals: u32,
}

/// Something a request may be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The runbook's text.
    Runbook,
    /// The compiled plan.
    Plan,
    /// The inputs.
    Inputs,
    /// The policy.
    Policy,
    /// The evidence shown.
    Evidence,
}

/// More people who may answer after a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// From the request on.
    pub after: Millis,
    /// Who may answer from then on as well.
    pub add_approvers: Vec<Subject>,
}

/// A part somebody played in a run that may bar them from approving it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeparatedRole {
    /// Started the run, and so supplied its inputs.
    Initiator,
    /// Wrote the runbook.
    RunbookAuthor,
    /// Was the last to edit it.
    LastEditor,
    /// Supplied an input of the run.
    InputSupplier,
    /// Did a part of the run by hand: ticked an item or attested a step.
    Executor,
}

/// What the end of people's time does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The branch waits for a person's verb.
    #[default]
    Pause,
    /// It counts as a no.
    Reject,
    /// The run ends as aborted, after `finally`.
    Abort,
}

/// What a no does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRejected {
    /// The branch waits: `retry` asks again with a new request.
    #[default]
    Pause,
    /// The run ends as aborted, after `finally`.
    Abort,
}

/// Time that must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// When it is over.
    pub until: Until,
    /// Which attempt of the step it counts from is meant.
    #[serde(default, skip_serializing_if = "AttemptRule::is_effective")]
    pub attempt: AttemptRule,
    /// Any new attempt of that step makes it begin again, even one at a part of its items.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continuous: bool,
    /// The IANA name of the zone of a local time; the runbook's if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// How a hard stop may be ended early; never if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
}

/// Which attempt of a step a delay counts from (peers' Q2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptRule {
    /// The last one at the whole step; one at the failed items only does not move it.
    #[default]
    Effective,
    /// The first one ever.
    First,
    /// The last one, whole or not.
    Latest,
}

impl AttemptRule {
    /// Whether this is the rule of a delay that does not say.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_effective(&self) -> bool {
        *self == Self::Effective
    }
}

/// Who may end a hard stop early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Who may; never empty.
    pub approvers: Vec<Subject>,
    /// How many different people, at least 2.
    pub min_approvals: u32,
    /// How long a review may take; it is an open item until it is done.
    pub review_within: Millis,
}

/// When a wait or a hard stop is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Until {
    /// A span after the delay itself is reached, or after another step's start, end or approval.
    After {
        /// The span.
        span: Millis,
        /// What it counts from; the delay's own start if not given.
        since: Option<Anchor>,
    },
    /// An instant: an RFC 3339 text, a local time in the runbook's zone or its own, a time of day,
    /// or an expression that gives one of them.
    Instant(String),
}

/// A point in another step's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The step.
    pub step: StepId,
    /// The point.
    pub point: AnchorPoint,
}

/// The points a span may count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorPoint {
    /// The start of the attempt that counts.
    Started,
    /// The step's success (or attestation).
    Finished,
    /// The approval's satisfaction.
    Approved,
}

impl std::fmt::Display for AnchorPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Approved => "approved",
        })
    }
}

impl Until {
    /// The instant, if it needs no evaluation.
    pub fn constant(&self) -> Option<Timestamp> {
        match self {
            Self::Instant(text) => text.parse().ok(),
            Self::After { .. } => None,
        }
    }
}
