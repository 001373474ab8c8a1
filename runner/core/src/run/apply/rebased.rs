//! A run that goes on with another plan: what was executed keeps its place.

use std::{collections::HashMap, sync::Arc};

use crate::{
    event::{ListedItem, OpenItem},
    ids::Digest,
    model::Plan,
    run::{
        Ending, RunState, StepState,
        rebase::Names,
        state::Pinned,
        step_state::{Caller, Role, StepRecord},
        tree::{Layout, Tree},
    },
};

/// Takes the plan of that digest, if it is known. Whether it is, is for whoever reads the journal
/// to say before it is folded.
pub(super) fn apply(state: &mut RunState, pinned: Pinned) {
    let plan = state.revisions.get(&pinned.plan).cloned();
    state.pinned = pinned;
    // It was looked at before this was decided.
    state.revoked = None;
    if let Some(plan) = plan {
        carry_over(state, plan);
    }
}

fn carry_over(state: &mut RunState, plan: Arc<Plan>) {
    let names = Names::new(&plan);
    let layout = Layout::new(&plan);
    let mut tree = Tree::new(&plan, &layout);
    // By the old place; parents come first, so that items are listed before they are met.
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (old, record) in state.tree.records.iter().enumerate() {
        let Some(&new) = tree.index.get(&names.of(&record.id)) else { continue };
        if record.role == Role::Fan && !record.children.is_empty() {
            let items: Vec<ListedItem> =
                record.children.iter().filter_map(|&at| item(&state.tree.records[at])).collect();
            tree.list(&plan, &layout, new, &items);
        }
        places.insert(old, new);
        take(&mut tree.records[new], record);
    }
    let place = |old: &usize| places.get(old).copied();
    for record in &mut tree.records {
        record.remedy = record.remedy.iter().filter_map(place).collect();
        if let Some(Caller::Failure(owner)) = record.called {
            record.called = place(&owner).map(Caller::Failure);
        }
    }
    state.active = state.active.iter().filter_map(place).collect();
    state.locked = state.locked.iter().filter_map(place).collect();
    let backout: Vec<usize> = state.backout.iter().filter_map(place).collect();
    state.waived = state.waived.iter().map(|item| renamed(item, &names)).collect();
    state.tree = tree;
    state.layout = Arc::new(layout);
    state.plan = plan;
    state.back_out(backout);
    state.look_around();
}

/// The record of the new plan takes everything of the old one but its place.
fn take(new: &mut StepRecord, old: &StepRecord) {
    let StepRecord { id, at, parent, part, children, role, .. } = new.clone();
    *new = StepRecord { id, at, parent, part, children, role, ..old.clone() };
}

fn item(record: &StepRecord) -> Option<ListedItem> {
    let (key, value) = (record.id.keys().last()?.to_owned(), record.item.clone()?);
    Some(ListedItem { key, value })
}

fn renamed(item: &OpenItem, names: &Names) -> OpenItem {
    let step = names.of(item.step());
    match item {
        OpenItem::Failed { .. } => OpenItem::Failed { step },
        OpenItem::Altered { .. } => OpenItem::Altered { step },
        OpenItem::Stale { .. } => OpenItem::Stale { step },
        OpenItem::Review { .. } => OpenItem::Review { step },
    }
}

impl RunState {
    /// Gives the run a plan that its journal may speak of.
    pub(crate) fn know(&mut self, digest: Digest, plan: Arc<Plan>) {
        self.revisions.insert(digest, plan);
    }

    /// What is taken and set back stays as it was; `on_abort` is that of the new plan.
    fn back_out(&mut self, mut list: Vec<usize>) {
        if matches!(self.ending, Ending::BackingOut(_)) && self.is_cut_short() {
            let phases = || self.plan.phases.iter().zip(&self.tree.roots);
            let on_abort = || phases().filter(|(phase, _)| phase.on_abort).flat_map(|(_, it)| it);
            list.retain(|at| !on_abort().any(|other| other == at));
            list.extend(on_abort());
        }
        for &at in &list {
            self.tree.records[at].called = Some(Caller::Backout);
        }
        self.backout = list;
    }

    /// Puts everything whose turn it is on the table.
    fn look_around(&mut self) {
        match self.ending {
            Ending::Working => (0..self.plan.phases.len()).for_each(|phase| {
                self.enter(phase);
                self.go_on_in(phase);
            }),
            Ending::BackingOut(_) => self.call_next(Caller::Backout),
            Ending::Finishing(_) => self.finish(),
            Ending::Closed(_) => {}
        }
        let open = |&at: &usize| {
            matches!(self.record(at).state, StepState::Open { .. }) && self.is_stage_on(at)
        };
        for at in (0..self.tree.records.len()).filter(open).collect::<Vec<_>>() {
            self.refresh(at);
        }
    }

    fn go_on_in(&mut self, phase: usize) {
        let begun = |&&at: &&usize| self.record(at).state != StepState::Pending;
        if let Some(&at) = self.tree.roots[phase].iter().find(begun) {
            self.put_back(at);
        }
    }
}
