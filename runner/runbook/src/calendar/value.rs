//! Dates, times and durations of an event.

use hardstop_core::{
    calendar::{Span, Zone},
    time::{Millis, Timestamp},
};
use jiff::{SignedDuration, civil};

use super::{IcsError, lines::Line};

/// A date, or a date and time, as clocks of a zone show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) local: civil::DateTime,
    pub(super) zone: Zone,
    /// A date alone; the time is 00:00.
    pub(super) all_day: bool,
}

impl Stamp {
    pub(super) fn instant(&self) -> Timestamp {
        self.zone.instant(self.local)
    }

    /// The one value of `line`. What names no zone is in `floating`.
    pub(super) fn of(line: &Line, floating: &Zone) -> Result<Self, IcsError> {
        let mut stamps = Self::all(line, floating)?;
        match (stamps.pop(), stamps.is_empty()) {
            (Some(stamp), true) => Ok(stamp),
            (_, _) => Err(line.error(format!("{} has several values", line.name))),
        }
    }

    /// All values of `line`, which are separated by commas.
    pub(super) fn all(line: &Line, floating: &Zone) -> Result<Vec<Self>, IcsError> {
        let dates = match line.param("VALUE") {
            None => None,
            Some("DATE-TIME") => Some(false),
            Some("DATE") => Some(true),
            Some(other) => return Err(line.error(format!("values of type {other} are not known"))),
        };
        let zone = match line.param("TZID") {
            None => None,
            Some(name) => {
                Some(name.parse::<Zone>().map_err(|error| line.error(error.to_string()))?)
            }
        };
        let stamps = line.value.split(',').map(|text| {
            let wrong = |what: &str| line.error(format!("`{text}` is not {what}"));
            let (digits, utc) = text.strip_suffix('Z').map_or((text, false), |rest| (rest, true));
            let (local, all_day) =
                local(digits).ok_or_else(|| wrong("a date or a date and time"))?;
            if dates.is_some_and(|dates| dates != all_day) || all_day && utc {
                return Err(wrong("of the type the line says"));
            }
            let zone = match (utc, &zone) {
                (true, Some(_)) => return Err(wrong("in UTC and in another zone at once")),
                (true, None) => Zone::UTC,
                (false, zone) => zone.as_ref().unwrap_or(floating).clone(),
            };
            Ok(Self { local, zone, all_day })
        });
        stamps.collect()
    }
}

/// `20261224` or `20261224T180000`; whether it is a date alone.
fn local(text: &str) -> Option<(civil::DateTime, bool)> {
    let (date, time) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
    let [year, month, day] = digits(date, [4, 2, 2])?;
    let date = civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let Some(time) = time else { return Some((date.to_datetime(civil::Time::MIN), true)) };
    let [hour, minute, second] = digits(time, [2, 2, 2])?.map(|n| i8::try_from(n).ok());
    // Clocks of computers have no second 60.
    let time =
        civil::Time::new(hour?, minute?, second?.min(59), 0).ok().filter(|_| second <= Some(60))?;
    Some((date.to_datetime(time), false))
}

/// Three numbers of so many digits each, and nothing else.
fn digits(mut text: &str, lengths: [usize; 3]) -> Option<[i16; 3]> {
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let (head, tail) = text.split_at_checked(length)?;
        *number = head.parse().ok().filter(|_| head.bytes().all(|byte| byte.is_ascii_digit()))?;
        text = tail;
    }
    text.is_empty().then_some(numbers)
}

/// How long an event lasts, so that it can be applied to each of its occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// From `DTEND` in the zone of `DTSTART`: the end keeps its time on the clock, as calendars
    /// show it, whatever clocks do in between.
    OnTheClock(SignedDuration),
    /// From `DTEND` in another zone.
    Elapsed(Millis),
    /// From `DURATION`: days as the calendar has them, then elapsed time.
    DaysAnd(i32, Millis),
}

impl Length {
    /// From `start` to `end`, the value of `line`.
    pub(super) fn until(line: &Line, start: &Stamp, end: &Stamp) -> Result<Self, IcsError> {
        if start.all_day != end.all_day {
            return Err(line.error("DTSTART and DTEND must both be dates or both have a time"));
        }
        if end.instant() <= start.instant() {
            return Err(line.error("the event ends before it has begun"));
        }
        Ok(if start.zone == end.zone {
            Self::OnTheClock(end.local.duration_since(start.local))
        } else {
            Self::Elapsed(end.instant().since(start.instant()))
        })
    }

    /// `P1D`, `PT8H`, `P1W`, `P1DT12H30M`.
    pub(super) fn read(line: &Line) -> Result<Self, IcsError> {
        let wrong =
            || line.error(format!("`{}` is not a duration such as P1D or PT8H", line.value));
        let text = line.value.strip_prefix('+').unwrap_or(&line.value);
        let text = text.strip_prefix('P').ok_or_else(wrong)?;
        let (days, time) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
        if time == Some("") {
            return Err(wrong());
        }
        let days = amounts(days, &[('W', 7), ('D', 1)]).ok_or_else(wrong)?;
        let units = [('H', 3_600), ('M', 60), ('S', 1)];
        let seconds = amounts(time.unwrap_or_default(), &units).ok_or_else(wrong)?;
        if days == 0 && seconds == 0 {
            return Err(line.error("the event lasts no time at all"));
        }
        Ok(Self::DaysAnd(i32::try_from(days).map_err(|_| wrong())?, Millis::from_secs(seconds)))
    }

    /// The stretch of the occurrence that begins at `start`.
    pub(super) fn span(self, start: &Stamp) -> Span {
        let from = start.instant();
        let to = match self {
            Self::OnTheClock(span) => start.zone.instant(start.local.saturating_add(span)),
            Self::Elapsed(span) => from.plus(span),
            Self::DaysAnd(days, span) => {
                let days = jiff::Span::new().days(days);
                start.zone.instant(start.local.saturating_add(days)).plus(span)
            }
        };
        Span { from, to }
    }
}

/// The sum of `5H30M`: each unit at most once, in this order, each number at most 6 digits.
fn amounts(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum = 0;
    for (unit, size) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        let valid = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        sum += number.parse::<u64>().ok().filter(|_| valid)? * size;
        text = rest;
    }
    text.is_empty().then_some(sum)
}
