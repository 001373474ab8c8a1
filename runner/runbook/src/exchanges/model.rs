//! Recorded exchanges, understood.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use hardstop_core::time::Millis;
use serde_json::{Map, Value};

use super::{Complaint, Place};
use crate::diagnostics::Diagnostics;

/// An action, call by call.
#[derive(Clone, Debug)]
pub struct Exchanges {
    pub(super) name: String,
    pub(super) text: String,
    /// What they show.
    pub title: String,
    /// The action, without the plugin's name.
    pub action: (String, Place),
    /// The parameters.
    pub with: (Map<String, Value>, Place),
    /// The plugin's settings.
    pub config: (BTreeMap<String, String>, Place),
    /// Names of the secrets that are granted.
    pub secrets: (BTreeSet<String>, Place),
    /// The calls, never none.
    pub legs: Vec<Leg>,
}

impl Exchanges {
    /// Complaints as they are shown: each with the line it is about.
    pub fn diagnose(&self, complaints: Vec<Complaint>) -> Diagnostics {
        Complaint::marked(complaints, &self.name, &self.text)
    }
}

/// One call.
#[derive(Clone, Debug)]
pub struct Leg {
    /// Where it stands.
    pub place: Place,
    /// Which.
    pub kind: LegKind,
    /// How much time has passed since the leg before.
    pub after: Millis,
    /// What it asks, in this order.
    pub requests: Vec<Expected>,
    /// What it comes to, and where that stands.
    pub outcome: (Outcome, Place),
    /// Where people can look.
    pub link: Option<String>,
    /// The names of all files it keeps.
    pub artifacts: Option<BTreeSet<String>>,
}

/// A call of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the contract names them")]
pub enum LegKind {
    Invoke,
    Poll,
    Probe,
    Cancel,
}

impl fmt::Display for LegKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invoke => "invoke",
            Self::Poll => "poll",
            Self::Probe => "probe",
            Self::Cancel => "cancel",
        })
    }
}

/// A request, and what comes back.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Where it stands.
    pub place: Place,
    /// In upper case.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Headers it must have, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What its body must be; any if there is none.
    pub body: Option<Body>,
    /// What comes back.
    pub came: Came,
}

/// What a body must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The same value, however it is spelt.
    Json(Value),
    /// This text.
    Text(String),
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// An answer.
    Answer {
        /// The status.
        status: u16,
        /// Names in lower case.
        headers: BTreeMap<String, String>,
        /// The body.
        body: String,
    },
    /// Nobody was reached, and nothing sent.
    Unreachable,
    /// It may have arrived, but no answer came.
    NoAnswer,
}

/// What a leg must come to; what is `None` may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it is for.
    Done(Map<String, Value>),
    /// It goes on.
    Pending {
        /// All that is needed to go on.
        state: Option<Value>,
        /// When it wants to be asked again.
        poll_after: Option<Millis>,
        /// What people are told.
        note: Option<String>,
    },
    /// It failed.
    Failed(Failing),
    /// A probe found an attempt that had failed.
    Over(Failing),
    /// A probe found that the attempt had never begun.
    NotStarted,
    /// A probe could not tell; a part of the reason.
    CannotTell(String),
    /// It is ended.
    Cancelled,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Its code.
    pub code: String,
    /// A part of its message.
    pub message: Option<String>,
    /// Whether the very same call may succeed later.
    pub retryable: Option<bool>,
}
