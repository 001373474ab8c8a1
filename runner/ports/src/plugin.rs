//! Calls of plugins: one leg of an attempt at a `uses` step.
//!
//! An attempt is begun (`invoke`), goes on as long as the action says that it is pending (`poll`),
//! and is ended early if nobody wants it any more (`cancel`). One whose answer was lost is looked
//! for (`probe`). Nothing is kept between two legs but what the run's journal holds.

use std::{collections::BTreeMap, future::Future, pin::Pin, time::Duration};

use hardstop_core::{ids::Digest, model::Grants, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::secrets::SecretValue;

/// One call of a component. Owned, because it is made on a thread of the host's.
#[derive(Clone, Debug)]
pub struct Call {
    /// The plugin's name.
    pub plugin: String,
    /// The component that was pinned when the run began.
    pub digest: Digest,
    /// The action, without the plugin's name.
    pub action: String,
    /// The parameters, a JSON object, those that are secrets left out.
    pub input: String,
    /// Parameters that are secrets, by the secret's name in `secrets`. The guest gets placeholders.
    pub secret_inputs: BTreeMap<String, String>,
    /// The same for all legs of this attempt, and for no other attempt at anything.
    pub key: String,
    /// From 1.
    pub attempt: u32,
    /// Which leg.
    pub leg: Leg,
    /// What it may reach, at most: what the run was granted when the attempt began.
    pub grants: Grants,
    /// Values of the secrets in `grants.secrets`, by name.
    pub secrets: BTreeMap<String, SecretValue>,
    /// How long it may take from now.
    pub remaining: Duration,
}

/// A leg of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    /// The first.
    Invoke {
        /// An earlier runner may have begun it, and a probe said that it had not.
        recovering: bool,
    },
    /// It goes on.
    Poll {
        /// As the last leg left it, a JSON document.
        state: String,
    },
    /// What became of it?
    Probe,
    /// It is not wanted any more.
    Cancel {
        /// As the last leg left it, if there was one.
        state: Option<String>,
    },
}

/// What a call came to, and all it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What the guest said, or what the host says of it.
    pub answer: Answer,
    /// Files it left, by name; secrets not masked yet.
    pub artifacts: BTreeMap<String, Vec<u8>>,
    /// Every request that went out or was refused, in order.
    pub requests: Vec<Request>,
    /// What it printed, bounded; secrets not masked yet.
    pub printed: Vec<u8>,
}

impl Ended {
    /// A call that failed and left nothing.
    pub const fn failed(failure: Failure) -> Self {
        Self {
            answer: Answer::Failed(failure),
            artifacts: BTreeMap::new(),
            requests: Vec::new(),
            printed: Vec::new(),
        }
    }
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The action did what it was for.
    Done(Output),
    /// It goes on without us.
    Pending(Pending),
    /// It failed, or the host stopped it.
    Failed(Failure),
    /// A probe: it never began.
    NotStarted,
    /// A probe: it was begun, and failed.
    Over(Failure),
    /// A probe: nobody can tell; why.
    CannotTell(String),
    /// A cancel: it is ended.
    Cancelled,
}

/// What an action gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// A JSON object.
    pub value: String,
    /// Where people look at it.
    pub link: Option<String>,
    /// One for each target, if the action fans out by itself.
    pub targets: Vec<Target>,
}

/// What one target came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Whether it went well.
    pub ok: bool,
    /// What is to be said about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
}

/// An action that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// A JSON document for the next leg.
    pub state: String,
    /// When it wants to be asked again, from now.
    pub poll_after: Duration,
    /// What people should know meanwhile.
    pub note: Option<String>,
    /// Where they can look.
    pub link: Option<String>,
}

/// A failure of an action, or of its plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A short stable name; those of the host begin with `plugin_`.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// Whether the very same call may succeed later.
    pub retryable: bool,
    /// Not before this time from now.
    pub retry_after: Option<Duration>,
    /// What is known beyond the message, a JSON document.
    pub details: Option<String>,
}

impl Failure {
    /// What a host says of a call; trying again cannot help.
    ///
    /// * `code`: begins with `plugin_`.
    pub fn of_host(code: &str, message: String) -> Self {
        let code = code.to_owned();
        Self { code, message, retryable: false, retry_after: None, details: None }
    }
}

/// One outbound request as evidence has it: enough to find it in the other side's records, and
/// nothing that could hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// When it was sent.
    pub at: Timestamp,
    /// In upper case; `unknown` if it is longer than any.
    pub method: String,
    /// `scheme://host:port`.
    pub origin: String,
    /// SHA-256 of path and query: they may hold what nobody should read.
    pub path: Digest,
    /// Of the body as sent, secrets not put in.
    pub sent: Body,
    /// The status, if there was an answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Of the answer's body as the guest got it, as far as it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub received: Option<Body>,
    /// From sending to the last byte.
    pub took_ms: u64,
    /// The secrets that were put into headers, by name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub secrets: Vec<String>,
    /// Why it was refused, or broke off.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// Size and digest of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub digest: Digest,
}

/// Makes calls.
pub trait Plugins: Send + Sync {
    /// Makes one call. Whatever goes wrong is an answer, never an error: a component that is not
    /// there, that cannot be run, that runs for ever, takes all memory or breaks its contract.
    ///
    /// It ends within `remaining` and a moment. Dropping the future ends the guest; what it had
    /// sent is sent.
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Ended> + Send>>;
}
