//! A request for approval: the file whose digest people answer.
//!
//! It holds digests of everything that was shown. Whatever changes makes another file, another
//! digest and another code, so a yes can never count for something else.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Binding,
    header::Part,
    ids::{AttemptNo, Digest, RunId, StepId},
    model::{ApprovalGroup, Bound, Escalation, SeparatedRole},
    policy::Subject,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    digest,
    document::{self, DocumentError},
};

/// `gates/<step>/<n>/request.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`Request::SCHEMA`].
    pub schema: String,
    /// The run.
    pub run: RunId,
    /// The approval step.
    pub step: StepId,
    /// Which request of this step it is, from 1.
    pub request: AttemptNo,
    /// What is approved, for people, all expressions evaluated.
    pub message: String,
    /// Digests of all that is approved and of the evidence shown.
    pub binding: Binding,
    /// The plugins that the plan calls, by name: the digests of their components. The plan's own
    /// digest covers them; they stand here to be seen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub plugins: BTreeMap<String, Digest>,
    /// Whose answer counts.
    pub rule: Rule,
    /// Who played a part in what is to be approved.
    pub requesters: Vec<Part>,
    /// When it was written.
    pub opened: Timestamp,
    /// It can be answered until here.
    pub expires: Timestamp,
    /// Random text, so that the code cannot be known before the request is written.
    pub nonce: String,
}

/// Whose answer to a request counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Who may answer.
    pub approvers: Vec<Subject>,
    /// How many different people must say yes.
    pub min_approvals: u32,
    /// Who may not, whatever groups they are in.
    pub exclude: Vec<SeparatedRole>,
    /// The lowest level of assurance that counts.
    pub min_level: u8,
    /// Several groups, each of which must say yes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<ApprovalGroup>,
    /// What a change of voids the request; everything if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<Bound>,
    /// Who may answer as well after a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate: Vec<Escalation>,
}

impl Request {
    /// The value of [`Request::schema`].
    pub const SCHEMA: &'static str = "hardstop/request/v1";

    /// The file's bytes, and their digest; the digest's first ten digits are the code.
    pub fn to_file(&self) -> (Vec<u8>, Digest) {
        let bytes = document::to_bytes(self);
        let sum = digest(&bytes);
        (bytes, sum)
    }

    /// Reads a request file.
    ///
    /// # Errors
    ///
    /// [`DocumentError`] if it is none, or not written as the format demands.
    pub fn from_file(bytes: &[u8]) -> Result<Self, DocumentError> {
        document::from_bytes(bytes)
    }
}

impl From<&hardstop_core::model::Approval> for Rule {
    fn from(approval: &hardstop_core::model::Approval) -> Self {
        Self {
            approvers: approval.approvers.clone(),
            min_approvals: approval.min_approvals,
            exclude: approval.exclude.clone(),
            min_level: approval.min_level,
            groups: approval.groups.clone(),
            binds: approval.binds.clone(),
            escalate: approval.escalate.clone(),
        }
    }
}
