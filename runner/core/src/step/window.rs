//! Windows and freezes: when a step may start.
//!
//! A window is about work. A step that people do, or that only lets time pass, is kept from
//! starting only where a window names it.

use crate::{
    calendar::{self, Opening, Window},
    event::Event,
    model::PlannedWindow,
    run::{RunState, Stage, StepState},
    time::{Millis, Timestamp},
};

/// What the windows say about a step that would take `needed`; `None` if none speaks of it.
pub(crate) fn opening(
    state: &RunState,
    at: usize,
    needed: Millis,
    now: Timestamp,
) -> Option<Opening> {
    let windows: Vec<Window> = about(state, at).map(|planned| planned.window.clone()).collect();
    (!windows.is_empty()).then(|| calendar::opening(&windows, now, needed))
}

/// The most time the step may take.
pub(crate) fn needed(state: &RunState, at: usize) -> Millis {
    state.planned(state.record(at)).kind.tries().map_or(Millis(0), |tries| tries.timeout)
}

fn about(state: &RunState, at: usize) -> impl Iterator<Item = &PlannedWindow> {
    let record = state.record(at);
    let is_work = state.planned(record).kind.is_work();
    // What is taken back must not wait for a freeze to end.
    let forward = state.stage(at) == Stage::Forward;
    let phase = &state.plan().phases[record.at.0].id;
    state.plan().windows.iter().filter(move |planned| {
        let names = &planned.applies_to;
        let itself = names.iter().any(|name| *name == record.id.base().as_str());
        let around = || {
            names.is_empty()
                || names.iter().any(|name| {
                    name == phase.as_str()
                        || state
                            .tree
                            .above(at)
                            .any(|above| state.record(above).id.base().as_str() == name)
                })
        };
        forward && (itself || is_work && around())
    })
}

/// The end of the wait for a window.
pub(crate) fn wake(state: &RunState, at: usize, now: Timestamp) -> Vec<Event> {
    let record = state.record(at);
    let opens = record.closed.as_ref().and_then(|closed| closed.opens);
    if opens.is_some_and(|opens| now >= opens) {
        vec![Event::WindowOpened { step: record.id.clone() }]
    } else {
        Vec::new()
    }
}

/// A step that is still under way although its window closed is said once, not stopped.
pub(crate) fn overrun(state: &RunState, at: usize, now: Timestamp) -> Vec<Event> {
    let record = state.record(at);
    if record.overrun || !matches!(record.state, StepState::Running { .. }) {
        return Vec::new();
    }
    match opening(state, at, Millis(0), now) {
        Some(Opening::Closed { .. }) => vec![Event::WindowOverrun { step: record.id.clone() }],
        Some(Opening::Open { .. }) | None => Vec::new(),
    }
}
