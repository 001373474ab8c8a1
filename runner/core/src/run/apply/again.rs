//! What is done again, and what follows from it.

use crate::{
    event::Impact,
    model::Part,
    run::{RunState, StepState, step_state::Locks},
};

/// Puts every step of the impact back to where it may start again. What it left stays with it,
/// and no longer counts.
pub(super) fn apply(state: &mut RunState, impact: &Impact) {
    let mut changed = Vec::new();
    for id in impact.again.iter().chain(&impact.restarted).chain(&impact.voided) {
        let Some(at) = state.at(id) else { continue };
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
        if record.locks != Locks::None {
            record.locks = Locks::None;
            state.locked.remove(&at);
        }
        let again = record.id.clone();
        state.active.remove(&at);
        state.waived.retain(|item| *item.step() != again);
        changed.push(at);
    }
    for id in &impact.stale {
        if let Some(at) = state.at(id) {
            state.tree.records[at].stale = true;
        }
    }
    for &at in &changed {
        reopen(state, at);
    }
    for at in changed {
        if state
            .record(at)
            .parent
            .is_none_or(|above| state.record(above).state != StepState::Pending)
        {
            state.refresh(at);
        }
    }
}

/// A composite is open again as long as something in it is to be done.
pub(super) fn reopen(state: &mut RunState, at: usize) {
    let mut part = state.record(at).part;
    for above in state.tree.above(at).collect::<Vec<_>>() {
        let record = &mut state.tree.records[above];
        let attempt = record.last_attempt();
        let composite = matches!(part, Part::Steps | Part::Rescue | Part::Always);
        if composite && record.state.is_settled() {
            record.state = StepState::Open { attempt, part };
            record.ended = None;
        }
        if matches!(record.state, StepState::Open { .. }) {
            state.active.insert(above);
        }
        part = record.part;
    }
}
