//! Points in time as people write them: a time of day, a local date and time, an instant.

use std::{fmt, str::FromStr};

use jiff::civil;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Shown, Zone};
use crate::time::Timestamp;

/// A time of day to the minute, from `00:00` to `23:59`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(civil::Time);

/// Text that is not a time of day.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a time of day from `00:00` to `23:59`")]
pub struct InvalidTimeOfDay(pub String);

impl TimeOfDay {
    /// The local date and time at which `day` has this time.
    pub(super) const fn on(self, day: civil::Date) -> civil::DateTime {
        civil::DateTime::from_parts(day, self.0)
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let number = |digits: &str| -> Option<i8> {
            let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            two.then(|| digits.parse().ok())?
        };
        let time = text
            .split_once(':')
            .and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)))
            .and_then(|(hour, minute)| civil::Time::new(hour, minute, 0, 0).ok());
        time.map(Self).ok_or_else(|| InvalidTimeOfDay(text.to_owned()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, InvalidTimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> String {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What `until` may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// `2026-11-20T08:00:00Z`, the same everywhere.
    Instant(Timestamp),
    /// `2026-11-20T08:00`, with or without seconds, as clocks of a zone show it.
    Local(civil::DateTime),
    /// `08:00`: the next time clocks of a zone show it.
    Next(TimeOfDay),
}

/// Text that names no point in time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is neither an instant (`2026-11-20T08:00:00Z`), nor a local time (`2026-11-20T08:00`, `08:00`)"
)]
pub struct InvalidMoment(pub String);

impl Moment {
    /// The instant that is meant, in `zone` and as seen at `now`.
    ///
    /// `Next` gives the first such time that is not before `now`; on a day whose clocks skip it,
    /// that is the end of the gap. The others do not depend on `now` and may lie in the past.
    pub fn instant(self, zone: &Zone, now: Timestamp) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Local(local) => zone.instant(local),
            Self::Next(time) => {
                let today = zone.local(now).date();
                let at = zone.instant(time.on(today));
                let tomorrow = today.tomorrow().unwrap_or(today);
                if at >= now { at } else { zone.instant(time.on(tomorrow)) }
            }
        }
    }

    /// How often clocks of `zone` show the local time that led to `at`, an answer of
    /// [`Moment::instant`].
    pub fn shown(self, zone: &Zone, at: Timestamp) -> Shown {
        match self {
            Self::Instant(_) => Shown::Once,
            Self::Local(local) => zone.shown(local),
            Self::Next(time) => zone.shown(time.on(zone.local(at).date())),
        }
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        // jiff also reads annotations such as `[Europe/Berlin]` and would leave them out.
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T');
        let local = || text.parse().ok().filter(|_| text.contains('T') && text.chars().all(plain));
        (text.parse().ok().map(Self::Instant))
            .or_else(|| text.parse().ok().map(Self::Next))
            .or_else(|| local().map(Self::Local))
            .ok_or_else(|| InvalidMoment(text.to_owned()))
    }
}
