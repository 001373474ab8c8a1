//! When a run that is given back is to be looked at again.

use hardstop_core::{
    effect::Effect,
    event::Work,
    ids::StepId,
    run::{Ending, RunState, outstanding},
    time::Timestamp,
};

use crate::{clock::SystemClock, wire::RunDriver};

/// When a run can be moved without anybody asking: now, if it was never begun, something may start
/// or evidence waits to be committed.
pub(crate) fn due(driver: &RunDriver, state: &RunState) -> Option<Timestamp> {
    let closed = matches!(state.ending(), Ending::Closed(_));
    if closed || state.opened().is_none() || state.evidence_blocked().is_some() {
        return Some(SystemClock::now());
    }
    let is_held = |step: &Option<StepId>| match step {
        None => state.group().is_none_or(|(_, held)| held),
        Some(step) => state.locks(step).is_none_or(|(_, held)| held),
    };
    let at = |effect: Effect| match effect {
        // People may have moved it, or ended it: a look is cheap.
        Effect::Perform { work: Work::Child(_), .. } => Some(SystemClock::now()),
        Effect::Perform { .. } if driver.rests(&effect.id()) => None,
        Effect::Lock { step, .. } if is_held(&step) => None,
        Effect::Resolve { .. } | Effect::Perform { .. } | Effect::Lock { .. } | Effect::Outputs => {
            Some(SystemClock::now())
        }
        Effect::Wake { at, .. } => Some(at),
    };
    outstanding(state).filter_map(at).chain(driver.next_wake()).min()
}
