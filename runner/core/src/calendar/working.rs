//! Business hours: time that counts only while people are at work.

use std::collections::BTreeSet;

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{Span, Weekly};
use crate::{
    limits::WORKING_DAYS_MAX,
    time::{Millis, Timestamp},
};

/// When a group of people works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Their hours.
    pub hours: Weekly,
    /// Dates on which hours that would begin do not.
    pub holidays: BTreeSet<civil::Date>,
}

impl Calendar {
    /// The instant at which `span` of working time has passed since `from`.
    ///
    /// Working time is elapsed time: a night shift in which the clocks are put back has an hour
    /// more. If `span` ends with a working day, that is the end of the day, not the next morning.
    /// A `span` of zero has passed at `from`. None if [`WORKING_DAYS_MAX`] working days are not
    /// enough.
    pub fn add_working(&self, from: Timestamp, span: Millis) -> Option<Timestamp> {
        let mut missing = span;
        if missing == Millis(0) {
            return Some(from);
        }
        for day in self.after(from) {
            let begin = day.from.max(from);
            let there = day.to.since(begin);
            if missing <= there {
                return Some(begin.plus(missing));
            }
            missing = Millis(missing.0 - there.0);
        }
        None
    }

    /// The first instant of working time that is not before `at`; none if there is none in
    /// [`WORKING_DAYS_MAX`] days.
    pub fn next_working(&self, at: Timestamp) -> Option<Timestamp> {
        self.after(at).next().map(|day| day.from.max(at))
    }

    /// The working days that end after `at`, in order.
    fn after(&self, at: Timestamp) -> impl Iterator<Item = Span> {
        let days = self.hours.after(at).take(WORKING_DAYS_MAX);
        days.filter(|(day, _)| !self.holidays.contains(day)).map(|(_, span)| span)
    }
}
