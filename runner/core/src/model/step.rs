//! One step: its kind, and the rules every kind shares.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Child, ForEach, Poll, Uses, Within};
use crate::{
    ids::{ItemId, StepId},
    policy::Subject,
    time::{Millis, Timestamp},
};

/// The unit of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The step's full address.
    pub id: StepId,
    /// For people; may hold expressions.
    pub title: String,
    /// Why and how, for people; may hold expressions.
    pub description: String,
    /// An expression; the step is skipped unless it is true.
    pub condition: Option<String>,
    /// What the step does.
    pub kind: StepKind,
    /// What happens when it fails for good.
    pub on_failure: OnFailure,
    /// Files the step must leave.
    pub evidence: Vec<EvidenceFile>,
    /// The composite it belongs to; `None` for a step of the phase itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Within>,
    /// Done once for each of several items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<ForEach>,
    /// `only: backout`: never runs forward, only where a failure's remedy names it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backout: bool,
    /// What must be had before it begins; may hold expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<String>,
    /// The address it had before it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formerly: Option<StepId>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StepKind {
    /// Runs a command on the runner's host.
    Run(Run),
    /// Has people confirm things.
    Checklist(Checklist),
    /// Asks named people for a yes or a no.
    Approval(Approval),
    /// Lets time pass; a permitted person may skip it.
    Wait(Delay),
    /// Lets time pass; nobody skips it.
    HardStop(Delay),
    /// Calls an action of a plugin.
    Uses(Uses),
    /// Runs another runbook; its run is evidence of this one.
    Runbook(Child),
    /// Steps one after the other, with what rescues them and what always follows.
    Block,
    /// Steps side by side.
    Parallel,
}

impl StepKind {
    /// How a step is asked again until it holds, if it is.
    pub const fn poll(&self) -> Option<&Poll> {
        match self {
            Self::Run(run) => run.until.as_ref(),
            Self::Uses(uses) => uses.until.as_ref(),
            Self::Checklist(_)
            | Self::Approval(_)
            | Self::Wait(_)
            | Self::HardStop(_)
            | Self::Runbook(_)
            | Self::Block
            | Self::Parallel => None,
        }
    }

    /// The kind's name in the language.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Checklist(_) => "checklist",
            Self::Approval(_) => "approval",
            Self::Wait(_) => "wait",
            Self::HardStop(_) => "hard_stop",
            Self::Uses(_) => "uses",
            Self::Runbook(_) => "runbook",
            Self::Block => "block",
            Self::Parallel => "parallel",
        }
    }
}

/// A command on the runner's host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// What is executed.
    pub program: Program,
    /// Added to the environment; the values may hold expressions.
    pub env: BTreeMap<String, String>,
    /// Where it runs, relative to the repository; may hold expressions. The root if not given.
    pub directory: Option<String>,
    /// The most time one attempt may take.
    pub timeout: Millis,
    /// How often the runner tries by itself.
    pub retry: Retry,
    /// Whether doing it twice equals doing it once, so that an attempt lost in a crash is tried
    /// again without asking.
    pub idempotent: bool,
    /// How output becomes outputs.
    pub capture: Option<Capture>,
    /// Asked again until it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Poll>,
}

/// What a `run` step executes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Program {
    /// A program and its arguments, each passed verbatim; each may hold expressions.
    Argv(Vec<String>),
    /// Constant text for a shell. It never holds expressions: values come by `env`.
    Script {
        /// The shell that reads it.
        shell: Shell,
        /// The text.
        text: String,
    },
}

/// A shell a script may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shell {
    /// `sh -eu`.
    Sh,
    /// `bash -euo pipefail`.
    Bash,
}

/// Retries that the runner makes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// All attempts together, from 1.
    pub max_attempts: u32,
    /// From the end of an attempt to the start of the next.
    pub delay: Millis,
    /// Each delay is this many times the one before.
    pub backoff: u32,
    /// The longest delay.
    pub max_delay: Millis,
    /// Which ends are worth another attempt.
    pub on: Vec<RetryOn>,
}

/// An end of an attempt that may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// The command ended with another code than 0.
    Failed,
    /// It was ended at its timeout.
    TimedOut,
}

/// What a step's final failure does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The branch waits for a person's verb.
    #[default]
    Pause,
    /// The run ends as failed, after `finally`.
    Abort,
    /// The run goes on; the failure stays an open item and must be settled before the run closes.
    Continue,
    /// The `rescue` of the block around it takes over.
    Rescue,
    /// These steps run, and then the rest follows.
    Run {
        /// Steps with `only: backout`, in order.
        steps: Vec<StepId>,
        /// What follows once they are over.
        then: AfterRemedy,
    },
}

/// What follows once the remedy of a failure is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterRemedy {
    /// The branch waits for a person's verb.
    #[default]
    Pause,
    /// The run ends as failed, after `finally`.
    Abort,
    /// The run goes on; the failure stays an open item.
    Continue,
}

/// How output becomes outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Capture {
    /// Standard output is one JSON object; its members are the outputs.
    Json,
    /// Each output is found by a regular expression in standard output.
    Patterns(BTreeMap<String, CapturePattern>),
}

/// One output found by a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapturePattern {
    /// Matched line by line; the first group, or the whole match, is the value.
    pub regex: String,
    /// Whether the value is a whole number rather than text.
    pub integer: bool,
}

/// A file a step must leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFile {
    /// The name it is kept under, unique in the step.
    pub id: String,
    /// Where the step leaves it: in the repository or in the run's workspace; may hold
    /// expressions.
    pub file: String,
    /// Whether the step has failed without it.
    pub required: bool,
    /// The most bytes it may have.
    pub max_bytes: u64,
    /// What the runner writes there from the step's own outputs, instead of looking for a file
    /// the step left; holds expressions over `self`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Things people confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// The items, in order.
    pub items: Vec<Item>,
    /// Who is asked; for people, the policy decides who may tick.
    pub assignees: Vec<Subject>,
    /// How long people have.
    pub timeout: Millis,
    /// What happens then.
    pub on_timeout: OnTimeout,
}

/// One thing a person confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The item's name.
    pub id: ItemId,
    /// What is confirmed or asked; may hold expressions.
    pub text: String,
    /// What an answer looks like.
    pub kind: ItemKind,
    /// Whether the checklist is complete without it.
    pub optional: bool,
    /// Whether a file must come with the answer.
    pub evidence: bool,
}

/// What an answer to an item looks like. All but a tick carry a value, which is an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ItemKind {
    /// It is so.
    Tick,
    /// Free text, one line or more.
    Text,
    /// A number; a decimal is kept as text, digit for digit.
    Number,
    /// One of several.
    Choice {
        /// What may be chosen.
        options: Vec<String>,
    },
    /// A day, `yyyy-mm-dd`.
    Date,
    /// An `http` or `https` address.
    Link,
    /// A file, kept as evidence; its value is its path there.
    File,
}

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
