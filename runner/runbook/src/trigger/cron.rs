//! A cron pattern: at which instants it comes up, in a zone whose clocks are put back and forth.

use croner::parser::{CronParser, Seconds, Year};
use hardstop_core::{calendar::Zone, time::Timestamp};
use jiff::{Span, civil, tz::TimeZoneDatabase};

/// How far before the clocks of a zone a search must begin to see all of an hour that exists
/// twice. No zone of our time puts its clocks back by more.
const FOLD_HOURS_MAX: i64 = 3;
/// Steps of one search for the next instant: the minutes of that time, with room to spare.
const STEPS_MAX: usize = 1_000;

/// Minute, hour, day of the month, month, day of the week.
///
/// A pattern is what the clock on the wall shows, and each time it shows counts once: one that
/// does not exist counts at the first instant after the gap, one that exists twice at the first of
/// the two. Only with `*` for the hour does it follow the hours that really pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    pattern: croner::Cron,
    every_hour: bool,
}

impl Cron {
    /// Reads a pattern of five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields = text.split_whitespace().count();
        if fields != 5 && !text.starts_with('@') {
            return Err(format!("`{text}` has {fields} fields; a pattern has five"));
        }
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let pattern = parser.parse(text).map_err(|error| {
            let why = error.to_string();
            format!("`{text}` is no pattern: {}", why.trim_end_matches('.'))
        })?;
        let hour = text.split_whitespace().nth(1);
        let every_hour = hour == Some("*") || text.eq_ignore_ascii_case("@hourly");
        let cron = Self { text: text.to_owned(), pattern, every_hour };
        // Found out now, or each look at the clock would search ten thousand years for it.
        let ever = cron.pattern.find_next_occurrence(&civil::date(2000, 1, 1).at(0, 0, 0, 0), true);
        ever.map_err(|_| format!("`{text}` never comes up"))?;
        Ok(cron)
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first instant after `after`.
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        if self.every_hour {
            let next = self.pattern.find_next_occurrence(&zoned(zone, after)?, false).ok()?;
            return Some(Timestamp::from_millis(next.timestamp().as_millisecond()));
        }
        let mut local = zone.local(after);
        for _ in 0..STEPS_MAX {
            local = self.pattern.find_next_occurrence(&local, false).ok()?;
            let at = zone.instant(local);
            if at > after {
                return Some(at);
            }
        }
        None
    }

    /// The instants after `since` and not after `until`, the newest first; at most `most` of them.
    pub(super) fn newest(
        &self,
        zone: &Zone,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Vec<Timestamp> {
        let mut found = Vec::new();
        let mut take = |at: Timestamp| {
            if at <= until && at > since && found.last() != Some(&at) {
                found.push(at);
            }
            at > since && found.len() < most
        };
        if self.every_hour {
            let Some(from) = zoned(zone, until) else { return found };
            let mut at = self.pattern.find_previous_occurrence(&from, true);
            while let Ok(found) = at
                && take(Timestamp::from_millis(found.timestamp().as_millisecond()))
            {
                at = self.pattern.find_previous_occurrence(&found, false);
            }
        } else {
            let from = zone.local(until).saturating_add(Span::new().hours(FOLD_HOURS_MAX));
            let mut at = self.pattern.find_previous_occurrence(&from, true);
            while let Ok(found) = at
                && take(zone.instant(found))
            {
                at = self.pattern.find_previous_occurrence(&found, false);
            }
        }
        found
    }
}

/// The instant with all that is needed to find its neighbours in that zone.
fn zoned(zone: &Zone, at: Timestamp) -> Option<jiff::Zoned> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(TimeZoneDatabase::bundled().get(zone.name()).ok()?))
}
