//! What must be over before what, reckoned from the plan and the journal alone.
//!
//! A second reading of the language: it folds events as the core does, and shares no code with it.
//! It asks no clock and no policy; those who do are in `gates` and `invariants`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hardstop_core::{
    event::{Event, Found, Impact, OpenItem, SkipReason},
    ids::{PhaseId, StepId},
    model::{AfterRemedy, Budget, OnFailure, Part, Phase, Plan, Step, StepKind},
};

use crate::{
    invariants::{Checked, hold},
    ledger::is_start,
};

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    Pending,
    /// Something of it is under way.
    Busy,
    /// It is a composite, and its steps may go on.
    Open(Part),
    Failed,
    Unknown,
    Done,
    /// Left undone; by a person, if so.
    Skipped(bool),
}

/// Which part of its life the run is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Forward,
    Backout,
    Finally,
    Over,
}

/// A run as the plan and the journal tell it.
pub(crate) struct Oracle {
    steps: BTreeMap<StepId, Step>,
    phases: Vec<Phase>,
    stands: BTreeMap<StepId, Stand>,
    items: BTreeMap<StepId, Vec<StepId>>,
    /// The steps that began, the last ones last.
    pub(crate) began: Vec<StepId>,
    /// Those of them that began on the way out: what they did is not taken back.
    late: BTreeSet<StepId>,
    remedies: BTreeMap<StepId, Vec<StepId>>,
    remedied: BTreeSet<StepId>,
    backout: Vec<StepId>,
    waived: BTreeSet<OpenItem>,
    locked: BTreeMap<StepId, bool>,
    group: bool,
    pub(crate) life: Life,
    cut: bool,
    still: [bool; 3],
}

impl Oracle {
    pub(crate) fn new(plan: &Arc<Plan>) -> Self {
        Self {
            steps: plan.steps().map(|step| (step.id.clone(), step.clone())).collect(),
            phases: plan.phases.clone(),
            stands: BTreeMap::new(),
            items: BTreeMap::new(),
            began: Vec::new(),
            late: BTreeSet::new(),
            remedies: BTreeMap::new(),
            remedied: BTreeSet::new(),
            backout: Vec::new(),
            waived: BTreeSet::new(),
            locked: BTreeMap::new(),
            group: plan.concurrency.is_none(),
            life: Life::Forward,
            cut: false,
            still: [false; 3],
        }
    }

    pub(crate) fn step(&self, id: &StepId) -> &Step {
        &self.steps[&id.base()]
    }

    pub(crate) fn stand(&self, id: &StepId) -> Stand {
        self.stands.get(id).copied().unwrap_or(Stand::Pending)
    }

    /// Every address the journal spoke of.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&StepId, Stand)> {
        self.stands.iter().map(|(id, stand)| (id, *stand))
    }

    /// How many fan-outs are around the step, itself included.
    fn depth(&self, step: &Step) -> usize {
        let around = step.within.as_ref().map_or(0, |within| self.depth(&self.steps[&within.step]));
        around + usize::from(step.for_each.is_some())
    }

    /// Whether the address is that of a fan-out as a whole.
    pub(crate) fn is_fan(&self, id: &StepId) -> bool {
        let step = self.step(id);
        step.for_each.is_some() && id.keys().count() < self.depth(step)
    }

    fn is_item(&self, id: &StepId) -> bool {
        self.step(id).for_each.is_some() && !self.is_fan(id)
    }

    pub(crate) fn parent(&self, id: &StepId) -> Option<StepId> {
        let step = self.step(id);
        if self.is_item(id) {
            return Some(placed(&step.id, id, id.keys().count() - 1));
        }
        let above = &self.steps[&step.within.as_ref()?.step];
        Some(placed(&above.id, id, self.depth(above)))
    }

    fn part(&self, id: &StepId) -> Part {
        let within = self.step(id).within.as_ref().filter(|_| !self.is_item(id));
        within.map_or(Part::Steps, |within| within.part)
    }

    /// The step and all around it, outermost first.
    fn line(&self, id: &StepId) -> Vec<StepId> {
        let mut line: Vec<StepId> =
            std::iter::successors(Some(id.clone()), |id| self.parent(id)).collect();
        line.reverse();
        line
    }

    fn phase(&self, id: &StepId) -> &Phase {
        let base = id.base();
        let holds = |phase: &&Phase| phase.steps.iter().any(|step| step.id == base);
        self.phases.iter().find(holds).expect("a step has a phase")
    }

    /// The steps that stand beside this one in its part of the composite, in the order of the
    /// file.
    fn beside(&self, id: &StepId) -> Vec<StepId> {
        let step = self.step(id);
        let keys = self.parent(id).map_or(0, |parent| parent.keys().count());
        let stands = |other: &&Step| other.within == step.within && !other.backout;
        let beside = self.phase(id).steps.iter().filter(stands);
        beside.map(|other| placed(&other.id, id, keys)).collect()
    }

    /// All that belongs to the step and that the journal spoke of, itself included.
    fn below<'o>(&'o self, id: &'o StepId) -> impl Iterator<Item = (&'o StepId, Stand)> {
        self.known().filter(move |(other, _)| self.line(other).contains(id))
    }

    pub(crate) fn is_settled(&self, id: &StepId) -> bool {
        matches!(self.stand(id), Stand::Done | Stand::Skipped(_))
    }

    /// Whether what comes after the step may go on.
    pub(crate) fn is_passed(&self, id: &StepId) -> bool {
        self.is_settled(id) || self.is_tolerated(id) || self.is_item(id) && self.is_forgiven(id)
    }

    fn is_tolerated(&self, id: &StepId) -> bool {
        let step = self.step(id);
        let remedied = || {
            self.remedies.get(id).is_some_and(|steps| steps.iter().all(|step| self.is_passed(step)))
        };
        self.stand(id) == Stand::Failed
            && !matches!(step.kind, StepKind::Approval(_) | StepKind::HardStop(_))
            && match &step.on_failure {
                OnFailure::Continue => true,
                OnFailure::Run { then: AfterRemedy::Continue, .. } => remedied(),
                _ => false,
            }
    }

    /// Whether the failure was handed to the rescue of a block around it.
    fn is_rescued(&self, id: &StepId) -> bool {
        let step = self.step(id);
        if self.stand(id) != Stand::Failed
            || step.on_failure != OnFailure::Rescue
            || matches!(step.kind, StepKind::Approval(_))
        {
            return false;
        }
        let line = self.line(id);
        let rescue = line.windows(2).rev().find(|pair| {
            self.part(&pair[1]) == Part::Steps
                && !self.is_item(&pair[1])
                && self.steps.values().any(|other| {
                    let within = other.within.as_ref();
                    !other.backout
                        && within.is_some_and(|within| {
                            within.step == pair[0].base() && within.part == Part::Rescue
                        })
                })
        });
        rescue.is_some_and(|pair| match self.stand(&pair[0]) {
            Stand::Open(part) => part > Part::Steps,
            _ => self.is_settled(&pair[0]),
        })
    }

    fn has_failed(&self, item: &StepId) -> bool {
        !self.is_settled(item)
            && self.below(item).any(|(id, stand)| match stand {
                Stand::Failed => !self.is_tolerated(id) && !self.is_rescued(id),
                Stand::Unknown => true,
                _ => false,
            })
    }

    fn is_moving(&self, id: &StepId) -> bool {
        self.below(id).any(|(_, stand)| matches!(stand, Stand::Busy | Stand::Unknown))
    }

    fn allowed(&self, fan: &StepId) -> usize {
        let items = self.items.get(fan).map_or(0, Vec::len);
        match self.step(fan).for_each.as_ref().map(|each| each.max_failures) {
            Some(Budget::Count(count)) => count as usize,
            Some(Budget::BasisPoints(points)) => points as usize * items / 10_000,
            None => 0,
        }
    }

    fn is_exceeded(&self, fan: &StepId) -> bool {
        let failed = self.items[fan].iter().filter(|item| self.has_failed(item)).count();
        failed > self.allowed(fan)
    }

    fn is_forgiven(&self, item: &StepId) -> bool {
        let Some(fan) = self.parent(item) else { return false };
        self.allowed(&fan) > 0
            && self.has_failed(item)
            && !self.is_moving(item)
            && !self.is_exceeded(&fan)
    }

    /// Whether `earlier` must be over before `later` may start.
    pub(crate) fn is_before(&self, earlier: &StepId, later: &StepId) -> bool {
        let (one, other) = (self.line(earlier), self.line(later));
        let shared = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
        let (Some(first), Some(second)) = (one.get(shared), other.get(shared)) else {
            return false;
        };
        if self.phase(first).id != self.phase(second).id {
            return self.needs(&self.phase(second).id).contains(&self.phase(first).id);
        }
        if shared > 0 {
            let above = &one[shared - 1];
            if self.is_fan(above) || self.step(above).kind != StepKind::Block {
                return false;
            }
        }
        let place = |id: &StepId| {
            let base = id.base();
            let steps = &self.phase(id).steps;
            (self.part(id), steps.iter().position(|step| step.id == base))
        };
        place(first) < place(second)
    }

    /// All phases that must be over before that one.
    fn needs(&self, phase: &PhaseId) -> BTreeSet<PhaseId> {
        let mut all = BTreeSet::new();
        let mut next = vec![phase.clone()];
        while let Some(id) = next.pop() {
            let needs = self.phases.iter().filter(|phase| phase.id == id);
            for need in needs.flat_map(|phase| &phase.needs) {
                if all.insert(need.clone()) {
                    next.push(need.clone());
                }
            }
        }
        all
    }

    /// Holds a start against everything that must be over before it.
    pub(crate) fn may_start(&self, id: &StepId) -> Checked {
        let why = |what: &str| format!("`{id}` starts, and {what}");
        hold(!self.still.contains(&true), || why("nothing may"))?;
        hold(self.group, || why("another run of its group goes first"))?;
        hold(!self.is_settled(id), || why("was over"))?;
        let line = self.line(id);
        for (place, level) in line.iter().enumerate().rev() {
            let is_around = matches!(self.stand(level), Stand::Open(_));
            if (level == id || is_around)
                && !self.is_fan(level)
                && !self.step(level).locks.is_empty()
            {
                let held = self.locked.get(level) == Some(&true);
                hold(held, || why(&format!("`{level}` does not hold its locks")))?;
            }
            if let Some(list) = self.called(level) {
                let before = list.iter().take_while(|other| *other != level);
                let open = before.into_iter().find(|other| !self.is_passed(other));
                return hold(open.is_none(), || why(&format!("{open:?} was called before it")));
            }
            // It starts when what its owner is in ends, wherever that stands by then.
            if self.part(level) == Part::Restore
                && let Some(owner) = self.parent(level)
            {
                return self.may_restore(&owner, level).map_err(|what| why(&what));
            }
            match place.checked_sub(1).map(|above| &line[above]) {
                Some(above) => {
                    self.may_start_in(above, level, level == id).map_err(|what| why(&what))?;
                }
                None => self.may_start_in_phase(level).map_err(|what| why(&what))?,
            }
        }
        Ok(())
    }

    /// The list in which the step was called, if it does not run in its own place.
    fn called(&self, id: &StepId) -> Option<&Vec<StepId>> {
        if self.life == Life::Backout && self.backout.contains(id) {
            return Some(&self.backout);
        }
        let of_failure = |(owner, list): &(&StepId, &Vec<StepId>)| {
            list.contains(id) && self.stand(owner) == Stand::Failed
        };
        self.remedies.iter().find(of_failure).map(|(_, list)| list)
    }

    /// Whether the step is done on the way out, which no gate of the way there keeps shut.
    pub(crate) fn is_called_apart(&self, id: &StepId, gate: &StepId) -> bool {
        let called = self.line(id).into_iter().find(|level| self.backout.contains(level));
        self.life == Life::Backout && called.is_some_and(|level| !self.line(gate).contains(&level))
    }

    fn may_start_in(&self, above: &StepId, id: &StepId, itself: bool) -> Result<(), String> {
        let part = self.part(id);
        if self.stand(above) != Stand::Open(part) {
            return Err(format!("`{above}` is at {:?}", self.stand(above)));
        }
        if self.is_fan(above) {
            return if itself && self.stand(id) == Stand::Pending {
                self.has_room(above, id)
            } else {
                Ok(())
            };
        }
        if self.step(above).kind == StepKind::Block {
            return self.all_before(id);
        }
        Ok(())
    }

    fn may_start_in_phase(&self, id: &StepId) -> Result<(), String> {
        let phase = self.phase(id);
        if phase.on_abort || self.step(id).backout {
            return Err("nothing called it".to_owned());
        }
        let life = if phase.finally { Life::Finally } else { Life::Forward };
        if self.life != life || life == Life::Forward && self.cut {
            return Err(format!("the run is at {:?}", self.life));
        }
        for need in self.needs(&phase.id) {
            let needed = self.phases.iter().find(|phase| phase.id == need);
            let top = needed.into_iter().flat_map(|phase| &phase.steps);
            let mut top = top.filter(|step| step.within.is_none() && !step.backout);
            if let Some(open) = top.find(|step| !self.is_passed(&step.id)) {
                return Err(format!("phase `{need}` is not over: `{}`", open.id));
            }
        }
        self.all_before(id)
    }

    fn all_before(&self, id: &StepId) -> Result<(), String> {
        let beside = self.beside(id);
        let own = placed(&id.base(), id, self.parent(id).map_or(0, |p| p.keys().count()));
        let mut before = beside.iter().take_while(|other| **other != own);
        match before.find(|other| !self.is_passed(other)) {
            Some(open) => Err(format!("`{open}` is not over")),
            None => Ok(()),
        }
    }

    fn has_room(&self, fan: &StepId, item: &StepId) -> Result<(), String> {
        if self.is_exceeded(fan) {
            return Err("its budget of failures is used up".to_owned());
        }
        let busy = |other: &&StepId| {
            *other != item && self.stand(other) != Stand::Pending && !self.is_passed(other)
        };
        let under_way = self.items[fan].iter().filter(busy).count();
        let most = self.step(fan).for_each.as_ref().map_or(1, |each| each.max_parallel);
        if under_way < most as usize {
            Ok(())
        } else {
            Err(format!("{under_way} others are under way"))
        }
    }

    /// What was set last in a block is set back first.
    fn may_restore(&self, owner: &StepId, restore: &StepId) -> Result<(), String> {
        let Some(block) = self.restoring_block(owner) else {
            return Err("it is set back at the end of the run".to_owned());
        };
        if self.stand(&block) != Stand::Open(Part::Restore) {
            return Err(format!("`{block}` is not at its end"));
        }
        let mut later = self.began.iter().rev().take_while(|other| *other != owner);
        let due = |other: &&StepId| {
            self.restoring_block(other).as_ref() == Some(&block)
                && self.companion(other, Part::Restore).is_some_and(|it| !self.is_passed(&it))
        };
        match later.find(due) {
            Some(other) => Err(format!("`{restore}` is not the last: `{other}` was set later")),
            None => Ok(()),
        }
    }

    fn restoring_block(&self, owner: &StepId) -> Option<StepId> {
        let mut above = std::iter::successors(self.parent(owner), |id| self.parent(id));
        above.find(|id| self.step(id).kind == StepKind::Block && !self.is_fan(id))
    }

    /// The step that makes good what `owner` did.
    pub(crate) fn companion(&self, owner: &StepId, part: Part) -> Option<StepId> {
        // Its items are made good one by one.
        if self.is_fan(owner) {
            return None;
        }
        let base = owner.base();
        let is_it = |step: &&Step| {
            step.within.as_ref().is_some_and(|it| it.step == base && it.part == part)
        };
        let step = self.steps.values().find(is_it)?;
        Some(placed(&step.id, owner, owner.keys().count()))
    }

    /// What a run is backed out by: everything due, what began last first.
    pub(crate) fn backs_out_all(&self, steps: &[StepId], cut_short: bool) -> Checked {
        let mut due = Vec::new();
        for owner in self.began.iter().rev() {
            let undone = cut_short && !self.late.contains(owner);
            let parts = [(Part::Undo, undone), (Part::Restore, true)];
            for (part, _) in parts.into_iter().filter(|(_, wanted)| *wanted) {
                due.extend(self.companion(owner, part).filter(|it| !self.is_passed(it)));
            }
        }
        let is_companion = |id: &&StepId| matches!(self.part(id), Part::Undo | Part::Restore);
        let listed: Vec<&StepId> = steps.iter().filter(is_companion).collect();
        let (mut wanted, mut found): (Vec<_>, Vec<_>) = (due.iter().collect(), listed.clone());
        // Of one owner either may come first.
        let owners = |list: &[&StepId]| list.iter().map(|id| self.parent(id)).collect::<Vec<_>>();
        let in_order = owners(&wanted) == owners(&found);
        wanted.sort();
        found.sort();
        hold(in_order && wanted == found, || {
            format!("the run is backed out by {steps:?}, and due is {due:?}")
        })
    }

    /// Nothing that was altered is left so without a word.
    pub(crate) fn nothing_is_left_altered(&self, cut_short: bool) -> Checked {
        for owner in &self.began {
            for (part, wanted) in [(Part::Restore, true), (Part::Undo, cut_short)] {
                let Some(companion) = self.companion(owner, part).filter(|_| wanted) else {
                    continue;
                };
                if part == Part::Undo && self.late.contains(owner) {
                    continue;
                }
                let said = self.waived.contains(&OpenItem::Altered { step: owner.clone() });
                hold(self.stand(&companion) == Stand::Done || said, || {
                    format!(
                        "the run is over, and `{companion}` never was: {:?}",
                        self.stand(&companion)
                    )
                })?;
            }
        }
        Ok(())
    }

    /// A remedy runs at most once for each failure for good.
    pub(crate) fn may_remedy(&self, owner: &StepId, steps: &[StepId]) -> Checked {
        let OnFailure::Run { steps: planned, .. } = &self.step(owner).on_failure else {
            return Err(format!("`{owner}` has no remedy"));
        };
        let bases: Vec<StepId> = steps.iter().map(StepId::base).collect();
        let new = self.stand(owner) == Stand::Failed && !self.remedied.contains(owner);
        hold(new && bases == *planned, || format!("the remedy of `{owner}` once more: {steps:?}"))
    }

    /// Takes a fact in.
    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::RunHeld { .. } => self.still[0] = true,
            Event::ClockAnomaly { held, .. } => self.still[1] |= *held,
            Event::RunLifted { .. } => (self.still[0], self.still[1]) = (false, false),
            Event::EvidenceBlocked { .. } => self.still[2] = true,
            Event::EvidenceUnblocked {} => self.still[2] = false,
            Event::AbortRequested { .. } => self.cut = true,
            Event::BackoutStarted { steps, .. } => {
                (self.life, self.backout) = (Life::Backout, steps.clone());
            }
            Event::RunEnding { .. } => self.life = Life::Finally,
            Event::RunClosed { .. } => self.life = Life::Over,
            Event::LocksRequested { step: Some(step), .. } => {
                self.locked.insert(step.clone(), false);
            }
            Event::LocksAcquired { step: Some(step) } => {
                self.locked.insert(step.clone(), true);
            }
            Event::LocksAcquired { step: None } => self.group = true,
            Event::LocksReleased { step } => drop(self.locked.remove(step)),
            Event::ItemWaived { item, .. } => drop(self.waived.insert(item.clone())),
            Event::StepRerun { impact, .. } | Event::StepSentBack { impact, .. } => {
                self.again(impact);
            }
            _ => self.fold_step(event),
        }
    }

    fn fold_step(&mut self, event: &Event) {
        let Some(id) = event.step().cloned() else { return };
        if is_start(event) {
            self.began.retain(|other| *other != id);
            self.began.push(id.clone());
            if self.life != Life::Forward {
                self.late.insert(id.clone());
            }
        }
        let stand = match event {
            Event::ItemsListed { items, .. } => {
                let items = items.iter().map(|item| id.keyed(&item.key).expect("a key"));
                self.items.insert(id.clone(), items.collect());
                Stand::Open(Part::Steps)
            }
            Event::BlockEntered { .. } => Stand::Open(Part::Steps),
            Event::BlockTurned { part, .. } => Stand::Open(*part),
            // As far as anybody knows it goes on, until it was looked for.
            Event::AttemptLost { again: false, .. }
                if matches!(self.step(&id).kind, StepKind::Uses(_)) =>
            {
                Stand::Busy
            }
            Event::AttemptLost { again: false, .. } => Stand::Unknown,
            Event::CallProbed { found: Found::CannotTell { again: true, .. }, .. } => {
                Stand::Pending
            }
            Event::CallProbed { found: Found::CannotTell { again: false, .. }, .. } => {
                Stand::Unknown
            }
            Event::CallProbed { .. } => Stand::Busy,
            // Of several items that are due again, the first in the list goes first.
            Event::AttemptLost { again: true, .. } | Event::BackoffElapsed { .. } => Stand::Pending,
            Event::StepFailed { .. } | Event::GateRejected { .. } | Event::GateExpired { .. } => {
                self.remedied.remove(&id);
                Stand::Failed
            }
            // A crash may keep the event that says so of the step away, and the next one says it.
            Event::AttemptFailed { retry_at: None, .. } => Stand::Failed,
            Event::RemedyStarted { steps, .. } => {
                let inside =
                    |id: &StepId| self.line(id).iter().any(|around| steps.contains(around));
                let again: Vec<StepId> =
                    self.stands.keys().filter(|id| inside(id)).cloned().collect();
                self.stands.extend(again.into_iter().map(|id| (id, Stand::Pending)));
                self.remedied.insert(id.clone());
                self.remedies.insert(id.clone(), steps.clone());
                return;
            }
            Event::StepRetried { .. } | Event::ApprovalVoided { .. } => {
                self.reopen(&id);
                Stand::Pending
            }
            Event::StepSkipped { reason, .. } => {
                self.reopen_item_around(&id);
                Stand::Skipped(matches!(reason, SkipReason::Person { .. }))
            }
            Event::StepAttested { .. } => {
                self.reopen_item_around(&id);
                Stand::Done
            }
            Event::StepSucceeded { .. }
            | Event::WaitElapsed { .. }
            | Event::HardStopElapsed { .. }
            | Event::GlassBroken { .. }
            | Event::GateSatisfied { .. } => Stand::Done,
            event if is_start(event) => Stand::Busy,
            _ => return,
        };
        self.stands.insert(id, stand);
    }

    fn again(&mut self, impact: &Impact) {
        let all = || impact.again.iter().chain(&impact.restarted).chain(&impact.voided);
        for id in all() {
            self.stands.insert(id.clone(), Stand::Pending);
            self.remedies.remove(id);
            self.locked.remove(id);
        }
        for id in all() {
            self.reopen(id);
        }
    }

    /// The rest of an item goes on once its failure is settled, whatever became of its fan-out.
    fn reopen_item_around(&mut self, id: &StepId) {
        let mut around = std::iter::successors(self.parent(id), |id| self.parent(id));
        let is_open = |it: &StepId| self.is_item(it) && matches!(self.stand(it), Stand::Open(_));
        if let Some(item) = around.find(is_open) {
            self.reopen(&item);
        }
    }

    /// What waits for the step is open again as long as something in it is to be done.
    fn reopen(&mut self, id: &StepId) {
        let mut inside = id.clone();
        while let Some(around) = self.waiting_for(&inside) {
            let part = self.part(&inside);
            let past = match self.stand(&around) {
                Stand::Open(turned) => turned > part,
                _ => self.is_settled(&around),
            };
            if past && part != Part::Undo {
                self.stands.insert(around.clone(), Stand::Open(part));
            }
            inside = around;
        }
    }

    /// The composite that goes on once the step is over; none for what is called on the way out.
    fn waiting_for(&self, id: &StepId) -> Option<StepId> {
        match self.part(id) {
            _ if self.life == Life::Backout && self.backout.contains(id) => None,
            Part::Restore => self.restoring_block(&self.parent(id)?),
            _ => self.parent(id),
        }
    }
}

/// The address of a step around which there are the items that `around` is in.
fn placed(base: &StepId, around: &StepId, keys: usize) -> StepId {
    let keys = around.keys().take(keys);
    keys.fold(base.clone(), |id, key| id.keyed(key).expect("it is a key already"))
}
