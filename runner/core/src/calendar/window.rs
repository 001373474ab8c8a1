//! Windows: when work may start, and when it may not.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Span, Weekly};
use crate::time::Timestamp;

/// Times in which steps may start, or may not. [`opening`](super::opening()) says what several of
/// them mean together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Whether steps may start in it.
    pub rule: Rule,
    /// When it holds.
    pub when: When,
    /// Whether a step may still run when an `allow` window ends, or when a `deny` window begins.
    pub overrun: Rule,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It may.
    Allow,
    /// It may not. Where both hold, this one wins.
    Deny,
}

/// When a window holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// The same hours on some days of every week.
    Weekly(Weekly),
    /// Once.
    Between(Span),
    /// The events of a calendar file, written down when the plan was made.
    Frozen(Frozen),
}

/// The events of a calendar file within the time the plan looked ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// The file, for people: `calendars/freeze.ics`.
    pub source: String,
    /// What comes at this instant or later was not read. A `deny` window holds from here on,
    /// because a freeze nobody looked for is not a freeze that does not exist.
    pub known_until: Timestamp,
    /// The events, in any order; they may overlap.
    pub intervals: Vec<Interval>,
}

/// One event of a calendar file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// What it is called there.
    pub name: String,
    /// When it holds.
    pub span: Span,
}

/// One stretch of a window, and the event it comes from.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) window: &'a Window,
    pub(super) span: Span,
    event: Option<&'a str>,
}

impl Window {
    /// The stretch that holds at `at` and ends last.
    pub(super) fn holding(&self, at: Timestamp) -> Option<Stretch<'_>> {
        self.stretches(at).filter(|stretch| stretch.span.holds(at)).max_by_key(|s| s.span.to)
    }

    /// The stretch that begins next after `at`.
    pub(super) fn next(&self, at: Timestamp) -> Option<Stretch<'_>> {
        self.stretches(at).filter(|stretch| stretch.span.from > at).min_by_key(|s| s.span.from)
    }

    /// All stretches in question at `at`: at least the one that holds and the next.
    fn stretches(&self, at: Timestamp) -> impl Iterator<Item = Stretch<'_>> {
        let (weekly, once, frozen) = match &self.when {
            When::Weekly(weekly) => (Some(weekly), None, None),
            When::Between(span) => (None, Some(*span), None),
            When::Frozen(frozen) => (None, None, Some(frozen)),
        };
        let hours = weekly.into_iter().flat_map(move |weekly| weekly.after(at).take(2));
        let events = frozen.into_iter().flat_map(|frozen| &frozen.intervals);
        let unread = frozen
            .filter(|_| self.rule == Rule::Deny)
            .map(|frozen| Span { from: frozen.known_until, to: Timestamp::from_millis(i64::MAX) });
        let nameless = hours.map(|(_, span)| span).chain(once).map(|span| (span, None));
        let named = events.map(|event| (event.span, Some(event.name.as_str())));
        let unread = unread.map(|span| (span, Some("not known so far ahead")));
        let all = nameless.chain(named).chain(unread);
        all.map(|(span, event)| Stretch { window: self, span, event })
    }
}

/// For people: the hours, or the file and the event.
impl fmt::Display for Stretch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.window.when, self.event) {
            (When::Frozen(frozen), Some(event)) => write!(f, "{event} ({})", frozen.source),
            (When::Frozen(frozen), None) => f.write_str(&frozen.source),
            (When::Weekly(weekly), _) => weekly.fmt(f),
            (When::Between(_), _) => {
                let Span { from, to } = self.span;
                write!(f, "{} to {}", from.to_the_second(), to.to_the_second())
            }
        }
    }
}
