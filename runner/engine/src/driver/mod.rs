//! The local driver: one task owns one run and moves it.
//!
//! The loop is the same on the first day and after a crash: give what arrived to the transition,
//! start what it issued, stop what it revoked, commit evidence when it is due, wait for whatever
//! comes next. What is only looked at from time to time (locks that others hold, polls between two
//! tries, runs of other runbooks that wait) is not under way and keeps no driver from stopping. All
//! that decides is in `hardstop-core`.

mod answer;
mod child;
mod drive;
mod rounds;
mod run_driver;
#[cfg(test)]
mod tests;
mod under_way;

pub use child::{ChildEnd, ChildMoves, ChildOrder, ChildOver, Children, StopSwitch};
pub use drive::{Asked, Mode, Outside, Stop};
pub use run_driver::{DriveError, Driver, Setup};
pub use under_way::Worker;
