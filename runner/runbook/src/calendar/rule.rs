//! Recurrence rules: the dates on which an event comes back.
//!
//! A rule divides time into periods (days, weeks, months, years), takes all days of every
//! `INTERVAL`th period, and keeps those that its `BY…` parts name. That is slower than to compute
//! them, and nothing can be forgotten.

use std::iter;

use hardstop_core::{calendar::Zone, time::Timestamp};
use jiff::civil::{Date, DateTime, Weekday};

use super::{IcsError, lines::Line, value::Stamp};

/// An `RRULE`.
#[derive(Debug)]
pub(super) struct Recurrence {
    frequency: Frequency,
    interval: i32,
    pub(super) end: End,
    months: Vec<i16>,
    month_days: Vec<i16>,
    week_days: Vec<(i16, Weekday)>,
    positions: Vec<i16>,
    week_start: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// When a rule ends.
#[derive(Debug)]
pub(super) enum End {
    Never,
    /// After so many occurrences, the first included.
    Count(u32),
    /// After this date.
    Date(Date),
    /// After this time on the clocks of the event's zone.
    Local(DateTime),
    /// After this instant.
    Instant(Timestamp),
}

impl Recurrence {
    /// Reads an `RRULE` line.
    pub(super) fn read(line: &Line, floating: &Zone) -> Result<Self, IcsError> {
        let mut frequency = None;
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            end: End::Never,
            months: Vec::new(),
            month_days: Vec::new(),
            week_days: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        };
        let mut seen = Vec::new();
        for part in line.value.split(';') {
            let wrong = || line.error(format!("`{part}` is not understood in a recurrence rule"));
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            // COUNT and UNTIL exclude each other.
            let key_or_end = if key == "UNTIL" { "COUNT" } else { key };
            if seen.contains(&key_or_end) {
                return Err(line.error(format!("`{part}` contradicts an earlier part of the rule")));
            }
            seen.push(key_or_end);
            match key {
                "FREQ" => frequency = Some(Frequency::read(value).ok_or_else(wrong)?),
                "INTERVAL" => rule.interval = number(value, 1, 1_000).ok_or_else(wrong)?.into(),
                "COUNT" => {
                    let count = value.parse().ok().filter(|count| *count > 0);
                    rule.end = End::Count(count.ok_or_else(wrong)?);
                }
                "UNTIL" => rule.end = End::until(line, value, floating)?,
                "BYMONTH" => rule.months = list(value, |v| number(v, 1, 12)).ok_or_else(wrong)?,
                "BYMONTHDAY" => {
                    rule.month_days = list(value, |v| signed(v, 31)).ok_or_else(wrong)?;
                }
                "BYDAY" => rule.week_days = list(value, nth_week_day).ok_or_else(wrong)?,
                "BYSETPOS" => rule.positions = list(value, |v| signed(v, 366)).ok_or_else(wrong)?,
                "WKST" => rule.week_start = week_day(value).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            }
        }
        rule.frequency = frequency.ok_or_else(|| line.error("a recurrence rule needs FREQ"))?;
        rule.check(line)?;
        Ok(rule)
    }

    /// Refuses combinations that mean nothing.
    fn check(&self, line: &Line) -> Result<(), IcsError> {
        let short = matches!(self.frequency, Frequency::Daily | Frequency::Weekly);
        if short && self.week_days.iter().any(|(nth, _)| *nth != 0) {
            return Err(line.error("a numbered BYDAY needs FREQ=MONTHLY or FREQ=YEARLY"));
        }
        if self.frequency == Frequency::Weekly && !self.month_days.is_empty() {
            return Err(line.error("BYMONTHDAY means nothing with FREQ=WEEKLY"));
        }
        Ok(())
    }

    /// The days of each period from the one that holds `start` on, in order: all days of the
    /// period, and those of them that the rule names.
    pub(super) fn periods(&self, start: Date) -> impl Iterator<Item = (Vec<Date>, Vec<Date>)> {
        let first = self.period_of(start);
        let periods = iter::successors(Some(first), |from| self.later(*from, self.interval));
        periods.map(move |from| {
            let next = self.later(from, 1).unwrap_or(Date::MAX);
            let days = iter::successors(Some(from), |day| day.tomorrow().ok());
            let days: Vec<Date> = days.take_while(|day| *day < next).collect();
            let named = days.iter().copied().filter(|day| self.names(*day, start)).collect();
            let named = self.at_positions(named);
            (days, named)
        })
    }

    /// The first day of the period that holds `day`.
    fn period_of(&self, day: Date) -> Date {
        match self.frequency {
            Frequency::Daily => day,
            Frequency::Weekly => {
                let days = day.weekday().since(self.week_start);
                day.saturating_sub(jiff::Span::new().days(days))
            }
            Frequency::Monthly => day.first_of_month(),
            Frequency::Yearly => day.first_of_year(),
        }
    }

    /// The first day of the `n`th period after the one that begins with `from`.
    fn later(&self, from: Date, n: i32) -> Option<Date> {
        let span = jiff::Span::new();
        let span = match self.frequency {
            Frequency::Daily => span.days(n),
            Frequency::Weekly => span.weeks(n),
            Frequency::Monthly => span.months(n),
            Frequency::Yearly => span.years(n),
        };
        from.checked_add(span).ok()
    }

    /// Whether the rule names `day`, apart from `BYSETPOS`. What it leaves out comes from `start`.
    fn names(&self, day: Date, start: Date) -> bool {
        let month_length = i16::from(day.days_in_month());
        let of_month = i16::from(day.day());
        let among = |days: &[i16]| {
            days.contains(&of_month) || days.contains(&(of_month - month_length - 1))
        };
        let in_year = self.frequency == Frequency::Yearly && self.months.is_empty();
        let (at, length) = if in_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (of_month, month_length)
        };
        let nth = |n: i16| n == 0 || n == (at - 1) / 7 + 1 || -n == (length - at) / 7 + 1;
        let named = if self.month_days.is_empty() && self.week_days.is_empty() {
            match self.frequency {
                Frequency::Daily => true,
                Frequency::Weekly => day.weekday() == start.weekday(),
                Frequency::Monthly => day.day() == start.day(),
                Frequency::Yearly => {
                    day.day() == start.day() && (!in_year || day.month() == start.month())
                }
            }
        } else {
            (self.month_days.is_empty() || among(&self.month_days))
                && (self.week_days.is_empty()
                    || self
                        .week_days
                        .iter()
                        .any(|(n, week_day)| *week_day == day.weekday() && nth(*n)))
        };
        named && (self.months.is_empty() || self.months.contains(&day.month().into()))
    }

    /// What `BYSETPOS` leaves of a period's days.
    fn at_positions(&self, days: Vec<Date>) -> Vec<Date> {
        if self.positions.is_empty() {
            return days;
        }
        let length = i16::try_from(days.len()).unwrap_or(i16::MAX);
        let kept = (1_i16..).zip(days).filter(|(at, _)| {
            self.positions.contains(at) || self.positions.contains(&(at - length - 1))
        });
        kept.map(|(_, day)| day).collect()
    }
}

impl End {
    fn until(line: &Line, value: &str, floating: &Zone) -> Result<Self, IcsError> {
        let stamp = Stamp::of(&line.with_value(value), floating)?;
        Ok(if stamp.all_day {
            Self::Date(stamp.local.date())
        } else if value.ends_with('Z') {
            Self::Instant(stamp.instant())
        } else {
            Self::Local(stamp.local)
        })
    }

    /// Whether the occurrence at `stamp` comes after the end; `before` came already.
    pub(super) fn is_before(&self, stamp: &Stamp, before: u32) -> bool {
        match self {
            Self::Never => false,
            Self::Count(count) => before >= *count,
            Self::Date(last) => stamp.local.date() > *last,
            Self::Local(last) => stamp.local > *last,
            Self::Instant(last) => stamp.instant() > *last,
        }
    }
}

impl Frequency {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "DAILY" => Self::Daily,
            "WEEKLY" => Self::Weekly,
            "MONTHLY" => Self::Monthly,
            "YEARLY" => Self::Yearly,
            _ => return None,
        })
    }
}

/// Values separated by commas, at least one.
fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(read).collect()
}

fn number(text: &str, least: i16, most: i16) -> Option<i16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (least..=most).contains(number))
}

/// From 1 to `most`, or the same counted from the end.
fn signed(text: &str, most: i16) -> Option<i16> {
    match text.strip_prefix('-') {
        Some(text) => number(text, 1, most).map(|number| -number),
        None => number(text.strip_prefix('+').unwrap_or(text), 1, most),
    }
}

/// `FR`, every Friday (0), or `-1FR`, the last.
fn nth_week_day(text: &str) -> Option<(i16, Weekday)> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { 0 } else { signed(nth, 53)? };
    Some((nth, week_day(day)?))
}

fn week_day(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}
