//! The local driver: one task owns one run and moves it.
//!
//! The loop is the same on the first day and after a crash: give what arrived to the transition,
//! start what it issued, stop what it revoked, commit evidence when it is due, wait for whatever
//! comes next. All that decides is in `hardstop-core`.

mod drive;
mod run_driver;
mod under_way;

pub use drive::{Asked, Mode, Outside, Stop};
pub use run_driver::{DriveError, Driver, Setup};
pub use under_way::Worker;
