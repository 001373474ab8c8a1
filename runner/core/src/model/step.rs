//! One step: its kind, and the rules every kind shares.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Approval, Child, Delay, ForEach, OnTimeout, Poll, Uses, Within};
use crate::{
    ids::{ItemId, StepId},
    policy::Subject,
    time::Millis,
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
    /// How a command or a call is tried; `None` for what is not tried by the runner itself.
    pub const fn tries(&self) -> Option<Tries<'_>> {
        let (timeout, retry, idempotent, until) = match self {
            Self::Run(run) => (run.timeout, &run.retry, run.idempotent, &run.until),
            Self::Uses(uses) => (uses.timeout, &uses.retry, uses.idempotent, &uses.until),
            Self::Checklist(_)
            | Self::Approval(_)
            | Self::Wait(_)
            | Self::HardStop(_)
            | Self::Runbook(_)
            | Self::Block
            | Self::Parallel => return None,
        };
        Some(Tries { timeout, retry, idempotent, until: until.as_ref() })
    }

    /// Whether the runner does something in the world for it: a command, a call, a run of another
    /// runbook.
    pub const fn is_work(&self) -> bool {
        self.tries().is_some() || matches!(self, Self::Runbook(_))
    }

    /// How a step is asked again until it holds, if it is.
    pub fn poll(&self) -> Option<&Poll> {
        self.tries()?.until
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

/// What commands and calls have in common: how long one try may take, and when there is another.
#[derive(Clone, Copy, Debug)]
pub struct Tries<'a> {
    /// The most time one attempt may take.
    pub timeout: Millis,
    /// How often the runner tries by itself.
    pub retry: &'a Retry,
    /// Whether doing it twice equals doing it once.
    pub idempotent: bool,
    /// Asked again until it holds.
    pub until: Option<&'a Poll>,
}

impl Tries<'_> {
    /// How long an attempt may take: what is asked again and again has a time of its own.
    pub fn longest(&self) -> Millis {
        self.until.map_or(self.timeout, |poll| poll.timeout)
    }

    /// Whether an attempt that nobody knows the end of may be made again without asking.
    pub const fn is_repeatable(&self) -> bool {
        self.idempotent || self.until.is_some()
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

impl Shell {
    /// The program it is.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Bash => "bash",
        }
    }
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
