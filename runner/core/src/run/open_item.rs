//! What keeps a run from closing: tolerated is not forgiven.

use super::{
    Ending, Refusal, RunState,
    admission::is_tolerated,
    step_state::{Role, StepRecord, StepState},
};
use crate::{
    event::{Event, OpenItem},
    model::Part,
    policy::{By, Policy},
    step::{delay, glass},
    time::Timestamp,
};

/// Lets the run close although something is open. Who broke a glass does not let its review be.
pub(super) fn waive(
    state: &RunState,
    item: &OpenItem,
    by: By,
    reason: &str,
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let step = item.step();
    let at = state.at(step).ok_or_else(|| Refusal::UnknownStep(step.clone()))?;
    if state.waived.contains(item) {
        return Ok(Vec::new());
    }
    if !state.open_items().contains(item) {
        return Err(Refusal::NotNow(format!("nothing of that kind is open at `{step}`")));
    }
    if matches!(item, OpenItem::Review { .. }) && glass::had_a_part(state, at, &by, policy) {
        return Err(Refusal::NotAllowed(format!(
            "`{}` asked for `{step}` to be ended early and may not waive its review",
            by.person
        )));
    }
    Ok(vec![Event::ItemWaived { item: item.clone(), by, reason: reason.to_owned() }])
}

impl RunState {
    /// Everything that is still open and that nobody waived, in the order of the plan. The run
    /// does not close before it is settled. A failure that a delay waits for is open all the same.
    pub fn open_items(&self) -> Vec<OpenItem> {
        let order = self.tree.in_order().into_iter();
        let suspends = |item: &OpenItem| {
            let passes =
                |at: &&usize| matches!(self.record(**at).state, StepState::Delaying { .. });
            let delays = self.active.iter().filter(passes);
            let mut by = delays.filter_map(|&at| delay::suspended_by(self, at));
            matches!(item, OpenItem::Failed { .. })
                && by.any(|at| self.record(at).id == *item.step())
        };
        order
            .flat_map(|at| self.open_items_of(at))
            .filter(|item| !self.waived.contains(item) || suspends(item))
            .collect()
    }

    /// What people let be although it is open.
    pub fn waived(&self) -> impl Iterator<Item = &OpenItem> {
        self.waived.iter()
    }

    /// When what is open should be settled; `None` for what has no time of its own.
    pub fn settle_by(&self, item: &OpenItem) -> Option<Timestamp> {
        match item {
            OpenItem::Review { step } => self.record(self.at(step)?).glass.review_by,
            OpenItem::Failed { .. } | OpenItem::Altered { .. } | OpenItem::Stale { .. } => None,
        }
    }

    fn open_items_of(&self, at: usize) -> impl Iterator<Item = OpenItem> {
        let record = self.record(at);
        let step = || record.id.clone();
        let failed = self.is_open_failure(at).then(|| OpenItem::Failed { step: step() });
        let altered = self.is_left_altered(record).then(|| OpenItem::Altered { step: step() });
        let stale = record.stale.then(|| OpenItem::Stale { step: step() });
        let review = (record.glass.review_by.is_some() && !record.glass.reviewed)
            .then(|| OpenItem::Review { step: step() });
        [failed, altered, stale, review].into_iter().flatten()
    }

    /// A failure that the run went past: by the step's own word, or by the budget of the fan-out
    /// around it.
    pub(crate) fn is_open_failure(&self, at: usize) -> bool {
        let record = self.record(at);
        matches!(record.state, StepState::Failed { .. })
            && (is_tolerated(self, at)
                || self
                    .around(at)
                    .chain([at])
                    .any(|item| self.record(item).role == Role::Item && self.is_forgiven(item)))
    }

    /// Whether the step did something that should have been taken or set back by now, and was
    /// not: a person left that undone.
    fn is_left_altered(&self, record: &StepRecord) -> bool {
        record.began.is_some()
            && record.children.iter().any(|&child| {
                let companion = self.record(child);
                let makes_good = matches!(companion.part, Part::Undo | Part::Restore);
                makes_good && matches!(companion.state, StepState::Skipped { .. })
            })
    }

    /// What a step set or did that nothing has set or taken back so far; for people, at any time.
    pub fn altered(&self) -> Vec<&crate::ids::StepId> {
        let is_altered = |record: &&StepRecord| {
            record.began.is_some()
                && record.children.iter().any(|&child| {
                    let companion = self.record(child);
                    let ahead = !matches!(self.ending, Ending::Closed(_));
                    companion.part == Part::Restore && !companion.state.is_done() && ahead
                })
        };
        self.tree.records.iter().filter(is_altered).map(|record| &record.id).collect()
    }
}
