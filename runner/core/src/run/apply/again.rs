//! What is done again, and what follows from it.

use crate::{
    event::{Impact, OpenItem},
    model::Part,
    run::{RunState, StepState, step_state::Locks},
};

/// Puts every step of the impact back to where it may start again. What it left stays with it,
/// and no longer counts.
pub(super) fn apply(state: &mut RunState, impact: &Impact) {
    let ids = impact.again.iter().chain(&impact.restarted).chain(&impact.voided);
    let changed: Vec<usize> = ids.filter_map(|id| state.at(id)).collect();
    for &at in &changed {
        reset(state, at);
    }
    for at in impact.stale.iter().filter_map(|id| state.at(id)).collect::<Vec<_>>() {
        let record = &mut state.tree.records[at];
        record.stale = true;
        let stale = OpenItem::Stale { step: record.id.clone() };
        // It was waived for what was done before.
        state.waived.remove(&stale);
    }
    for &at in &changed {
        reopen(state, at);
    }
    for &at in &changed {
        state.put_back(at);
    }
}

/// Puts one step back to where it has not begun, but for what it left.
fn reset(state: &mut RunState, at: usize) {
    let record = &mut state.tree.records[at];
    record.state = StepState::Pending;
    record.ended = None;
    record.attempts_since_asked = 0;
    record.attestation = None;
    record.outputs.clear();
    record.superseded = record.artifacts.len();
    record.stale = false;
    record.remedy.clear();
    record.probe = None;
    record.counts_from = None;
    record.closed = None;
    record.overrun = false;
    record.locks = Locks::None;
    record.lock_names.clear();
    let id = &record.id;
    // The review of a glass that was broken is due whatever is done again.
    state.waived.retain(|item| item.step() != id || matches!(item, OpenItem::Review { .. }));
    state.locked.remove(&at);
    state.active.remove(&at);
}

/// What waits for the step is open again as long as something in it is to be done.
pub(super) fn reopen(state: &mut RunState, at: usize) {
    let mut part = state.record(at).part;
    for above in state.around(at).collect::<Vec<_>>() {
        let record = &mut state.tree.records[above];
        let attempt = record.last_attempt();
        if part != Part::Undo && record.state.is_past(part) {
            record.state = StepState::Open { attempt, part };
            record.ended = None;
        }
        if matches!(record.state, StepState::Open { .. }) {
            state.active.insert(above);
        }
        part = record.part;
    }
}
