//! Hours that come back every week, as clocks of one zone show them.

use std::{collections::BTreeSet, fmt, iter};

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{TimeOfDay, Zone};
use crate::time::Timestamp;

/// A stretch of time; `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

impl Span {
    /// Whether `at` lies in it.
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "their names say it")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// The day of the week of `day`.
    pub fn of(day: civil::Date) -> Self {
        match day.weekday() {
            civil::Weekday::Monday => Self::Mon,
            civil::Weekday::Tuesday => Self::Tue,
            civil::Weekday::Wednesday => Self::Wed,
            civil::Weekday::Thursday => Self::Thu,
            civil::Weekday::Friday => Self::Fri,
            civil::Weekday::Saturday => Self::Sat,
            civil::Weekday::Sunday => Self::Sun,
        }
    }

    /// As the language spells it: `mon`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }
}

/// The same hours on some days of every week.
///
/// They last from `from` to the first `to` after it. So 22:00 to 06:00 belongs to the day it
/// begins on and ends on the next, and 00:00 to 00:00 is the whole day. Where clocks skip all of
/// it there is none that day. Without days it never holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weekly {
    /// The days it begins on.
    pub days: BTreeSet<Weekday>,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends.
    pub to: TimeOfDay,
    /// Whose clocks.
    pub zone: Zone,
}

impl Weekly {
    /// The hours that begin on `day`, if there are any.
    fn on(&self, day: civil::Date) -> Option<Span> {
        if !self.days.contains(&Weekday::of(day)) {
            return None;
        }
        let last = if self.from < self.to { day } else { day.tomorrow().ok()? };
        let from = self.zone.instant(self.from.on(day));
        let to = self.zone.instant(self.to.on(last));
        (from < to).then_some(Span { from, to })
    }

    /// The hours that end after `at`, in order, each with the day it begins on. They do not
    /// overlap. Ends only where dates end.
    pub(super) fn after(&self, at: Timestamp) -> impl Iterator<Item = (civil::Date, Span)> {
        // What began yesterday may still last; a day more in case the clocks skipped a date.
        let two_days = jiff::Span::new().days(2);
        let first = self.zone.local(at).date().saturating_sub(two_days);
        let days = iter::successors(Some(first), |day| day.tomorrow().ok());
        days.take_while(|_| !self.days.is_empty())
            .filter_map(|day| Some((day, self.on(day)?)))
            .skip_while(move |(_, span)| span.to <= at)
    }
}

/// `mon, tue 22:00-06:00 Europe/Berlin`.
impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<&str> = self.days.iter().map(|day| day.name()).collect();
        write!(f, "{} {}-{} {}", days.join(", "), self.from, self.to, self.zone)
    }
}
