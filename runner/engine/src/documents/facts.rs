//! What both documents begin with: which run this is, and how far it may be trusted.

use hardstop_core::{run::RunState, view::status};
use serde::Serialize;

/// The head of a document.
#[derive(Serialize)]
pub(super) struct Facts {
    title: String,
    run: String,
    status: String,
    runbook: String,
    commit: String,
    digest: String,
    draft: bool,
    initiator: String,
    opened: String,
    policy: String,
    /// Empty for a run older than this is kept.
    zones: String,
    solo: bool,
}

impl Facts {
    pub(super) fn of(state: &RunState) -> Self {
        let header = state.header();
        let (version, digest) =
            state.policy().unwrap_or((header.policy.version, header.policy.digest));
        Self {
            title: state.plan().title.clone(),
            run: header.run.to_string(),
            status: status(state).to_string(),
            runbook: header.runbook.path.clone(),
            commit: header.runbook.commit.clone(),
            digest: header.runbook.digest.to_string(),
            draft: header.runbook.draft,
            initiator: header.initiator.to_string(),
            opened: header.created.to_string(),
            policy: format!("version {version}, {digest}"),
            zones: header.zones.clone().unwrap_or_default(),
            // What began under the policy that allows everything stays marked.
            solo: version == 0 || header.policy.version == 0,
        }
    }
}
