//! One run on the stage: the one that is rehearsed, or a run of another runbook within it.

use std::{collections::BTreeMap, sync::Arc};

use hardstop_core::{
    effect::EffectId,
    header::{Inputs, PinnedRunbook},
    ids::{AttemptNo, Digest, RunId, StepId},
    model::Plan,
    policy::{Actor, Policy},
    run::{Ending, Refusal, RunState},
    time::Timestamp,
};

use super::{agenda::Ticket, memory::Memory};
use crate::{open::NewRun, replay::ReplayError};

/// One run on the stage.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) id: RunId,
    pub(super) memory: Memory,
    /// The steps that lead to it.
    pub(super) within: Vec<StepId>,
    /// The run, step and attempt it answers; nobody waits for the run that is rehearsed.
    pub(super) parent: Option<(usize, StepId, AttemptNo)>,
    /// What is under way for it, but for what other runs do.
    pub(super) tickets: BTreeMap<EffectId, Ticket>,
    /// How many answers of the scenario each step has had.
    pub(super) given: BTreeMap<StepId, usize>,
    /// Whether its end was told to its parent.
    pub(super) is_told: bool,
}

/// Why a run cannot be put on the stage.
#[derive(Debug)]
pub(super) enum NotPlayed {
    /// Its starter may not start it.
    Refused(Refusal),
    /// What it begins with cannot be read back: a fault of ours.
    Unreadable(ReplayError),
}

/// All that a run on the stage begins with.
pub(super) struct Beginning<'a> {
    pub(super) id: RunId,
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) digest: Digest,
    pub(super) plan: &'a Plan,
    pub(super) inputs: Inputs,
    pub(super) policy: &'a Policy,
    pub(super) starter: Actor,
    pub(super) created: Timestamp,
}

impl Played {
    pub(super) fn new(
        beginning: Beginning<'_>,
        within: Vec<StepId>,
        parent: Option<(usize, StepId, AttemptNo)>,
    ) -> Result<Self, NotPlayed> {
        let Beginning { id, path, text, digest, plan, inputs, policy, starter, created } =
            beginning;
        let new = NewRun {
            run: id.clone(),
            product: "hardstop simulate".to_owned(),
            runner_key: String::new(),
            runbook: PinnedRunbook {
                id: plan.runbook.clone(),
                path: path.to_owned(),
                commit: "0".repeat(40),
                digest,
                draft: true,
            },
            text: text.to_owned(),
            plan: plan.clone(),
            inputs,
            policy: policy.clone(),
            initiator: starter,
            parts: Vec::new(),
            created,
            trigger: None,
            parent: None,
        };
        let files = new.files().map_err(NotPlayed::Refused)?;
        let memory = Memory::new(&id, &files).map_err(NotPlayed::Unreadable)?;
        Ok(Self {
            id,
            memory,
            within,
            parent,
            tickets: BTreeMap::new(),
            given: BTreeMap::new(),
            is_told: false,
        })
    }

    pub(super) fn state(&self) -> &RunState {
        self.memory.state()
    }

    pub(super) fn plan(&self) -> Arc<Plan> {
        self.state().shared_plan()
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state().ending(), Ending::Closed(_))
    }

    /// How many answers a step was given.
    pub(super) fn given(&self, step: &StepId) -> usize {
        self.given.get(step).copied().unwrap_or_default()
    }

    /// The number of the next answer for a step, from 0.
    pub(super) fn count(&mut self, step: &StepId) -> usize {
        let given = self.given.entry(step.clone()).or_default();
        *given += 1;
        *given - 1
    }
}
