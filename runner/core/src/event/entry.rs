//! A journal line, and the values events are made of.

use serde::{Deserialize, Serialize};

use super::Event;
use crate::{
    ids::{Digest, Epoch, RunId, StepId},
    time::{Millis, Reading, Timestamp},
};

/// The version of the journal's format. A reader refuses a higher one.
pub const FORMAT: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// [`FORMAT`].
    pub v: u32,
    /// The line's number, from 0, without gaps.
    pub seq: u64,
    /// SHA-256 of the previous line's bytes without its line feed, in hex; for line 0, of
    /// `run.json`.
    pub prev: String,
    /// The run this line belongs to.
    pub run: RunId,
    /// The lease under which it was written; it never falls.
    pub epoch: Epoch,
    /// When it was written.
    pub at: Reading,
    /// What happened.
    pub event: Event,
}

/// A file kept as evidence: its digest stands in the journal, its bytes do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Its path in the run's folder.
    pub path: String,
    /// Digest of its bytes as kept.
    pub digest: Digest,
    /// Size of the bytes kept.
    pub size_bytes: u64,
    /// Size before anything was cut; equal to `size_bytes` plus what the redaction took, if
    /// nothing was.
    pub original_bytes: u64,
    /// How many occurrences of secrets were masked.
    pub redactions: u32,
    /// The id of the declared evidence it is, if it is declared.
    pub evidence: Option<String>,
}

/// Why an attempt did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cause {
    /// The command ended with this code.
    Exit {
        /// Not 0.
        code: i32,
    },
    /// The command was ended by a signal not of our making.
    Signal {
        /// Its number.
        signal: i32,
    },
    /// It was ended at its timeout, or people did not answer in time.
    TimedOut,
    /// It was ended because the run was aborted.
    Aborted,
    /// It was ended because a person stopped the runner.
    Interrupted,
    /// It could not be started: no such program, not executable, no such directory.
    NotStarted {
        /// What the system said, and what to do.
        message: String,
    },
    /// The configuration does not grant it.
    NotGranted {
        /// What was asked for, and where it would be granted.
        message: String,
    },
    /// An expression or a reference could not be evaluated.
    Unresolved {
        /// Which, where and why.
        message: String,
    },
    /// The output was not what `capture:` declares.
    Capture {
        /// What was missing or malformed.
        message: String,
    },
    /// A required evidence file is missing, too large or outside its place.
    Evidence {
        /// Which, and why.
        message: String,
    },
    /// The runner could not keep what the command left.
    Storage {
        /// What the system said.
        message: String,
    },
    /// A person said no, or nobody answered and that counts as no.
    Rejected,
    /// The action of a plugin answered that it failed, or its plugin did.
    Action {
        /// What it said.
        message: String,
        /// The short name it has for this; those that begin with `plugin_` are the host's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Whether trying again cannot help.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        permanent: bool,
        /// How long the other side asked to be left alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Millis>,
    },
    /// The run of another runbook did not succeed.
    Child {
        /// The run.
        run: RunId,
        /// How it ended.
        result: super::RunResult,
    },
}

impl Cause {
    /// A failure of an action that has no name, and that may go away.
    pub const fn action(message: String) -> Self {
        Self::Action { message, code: None, permanent: false, retry_after: None }
    }
}

/// What became of an attempt that nobody can answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// The runner went away while it was under way. It may have happened, in part or whole.
    RunnerGone,
}

/// All that an approval is bound to. If any of it differs when the approval is to be used, the
/// approval is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Digest of the runbook's text.
    pub runbook: Digest,
    /// Digest of the compiled plan.
    pub plan: Digest,
    /// Digest of the inputs.
    pub inputs: Digest,
    /// Digest of the policy.
    pub policy: Digest,
    /// The evidence shown.
    pub shown: Vec<ShownEvidence>,
}

/// One file shown with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownEvidence {
    /// The step that left it.
    pub step: StepId,
    /// Its path in the run's folder.
    pub path: String,
    /// Its digest.
    pub digest: Digest,
}

impl Entry {
    /// The wall clock when the line was written.
    pub const fn ts(&self) -> Timestamp {
        self.at.wall
    }
}
