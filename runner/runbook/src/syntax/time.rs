//! Times in which steps may start, and times in which people work.

use schemars::JsonSchema;
use serde::Deserialize;

use hardstop_core::calendar::{Rule, Weekday};

use super::text;

/// When steps may start, or may not: `allow` or `deny`. Where both hold, `deny` wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// Steps start in these times only.
    pub(crate) allow: Option<Times>,
    /// No step starts in these times.
    pub(crate) deny: Option<Times>,
    /// Whether a step may still run when an `allow` window ends or a `deny` window begins;
    /// `allow` if not given. With `deny` a step starts only if its timeout fits.
    #[schemars(schema_with = "text::rule")]
    #[serde(default)]
    pub(crate) overrun: Option<Rule>,
    /// Phases, and steps as `step` or `phase/step`; every step but those of `on_abort` and
    /// `finally` if not given.
    #[serde(default)]
    pub(crate) applies_to: Vec<String>,
}

/// Hours of some days of every week, a stretch between two instants, or a calendar file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Times {
    /// The days the hours begin on; every day if not given.
    #[schemars(schema_with = "text::weekdays")]
    #[serde(default)]
    pub(crate) days: Option<Vec<Weekday>>,
    /// A time of day such as `22:00`, or an instant such as `2026-12-20T00:00:00Z`.
    pub(crate) from: Option<String>,
    /// The end, in the same form. Hours that end before they begin last over midnight.
    pub(crate) to: Option<String>,
    /// The zone of local times; the runbook's `timezone` if not given.
    pub(crate) zone: Option<String>,
    /// An iCalendar file of the repository, by its path from the top, instead of all else.
    pub(crate) calendar: Option<String>,
}

/// When people work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    /// The days; Monday to Friday if not given.
    #[schemars(schema_with = "text::weekdays")]
    #[serde(default)]
    pub(crate) days: Option<Vec<Weekday>>,
    /// When a day of work begins, such as `09:00`.
    pub(crate) from: String,
    /// When it ends.
    pub(crate) to: String,
    /// The zone; the runbook's `timezone` if not given.
    pub(crate) zone: Option<String>,
    /// Days on which nobody works, `yyyy-mm-dd`.
    #[serde(default)]
    pub(crate) holidays: Vec<String>,
}
