//! When things happen in a run at the earliest: a run that is played ahead by the core itself.
//!
//! The run that is forecast is one of a good day. All work succeeds and takes no time, people
//! answer at once, locks are free. What is left is what the runbook asks for: waits, hard stops,
//! windows and freezes, items one after the other. It is the core that decides all of them, so no
//! rule has a second spelling here. A run is earlier only where people skip a wait or break a glass,
//! or where a failure has it do less.
//!
//! ```text
//! plan ──simplified──> RunState ──outstanding──> answers of a good day ──advance──┐
//!                         ^                                                       │
//!                         └──────── the clock jumps to the next instant <─────────┘
//! ```

mod model;
mod play;
mod simplified;

pub use model::{Forecast, ForecastStep, Shut};
pub use play::forecast;
