//! Questions about single steps of a run.

use std::collections::BTreeMap;

use super::{
    RunState,
    call_stage::CallStage,
    step_state::{Attestation, Closed, Locks, Point, Probe, Role, StepState},
};
use crate::{
    event::{Artifact, Pending},
    ids::{AttemptNo, StepId},
    model::Step,
    policy::By,
    time::Timestamp,
    value::Value,
};

impl RunState {
    /// Where a step stands; `None` for a step the run does not have.
    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.at(id).map(|at| &self.record(at).state)
    }

    /// What the plan says of a step of the run, whichever item it is of.
    pub fn template(&self, id: &StepId) -> Option<&Step> {
        self.at(id).map(|at| self.planned(self.record(at)))
    }

    /// Whether the address names a fan-out as a whole rather than one of its items.
    pub fn is_fan(&self, id: &StepId) -> bool {
        self.at(id).is_some_and(|at| self.record(at).role == Role::Fan)
    }

    /// A step's outputs: empty until it succeeds.
    pub fn outputs(&self, id: &StepId) -> Option<&BTreeMap<String, Value>> {
        self.at(id).map(|at| &self.record(at).outputs)
    }

    /// What a step's attempts left, in order, those that no longer count included.
    pub fn artifacts(&self, id: &StepId) -> &[Artifact] {
        self.at(id).map_or(&[], |at| &self.record(at).artifacts)
    }

    /// What a step left that counts.
    pub fn current_artifacts(&self, id: &StepId) -> &[Artifact] {
        self.at(id).map_or(&[], |at| {
            let record = self.record(at);
            record.artifacts.get(record.superseded..).unwrap_or_default()
        })
    }

    /// When the attempt that counts started, and when the step was settled.
    pub fn times(&self, id: &StepId) -> (Option<Timestamp>, Option<Timestamp>) {
        let wall = |point: &Option<Point>| point.as_ref().map(|point| point.at.wall);
        self.at(id).map_or((None, None), |at| {
            let record = self.record(at);
            (wall(&record.started), wall(&record.ended))
        })
    }

    /// The last attempt begun; `None` if none was.
    pub fn last_attempt(&self, id: &StepId) -> Option<AttemptNo> {
        let next = self.record(self.at(id)?).next_attempt;
        (next > AttemptNo::FIRST).then(|| AttemptNo(next.0 - 1))
    }

    /// A person's word that the step was done outside, still to be confirmed by a second.
    pub fn attestation(&self, id: &StepId) -> Option<&Attestation> {
        self.at(id).and_then(|at| self.record(at).attestation.as_ref())
    }

    /// The last answer to what the step asks again and again.
    pub fn probe(&self, id: &StepId) -> Option<&Probe> {
        self.at(id).and_then(|at| self.record(at).probe.as_ref())
    }

    /// The locks the step asked for, and whether it holds them.
    pub fn locks(&self, id: &StepId) -> Option<(&[String], bool)> {
        match &self.record(self.at(id)?).locks {
            Locks::None => None,
            Locks::Asked(names) => Some((names, false)),
            Locks::Held(names) => Some((names, true)),
        }
    }

    /// The steps it is part of, the nearest first.
    pub fn steps_around(&self, id: &StepId) -> impl Iterator<Item = &StepId> {
        let above = self.at(id).into_iter().flat_map(|at| self.tree.above(at));
        above.map(|at| &self.record(at).id)
    }

    /// The window that keeps the step from starting.
    pub fn closed(&self, id: &StepId) -> Option<&Closed> {
        self.record(self.at(id)?).closed.as_ref()
    }

    /// How the action that a step called goes on by itself, if it does.
    pub fn pending(&self, id: &StepId) -> Option<&Pending> {
        let record = self.record(self.at(id)?);
        match (&record.state, &record.call) {
            (StepState::Running { .. }, CallStage::Pending(pending)) => Some(pending),
            _ => None,
        }
    }

    /// Why a call whose answer was lost was looked for in vain, if it was.
    pub fn sought_in_vain(&self, id: &StepId) -> Option<&str> {
        match &self.record(self.at(id)?).call {
            CallStage::Lost { sought: Some((_, why)), .. } => Some(why),
            CallStage::Lost { .. } | CallStage::Begun { .. } | CallStage::Pending(_) => None,
        }
    }

    /// Those who asked for a hard stop to be ended early.
    pub fn glass_asked(&self, id: &StepId) -> &[By] {
        self.at(id).map_or(&[], |at| &self.record(at).glass.asked)
    }

    /// The items around a step, outermost first: the name expressions know each by, and its value.
    pub fn scope(&self, id: &StepId) -> Vec<(&str, &Value)> {
        let Some(at) = self.at(id) else { return Vec::new() };
        let mut scope: Vec<(&str, &Value)> = std::iter::once(at)
            .chain(self.tree.above(at))
            .filter_map(|at| {
                let record = self.record(at);
                let for_each = self.planned(record).for_each.as_ref()?;
                Some((for_each.name.as_str(), record.item.as_ref()?))
            })
            .collect();
        scope.reverse();
        scope
    }

    /// The key of the innermost item a step is of.
    pub fn key<'a>(&self, id: &'a StepId) -> Option<&'a str> {
        id.keys().last()
    }

    /// Every record of a planned step: itself, or one for each item around it. `base` has no keys.
    pub fn instances<'a>(&'a self, base: &'a StepId) -> impl Iterator<Item = &'a StepId> {
        let of_base = move |id: &&StepId| id.base() == *base && !self.is_fan(id);
        let many = self.at(base).is_none_or(|at| self.record(at).role == Role::Fan);
        let one = (!many).then_some(base);
        let items = many.then(|| self.tree.records.iter().map(|record| &record.id).filter(of_base));
        one.into_iter().chain(items.into_iter().flatten())
    }

    /// The record of `base` that `from` means by that name: within the fan-outs that both stand in, the
    /// one of the same items. `None` if it stands within a fan-out that `from` is not an item of: an
    /// item there of the same key is another item.
    pub fn nearest(&self, from: &StepId, base: &StepId) -> Option<StepId> {
        let own = self.layout.fans(&self.plan, self.layout.find(from)?);
        let other = self.layout.fans(&self.plan, self.layout.find(base)?);
        let shared = own.iter().zip(&other).take_while(|(own, other)| own == other).count();
        let mut keys = from.keys().take(shared);
        let id = keys.try_fold(base.base(), |id, key| id.keyed(key).ok())?;
        self.at(&id).is_some().then_some(id)
    }
}
