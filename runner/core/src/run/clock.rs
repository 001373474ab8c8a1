//! Clocks that were moved.

use super::RunState;
use crate::{
    event::Event,
    limits::CLOCK_TOLERANCE,
    step::delay,
    time::{Millis, Reading},
};

/// What the clocks say beside the last event, if it is more than drift.
///
/// Within one boot, wall clock and uptime must advance alike. Across boots nobody can tell how
/// long the machine was off, so only a wall clock that went back is noticed.
pub(super) fn anomaly(state: &RunState, now: &Reading) -> Option<Event> {
    let last = state.last.as_ref()?;
    let jump_ms = now
        .jump_since(last)
        .unwrap_or_else(|| (now.wall.as_millis() - last.wall.as_millis()).min(0));
    if Millis(jump_ms.unsigned_abs()) > CLOCK_TOLERANCE {
        return Some(Event::ClockAnomaly { jump_ms, held: jump_ms < 0 });
    }
    // Many small steps ahead must not add up to a shorter hard stop.
    let ran_ahead = state.active.iter().filter_map(|&at| delay::ran_ahead(state, at, now)).max();
    ran_ahead.map(|jump_ms| Event::ClockAnomaly { jump_ms, held: false })
}
