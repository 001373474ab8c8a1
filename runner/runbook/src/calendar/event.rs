//! One event: when it takes place, and when it takes place again.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    calendar::{Span, Zone},
    limits::FREEZE_NAME_CHARS_MAX,
    time::Timestamp,
};

use super::{
    IcsError,
    lines::Line,
    rule::Recurrence,
    value::{Length, Stamp},
};

/// A `VEVENT`.
#[derive(Debug)]
pub(super) struct Event {
    /// Where it begins.
    line: usize,
    pub(super) uid: Option<String>,
    /// Its summary on one line; its UID if it has none.
    pub(super) name: String,
    /// Whether it keeps the time it takes: neither cancelled nor transparent.
    pub(super) counts: bool,
    /// The occurrence of another event with this UID that it stands in for.
    pub(super) replaces: Option<Stamp>,
    start: Stamp,
    length: Length,
    rule: Option<Recurrence>,
    also: Vec<Stamp>,
    except: BTreeSet<Timestamp>,
}

impl Event {
    /// Reads the event that begins on line number `begin` and consists of `lines`.
    pub(super) fn read(begin: usize, lines: &[Line], floating: &Zone) -> Result<Self, IcsError> {
        let uid = one(lines, "UID")?.map(|line| line.value.clone());
        Self::with_uid(begin, uid.clone(), lines, floating)
            .map_err(|error| IcsError { event: uid, ..error })
    }

    fn with_uid(
        begin: usize,
        uid: Option<String>,
        lines: &[Line],
        floating: &Zone,
    ) -> Result<Self, IcsError> {
        if let Some(line) = lines.iter().find(|line| line.name == "EXRULE") {
            return Err(line.error("EXRULE is not understood; list the dates with EXDATE"));
        }
        let error = |what: &str| IcsError::new(begin, what);
        let start = one(lines, "DTSTART")?.ok_or_else(|| error("an event needs DTSTART"))?;
        let start = Stamp::of(start, floating)?;
        let length = match (one(lines, "DTEND")?, one(lines, "DURATION")?) {
            (Some(line), None) => Length::until(line, &start, &Stamp::of(line, floating)?)?,
            (None, Some(line)) => Length::read(line)?,
            (None, None) if start.all_day => {
                Length::DaysAnd(1, hardstop_core::time::Millis::default())
            }
            (None, None) => return Err(error("an event with a time needs DTEND or DURATION")),
            (Some(_), Some(line)) => return Err(line.error("an event has DTEND or DURATION")),
        };
        let rule = one(lines, "RRULE")?.map(|line| Recurrence::read(line, floating)).transpose()?;
        let replaces = one(lines, "RECURRENCE-ID")?;
        if let Some(line) = replaces {
            if line.param("RANGE").is_some() {
                return Err(line.error("RANGE is not understood"));
            }
            if uid.is_none() || rule.is_some() {
                return Err(line.error("RECURRENCE-ID needs a UID, and no rule of its own"));
            }
        }
        let summary = one(lines, "SUMMARY")?.map(|line| plain(&line.value)).unwrap_or_default();
        let name = match &uid {
            Some(uid) if summary.is_empty() => plain(uid),
            Some(_) | None => summary,
        };
        Ok(Self {
            line: begin,
            uid,
            name: if name.is_empty() { format!("line {begin}") } else { name },
            counts: counts(lines)?,
            replaces: replaces.map(|line| Stamp::of(line, floating)).transpose()?,
            also: stamps(lines, "RDATE", &start, floating)?,
            except: stamps(lines, "EXDATE", &start, floating)?.iter().map(Stamp::instant).collect(),
            start,
            length,
            rule,
        })
    }

    /// Its occurrences that overlap `within`, without those `replaced` by others, in order. Each
    /// day looked at is taken from `budget`.
    pub(super) fn occurrences(
        &self,
        within: Span,
        replaced: &BTreeSet<Timestamp>,
        budget: &mut usize,
    ) -> Result<Vec<Span>, IcsError> {
        let mut found = BTreeMap::new();
        let mut keep = |stamp: Stamp| {
            let span = self.length.span(&stamp);
            let gone = self.except.contains(&span.from) || replaced.contains(&span.from);
            if !gone && span.from < within.to && within.from < span.to {
                found.insert(span.from, span);
            }
        };
        match &self.rule {
            None => keep(self.start.clone()),
            Some(rule) => self.expand(rule, within.to, budget, &mut keep)?,
        }
        self.also.iter().cloned().for_each(&mut keep);
        Ok(found.into_values().collect())
    }

    /// Gives the occurrences of `rule` up to `to` to `keep`.
    fn expand(
        &self,
        rule: &Recurrence,
        to: Timestamp,
        budget: &mut usize,
        keep: &mut impl FnMut(Stamp),
    ) -> Result<(), IcsError> {
        let error = |what: &str| {
            Err(IcsError { event: self.uid.clone(), ..IcsError::new(self.line, what) })
        };
        let start = self.start.local.date();
        let last = self.start.zone.local(to).date();
        let mut before = 0_u32;
        for (days, named) in rule.periods(start) {
            let Some(rest) = budget.checked_sub(days.len()) else {
                return error("the rules of this file name too many days; begin them later");
            };
            *budget = rest;
            for day in named.into_iter().filter(|day| *day >= start) {
                let local = day.to_datetime(self.start.local.time());
                let stamp = Stamp { local, ..self.start.clone() };
                // RFC 5545 leaves open what a series means that does not begin with its first day.
                if before == 0 && (day != start || rule.end.is_before(&stamp, 0)) {
                    return error("DTSTART is not the first occurrence of RRULE");
                }
                if rule.end.is_before(&stamp, before) {
                    return Ok(());
                }
                keep(stamp);
                before += 1;
            }
            if before == 0 {
                return error("DTSTART is not the first occurrence of RRULE");
            }
            if days.last().is_none_or(|day| *day > last) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Whether the event keeps the time it takes.
fn counts(lines: &[Line]) -> Result<bool, IcsError> {
    let status = one(lines, "STATUS")?;
    let confirmed = match status.map(|line| (line, line.value.to_ascii_uppercase())) {
        None => true,
        Some((line, value)) => match value.as_str() {
            "CONFIRMED" | "TENTATIVE" => true,
            "CANCELLED" => false,
            _ => return Err(line.error(format!("the status `{}` is not known", line.value))),
        },
    };
    let transparency = one(lines, "TRANSP")?;
    let opaque = match transparency.map(|line| (line, line.value.to_ascii_uppercase())) {
        None => true,
        Some((line, value)) => match value.as_str() {
            "OPAQUE" => true,
            "TRANSPARENT" => false,
            _ => return Err(line.error(format!("`{}` is not known", line.value))),
        },
    };
    Ok(confirmed && opaque)
}

/// All values of all lines called `name`, which must be of the type of `start`.
fn stamps(
    lines: &[Line],
    name: &str,
    start: &Stamp,
    floating: &Zone,
) -> Result<Vec<Stamp>, IcsError> {
    let mut stamps = Vec::new();
    for line in lines.iter().filter(|line| line.name == name) {
        for stamp in Stamp::all(line, floating)? {
            if stamp.all_day != start.all_day {
                return Err(line.error(format!("DTSTART and {name} must be of one type")));
            }
            stamps.push(stamp);
        }
    }
    Ok(stamps)
}

/// The line called `name`, of which there may be one.
fn one<'a>(lines: &'a [Line], name: &str) -> Result<Option<&'a Line>, IcsError> {
    let mut found = lines.iter().filter(|line| line.name == name);
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        (_, Some(second)) => Err(second.error(format!("a second {name} in one event"))),
    }
}

/// Text without escapes, line breaks and control characters, not longer than a name should be.
fn plain(text: &str) -> String {
    let mut escaped = false;
    let unescaped = text.chars().filter_map(|c| match (escaped, c) {
        (false, '\\') => {
            escaped = true;
            None
        }
        (true, 'n' | 'N') => {
            escaped = false;
            Some(' ')
        }
        (_, c) => {
            escaped = false;
            Some(if c.is_control() { ' ' } else { c })
        }
    });
    let text: String = unescaped.collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(FREEZE_NAME_CHARS_MAX).collect()
}
