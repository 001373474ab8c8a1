//! Instants and spans as integers with names. Nothing here reads a clock.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An instant: milliseconds since the Unix epoch, UTC, written as RFC 3339 with milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// Text that is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an RFC 3339 instant such as 2026-11-20T15:53:32Z")]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// Wraps milliseconds since the Unix epoch, clamped to the years jiff can write (to 9999).
    pub const fn from_millis(ms: i64) -> Self {
        Self(if ms < 0 {
            0
        } else if ms > MAX_MS {
            MAX_MS
        } else {
            ms
        })
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The instant `span` later, at most the last one that can be written.
    #[must_use]
    pub fn plus(self, span: Millis) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }

    /// For people, to whom milliseconds are noise: `2026-11-20 15:53:32Z`.
    pub fn to_the_second(self) -> String {
        let text = self.to_string();
        let (day, time) = text.split_once('T').unwrap_or((&text, ""));
        format!("{day} {}Z", time.get(..8).unwrap_or(time))
    }

    /// The span from `earlier` to this instant; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

const MAX_MS: i64 = 253_402_207_200_000;

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        text.parse::<jiff::Timestamp>()
            .map(|instant| Self::from_millis(instant.as_millisecond()))
            .map_err(|_| InvalidTimestamp(text.to_owned()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(text: String) -> Result<Self, InvalidTimestamp> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> String {
        instant.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        write!(f, "{instant:.3}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A span of elapsed time in milliseconds. A day is exactly 24 h.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// `n` whole seconds.
    pub const fn from_secs(n: u64) -> Self {
        Self(n.saturating_mul(1_000))
    }
}

/// People's spelling, the two largest units that matter: `24h`, `1m 30s`, `250ms`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] =
            [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
        let Some(at) = UNITS.iter().position(|(size, _)| self.0 >= *size) else {
            return f.pad("0s");
        };
        let (size, unit) = UNITS[at];
        let mut text = format!("{}{unit}", self.0 / size);
        // Below a minute, milliseconds are noise beside seconds.
        if let Some((next, name)) = UNITS.get(at + 1).filter(|(next, _)| *next >= 1_000) {
            let rest = self.0 % size / next;
            if rest > 0 {
                text = format!("{text} {rest}{name}");
            }
        }
        f.pad(&text)
    }
}

/// What the clocks showed at one moment: the wall clock, and how long this machine has been up.
///
/// The second tells a real passing of time from a clock that was set: within one boot both must
/// advance alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The wall clock.
    pub wall: Timestamp,
    /// Names the boot `mono` counts from; two readings compare only if it is equal.
    pub boot: String,
    /// Time since that boot, suspension included.
    pub mono: Millis,
}

impl Reading {
    /// How far the wall clock was moved between `earlier` and this reading, in milliseconds:
    /// positive if it jumped ahead, negative if it went back. `None` if the machine was restarted
    /// in between and nobody can tell.
    pub fn jump_since(&self, earlier: &Self) -> Option<i64> {
        (self.boot == earlier.boot).then(|| {
            let wall = self.wall.as_millis() - earlier.wall.as_millis();
            let mono = i64::try_from(self.mono.0).unwrap_or(i64::MAX)
                - i64::try_from(earlier.mono.0).unwrap_or(i64::MAX);
            wall.saturating_sub(mono)
        })
    }
}
