//! The steps of a run as a tree: those of the plan, and one more for each item of a fan-out.
//!
//! The plan is flat and says for each step which composite it belongs to. A record is made for
//! every step that will exist once; a step inside a fan-out gets its records when the items are
//! listed, so that what depends on an answer of the world is not guessed before.

use std::collections::BTreeMap;

use crate::{
    event::ListedItem,
    ids::StepId,
    model::{Part, Plan, Step, StepKind},
    run::step_state::{Role, StepRecord},
};

/// How the planned steps stand within each other. Derived from the plan alone.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) planned: Vec<Planned>,
    index: BTreeMap<StepId, usize>,
}

/// One step of the plan, and its place.
#[derive(Debug)]
pub(crate) struct Planned {
    /// Its phase, and its place in the phase's list.
    pub(crate) at: (usize, usize),
    /// The step it belongs to, and as which part.
    parent: Option<(usize, Part)>,
    /// The steps that belong to it, in the order of the file.
    children: Vec<usize>,
}

impl Layout {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut planned = Vec::new();
        let mut index = BTreeMap::new();
        for (phase, steps) in plan.phases.iter().map(|phase| &phase.steps).enumerate() {
            for (place, step) in steps.iter().enumerate() {
                index.insert(step.id.clone(), planned.len());
                planned.push(Planned { at: (phase, place), parent: None, children: Vec::new() });
            }
        }
        for (at, step) in plan.steps().enumerate() {
            let parent = step.within.as_ref().and_then(|within| {
                let parent = *index.get(&within.step)?;
                // A plan is compiled parents first; anything else would be a circle.
                (parent < at).then_some((parent, within.part))
            });
            if let Some((parent, part)) = parent {
                planned[at].parent = Some((parent, part));
                planned[parent].children.push(at);
            }
        }
        Self { planned, index }
    }

    /// The fan-outs that a planned step stands in, itself among them if it is one, outermost first.
    pub(crate) fn fans(&self, plan: &Plan, at: usize) -> Vec<usize> {
        let around = |&at: &usize| self.planned[at].parent.map(|(parent, _)| parent);
        let is_fan = |&at: &usize| {
            let (phase, place) = self.planned[at].at;
            plan.phases[phase].steps[place].for_each.is_some()
        };
        let mut fans: Vec<usize> = std::iter::successors(Some(at), around).filter(is_fan).collect();
        fans.reverse();
        fans
    }

    /// Where the plan has the step of that address, keys aside.
    pub(crate) fn find(&self, id: &StepId) -> Option<usize> {
        self.index.get(id).or_else(|| self.index.get(&id.base())).copied()
    }
}

/// The records of a run, and how they stand within each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) records: Vec<StepRecord>,
    pub(crate) index: BTreeMap<StepId, usize>,
    /// The records that belong to no other, by phase.
    pub(crate) roots: Vec<Vec<usize>>,
}

impl Tree {
    /// The records of a run of which nothing has happened yet.
    pub(crate) fn new(plan: &Plan, layout: &Layout) -> Self {
        let mut tree = Self { roots: vec![Vec::new(); plan.phases.len()], ..Self::default() };
        for (at, planned) in layout.planned.iter().enumerate() {
            if planned.parent.is_none() {
                tree.grow(plan, layout, at, None, None);
            }
        }
        tree
    }

    /// Adds the record of a planned step and of all that belongs to it, below `parent`.
    fn grow(
        &mut self,
        plan: &Plan,
        layout: &Layout,
        at: usize,
        parent: Option<usize>,
        item: Option<&ListedItem>,
    ) {
        let planned = &layout.planned[at];
        let (phase, place) = planned.at;
        let step = &plan.phases[phase].steps[place];
        let mut record = StepRecord::new(address(step, parent.map(|p| &self.records[p].id), item));
        record.at = planned.at;
        record.parent = parent;
        // An item belongs to its fan-out as a step does to a parallel.
        let part = planned.parent.map_or(Part::Steps, |(_, part)| part);
        record.part = if item.is_some() { Part::Steps } else { part };
        record.item = item.map(|item| item.value.clone());
        record.role = match (&step.for_each, item) {
            (Some(_), None) => Role::Fan,
            (Some(_), Some(_)) => Role::Item,
            (None, _) => Role::Single,
        };
        let new = self.records.len();
        self.index.insert(record.id.clone(), new);
        let is_fan = record.role == Role::Fan;
        self.records.push(record);
        match parent {
            Some(parent) => self.records[parent].children.push(new),
            None => self.roots[phase].push(new),
        }
        if !is_fan {
            for &child in &planned.children {
                self.grow(plan, layout, child, Some(new), None);
            }
        }
    }

    /// Makes the items of a fan-out its children, in this order. What an item already has stays;
    /// items that are no longer listed are no longer part of the run.
    pub(crate) fn list(&mut self, plan: &Plan, layout: &Layout, fan: usize, items: &[ListedItem]) {
        let Some(at) = layout.find(&self.records[fan].id) else { return };
        let before = std::mem::take(&mut self.records[fan].children);
        for item in items {
            let known = self.records[fan]
                .id
                .keyed(&item.key)
                .ok()
                .and_then(|id| self.index.get(&id).copied())
                .filter(|known| before.contains(known));
            match known {
                Some(known) => {
                    self.records[known].item = Some(item.value.clone());
                    self.records[fan].children.push(known);
                }
                None => self.grow(plan, layout, at, Some(fan), Some(item)),
            }
        }
    }

    /// The record, and everything that belongs to it, parents first.
    pub(crate) fn below(&self, at: usize) -> Vec<usize> {
        let mut found = vec![at];
        let mut next = 0;
        while let Some(&record) = found.get(next) {
            found.extend(&self.records[record].children);
            next += 1;
        }
        found
    }

    /// The record's ancestors, nearest first.
    pub(crate) fn above(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.records[at].parent, |&parent| self.records[parent].parent)
    }

    /// Everything in the order of the plan, items in the order of their list.
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.records.len());
        let mut stack: Vec<usize> =
            self.roots.iter().rev().flat_map(|roots| roots.iter().rev().copied()).collect();
        while let Some(at) = stack.pop() {
            order.push(at);
            stack.extend(self.records[at].children.iter().rev());
        }
        order
    }

    /// The records beside this one that go one after the other with it, in order; `None` if it
    /// stands in no sequence.
    pub(crate) fn sequence(&self, plan: &Plan, at: usize) -> Option<impl Iterator<Item = usize>> {
        let record = &self.records[at];
        let (siblings, part) = match record.parent {
            None => (&self.roots[record.at.0], Part::Steps),
            Some(parent) => {
                let above = &self.records[parent];
                let is_block = matches!(planned(plan, above).kind, StepKind::Block);
                if above.role == Role::Fan || !is_block {
                    return None;
                }
                (&above.children, record.part)
            }
        };
        let stands = move |&&other: &&usize| {
            self.records[other].part == part && !planned(plan, &self.records[other]).backout
        };
        Some(siblings.iter().filter(stands).copied())
    }
}

/// The step a record is of.
pub(crate) fn planned<'a>(plan: &'a Plan, record: &StepRecord) -> &'a Step {
    &plan.phases[record.at.0].steps[record.at.1]
}

/// The address of a step below `parent`: the plan's, with the keys of the items around it.
fn address(step: &Step, parent: Option<&StepId>, item: Option<&ListedItem>) -> StepId {
    let keys = parent.into_iter().flat_map(StepId::keys).chain(item.map(|item| item.key.as_str()));
    // A key that is none was never journaled; if it was, the plain address is still an answer.
    keys.fold(step.id.clone(), |id, key| id.keyed(key).unwrap_or(id))
}
