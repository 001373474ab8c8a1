//! `run.json`: what a run is, fixed when it is opened. Its digest is where the journal's chain
//! begins, so none of it can be changed later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    calendar::zones_version,
    ids::{AttemptNo, Digest, PersonId, RunId, RunbookId, StepId},
    model::SeparatedRole,
    policy::By,
    time::Timestamp,
    value::Value,
};

/// The immutable header of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// `hardstop/run/v1`.
    pub schema: String,
    /// The run.
    pub run: RunId,
    /// The program that opened it, and its version.
    pub product: String,
    /// Fingerprint of the key that seals the run, `SHA256:…` as OpenSSH writes it.
    pub runner_key: String,
    /// The runbook, pinned.
    pub runbook: PinnedRunbook,
    /// Digest of `plan.json`.
    pub plan: Digest,
    /// Digest of `inputs.json`.
    pub inputs: Digest,
    /// The policy in force when the run was opened.
    pub policy: PinnedPolicy,
    /// Who started it.
    pub initiator: By,
    /// Parts people played before the run began, for separation of duties.
    pub parts: Vec<Part>,
    /// When it was opened.
    pub created: Timestamp,
    /// What had it opened, if that was not a person's command alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// The run it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// The release of the time zone database it was opened with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<String>,
}

impl Header {
    /// The value of [`Header::schema`].
    pub const SCHEMA: &'static str = "hardstop/run/v1";

    /// The release of the time zones it was opened with, if this program has another: windows and
    /// working hours it comes to now may differ from those that were foreseen then.
    pub fn other_zones(&self) -> Option<&str> {
        self.zones.as_deref().filter(|zones| *zones != zones_version())
    }

    /// The runs it is part of, the nearest first.
    pub fn runs_around(&self) -> impl Iterator<Item = &RunId> {
        self.parent.iter().flat_map(|parent| std::iter::once(&parent.run).chain(&parent.above))
    }
}

/// The attempt of another run that a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The run it is part of.
    pub run: RunId,
    /// The step that opened it.
    pub step: StepId,
    /// The attempt at that step.
    pub attempt: AttemptNo,
    /// The runs which that one is part of, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<RunId>,
}

/// What had a run opened. Of all runs with one `key`, there is at most one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// What kind of trigger.
    pub kind: TriggerKind,
    /// Its name in the configuration; the path of a request; nothing for a key given by hand.
    pub id: String,
    /// The idempotency key, such as `schedule/nightly/2026-11-20T03:00:00.000Z`.
    pub key: String,
    /// What it is about: the instant of a schedule, the end of the earlier run, the commit of a
    /// request.
    pub at: Timestamp,
}

/// What may have a run opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// An instant of a schedule came.
    Schedule,
    /// A run of another runbook ended.
    After,
    /// A request was merged.
    Request,
    /// A command gave a key.
    Key,
}

impl TriggerKind {
    /// The kind as it is written, and the first part of the keys that the kind makes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::After => "after",
            Self::Request => "request",
            Self::Key => "key",
        }
    }
}

/// The exact text a run executes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedRunbook {
    /// Its identity.
    pub id: RunbookId,
    /// Its path in the repository, `/` between components.
    pub path: String,
    /// The commit it was read at.
    pub commit: String,
    /// Digest of its text.
    pub digest: Digest,
    /// Whether the text differs from the one at that commit: a rehearsal, which no auditor
    /// accepts.
    pub draft: bool,
}

/// The exact policy a run began under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedPolicy {
    /// 0 for the embedded `solo` policy.
    pub version: u64,
    /// Digest of its text.
    pub digest: Digest,
}

/// A part somebody played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which part.
    pub role: SeparatedRole,
    /// Who, as Git knows them.
    pub email: String,
    /// Who, as the policy knows them; `None` for somebody it does not list.
    pub person: Option<PersonId>,
}

/// `inputs.json`: the value of every input, and where each came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inputs(pub BTreeMap<String, GivenInput>);

/// One input as it was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenInput {
    /// Its value.
    pub value: Value,
    /// [`GivenInput::DEFAULT`], or the way it was given.
    pub source: String,
}

impl GivenInput {
    /// The source of a value that nobody gave.
    pub const DEFAULT: &'static str = "default";
}
