//! Opening a run: everything it is pinned to, as the files it begins with.

use std::collections::BTreeMap;

use hardstop_core::{
    calendar::zones_version,
    header::{Header, Inputs, Parent, Part, PinnedPolicy, PinnedRunbook, Trigger},
    ids::RunId,
    model::Plan,
    policy::{Actor, Policy},
    run::{Pinned, Refusal},
    time::Timestamp,
};
use hardstop_evidence::{digest, document, layout, policy};

/// All that a new run is pinned to.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id.
    pub run: RunId,
    /// The program that opens it, and its version.
    pub product: String,
    /// Fingerprint of the key that will seal it.
    pub runner_key: String,
    /// The runbook.
    pub runbook: PinnedRunbook,
    /// The runbook's text.
    pub text: String,
    /// The compiled runbook.
    pub plan: Plan,
    /// The inputs.
    pub inputs: Inputs,
    /// The policy in force.
    pub policy: Policy,
    /// Who starts it.
    pub initiator: Actor,
    /// Who played a part before it begins.
    pub parts: Vec<Part>,
    /// Now.
    pub created: Timestamp,
    /// What has it opened, if that is not a person's command alone.
    pub trigger: Option<Trigger>,
    /// The run it is part of.
    pub parent: Option<Parent>,
}

impl NewRun {
    /// The files the run begins with, by path in its folder. A journal is not among them: the
    /// first transition of its [`Driver`](crate::driver::Driver) begins it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotAllowed`] if the initiator may not start runs, or the policy revokes the
    /// runbook.
    pub fn files(self) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
        let plan = document::to_bytes(&self.plan);
        let pinned = Pinned {
            commit: self.runbook.commit.clone(),
            runbook: self.runbook.digest,
            plan: digest(&plan),
        };
        let initiator =
            self.policy.admit(&self.plan, &pinned, &self.initiator).map_err(Refusal::NotAllowed)?;
        let (policy_json, policy) = policy::to_file(self.policy);
        let inputs = document::to_bytes(&self.inputs);
        let header = Header {
            schema: Header::SCHEMA.to_owned(),
            run: self.run,
            product: self.product,
            runner_key: self.runner_key,
            runbook: self.runbook,
            plan: pinned.plan,
            inputs: digest(&inputs),
            policy: PinnedPolicy { version: policy.version, digest: policy.digest },
            initiator,
            parts: self.parts,
            created: self.created,
            trigger: self.trigger,
            parent: self.parent,
            zones: Some(zones_version().to_owned()),
        };
        let files = [
            (layout::RUN, document::to_bytes(&header)),
            (layout::PLAN, plan),
            (layout::INPUTS, inputs),
            (layout::POLICY, policy_json),
            (layout::RUNBOOK, self.text.into_bytes()),
        ];
        Ok(files.map(|(path, bytes)| (path.to_owned(), bytes)).into())
    }
}
