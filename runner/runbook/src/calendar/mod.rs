//! Calendar files: the events of an iCalendar text (RFC 5545) as intervals.
//!
//! A freeze that is not understood would let work through. So whatever bears on *when* an event
//! takes place is either understood or an error that names its line; only what cannot change that
//! (descriptions, alarms, attendees, `X-` properties) is passed over.
//!
//! Recurrence is expanded here, on jiff, and not by the crates for it: those bring a second time
//! zone database, whose release could disagree with ours about the same night, and read leniently.
//! The subset: `DAILY` to `YEARLY` with `INTERVAL`, `COUNT`, `UNTIL`, `BYMONTH`, `BYMONTHDAY`,
//! `BYDAY`, `BYSETPOS`, `WKST`; the rest is refused.

mod error;
mod event;
mod freezes;
mod lines;
mod rule;
#[cfg(test)]
mod tests;
mod value;

pub use error::IcsError;
pub use freezes::freezes;
