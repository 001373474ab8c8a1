//! Calendar arithmetic: local times, windows, business hours. Pure; an instant in, an instant out.
//!
//! Three rules hold everywhere:
//!
//! * **A span is elapsed time, a calendar rule is local time.** `24h` is 24 hours even in the night
//!   the clocks change; `22:00` is what the clock on the wall of the [`Zone`] shows.
//! * **A local time that does not exist becomes the first instant after the gap; one that exists
//!   twice is the first of the two.** [`Zone::instant`] is the only place that decides it.
//! * **All intervals are half open:** the beginning belongs to them, the end does not.
//!
//! Nothing here polls: every answer is the exact instant, computed from the boundaries themselves.

mod moment;
mod opening;
mod weekly;
mod window;
mod working;
mod zone;

pub use moment::{InvalidMoment, InvalidTimeOfDay, Moment, TimeOfDay};
pub use opening::{Because, Opening, opening};
pub use weekly::{Span, Weekday, Weekly};
pub use window::{Frozen, Interval, Rule, When, Window};
pub use working::Calendar;
pub use zone::{InvalidZone, Shown, Zone, zones_version};
