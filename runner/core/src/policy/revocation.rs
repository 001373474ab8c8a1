//! Runbooks that a policy takes out of use.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Actor, By, Policy, Verb};
use crate::{ids::Digest, model::Plan, run::Pinned};

/// A revision of a runbook that is not to be run any more, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Revocation {
    /// Every run that is pinned to one commit.
    Commit {
        /// The commit, all digits of it.
        commit: String,
        /// Why.
        reason: String,
    },
    /// One text, at whichever commit and under whichever name.
    Text {
        /// Digest of the text.
        digest: Digest,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { commit, reason } => {
                write!(f, "the policy revokes the runbooks of commit {commit}: {reason}")
            }
            Self::Text { digest, reason } => {
                write!(f, "the policy revokes the runbook with the text {digest}: {reason}")
            }
        }
    }
}

impl Policy {
    /// What takes this revision out of use, if anything does: the runbook itself, or one that it
    /// runs, because a run that begins must be able to end.
    pub fn revocation(&self, plan: &Plan, pinned: &Pinned) -> Option<&Revocation> {
        self.revoked.iter().find(|revocation| match revocation {
            Revocation::Commit { commit, .. } => *commit == pinned.commit,
            Revocation::Text { digest, .. } => pinned.runbook == *digest || runs(plan, digest),
        })
    }

    /// The person behind `actor`, if they may open a run of `plan`, pinned like this.
    ///
    /// # Errors
    ///
    /// The reason, for the person who asked and for the journal.
    pub fn admit(&self, plan: &Plan, pinned: &Pinned, actor: &Actor) -> Result<By, String> {
        let by = self.authorise(plan, Verb::Start, actor)?;
        self.revocation(plan, pinned).map_or(Ok(by), |revocation| Err(revocation.to_string()))
    }
}

fn runs(plan: &Plan, text: &Digest) -> bool {
    plan.children.values().any(|child| child.runbook == *text || runs(&child.plan, text))
}
