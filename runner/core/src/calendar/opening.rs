//! Whether a step may start now, and if not, when.
//!
//! The rules, in the order in which they are asked:
//!
//! 1. While a `deny` window holds nothing starts. Deny always wins.
//! 2. A step that would still run when a `deny` window with `overrun: deny` begins does not start.
//! 3. If there are `allow` windows at all, one of them must hold.
//! 4. If all that hold have `overrun: deny`, the step must fit into what is left until no `allow`
//!    window holds any more; windows that touch or overlap count as one.

use std::fmt;

use super::{Rule, Window, window::Stretch};
use crate::{
    limits::OPENING_SEARCH,
    time::{Millis, Timestamp},
};

/// Whether a step may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It may.
    Open {
        /// The first instant at which it may no longer; none within [`OPENING_SEARCH`] if not
        /// given.
        until: Option<Timestamp>,
    },
    /// It may not.
    Closed {
        /// The first instant at which it may; none within [`OPENING_SEARCH`] if not given.
        opens: Option<Timestamp>,
        /// Why it may not now; if it never may, what stands in the way for good.
        because: Because,
    },
}

/// Why a step may not start. `Display` says it to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// A `deny` window holds.
    Denied {
        /// Which.
        window: String,
    },
    /// It would still run when a `deny` window begins.
    Overruns {
        /// Which.
        window: String,
        /// When that begins.
        begins: Timestamp,
        /// How long the step takes.
        needed: Millis,
    },
    /// There are `allow` windows, and none holds.
    NotAllowed,
    /// It takes longer than what is left of the `allow` windows.
    DoesNotFit {
        /// One of them.
        window: String,
        /// What is left.
        left: Millis,
        /// How long the step takes.
        needed: Millis,
    },
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { window } => write!(f, "nothing starts in {window}"),
            Self::Overruns { window, begins, needed } => {
                let begins = begins.to_the_second();
                write!(f, "it takes up to {needed}, and {window} begins at {begins}")
            }
            Self::NotAllowed => f.write_str("no window is open"),
            Self::DoesNotFit { window, left, needed } => {
                write!(f, "it takes up to {needed}, and {window} leaves {left}")
            }
        }
    }
}

/// Whether a step that runs for `needed` may start at `at`, and until or from when.
///
/// Exact: `opens` is the first instant at which this function says `Open`, `until` the first at
/// which it says `Closed`. Without windows everything is open for ever.
pub fn opening(windows: &[Window], at: Timestamp, needed: Millis) -> Opening {
    let windows = Windows::of(windows);
    let horizon = at.plus(OPENING_SEARCH);
    let Some((because, mut over)) = windows.obstacle(at, needed) else {
        return Opening::Open { until: windows.closes(at, needed, horizon) };
    };
    let mut for_good = because.clone();
    // Each step leads to the first instant at which the obstacle may be gone, and to nothing else.
    while let Some(later) = over.filter(|later| *later <= horizon) {
        match windows.obstacle(later, needed) {
            None => return Opening::Closed { opens: Some(later), because },
            Some((next, after)) => {
                for_good = graver(for_good, next);
                over = after;
            }
        }
    }
    Opening::Closed { opens: None, because: for_good }
}

/// Which of two obstacles explains better why a step never starts: that even the longest window is
/// too short for it, else what was met last.
fn graver(earlier: Because, later: Because) -> Because {
    match (&earlier, &later) {
        (Because::DoesNotFit { left: most, .. }, Because::DoesNotFit { left, .. })
            if most < left =>
        {
            later
        }
        (Because::DoesNotFit { .. }, _) => earlier,
        (Because::Denied { .. } | Because::Overruns { .. } | Because::NotAllowed, _) => later,
    }
}

/// Windows by what they say.
struct Windows<'a> {
    allow: Vec<&'a Window>,
    deny: Vec<&'a Window>,
}

impl<'a> Windows<'a> {
    fn of(windows: &'a [Window]) -> Self {
        let (allow, deny) = windows.iter().partition(|window| window.rule == Rule::Allow);
        Self { allow, deny }
    }

    /// What keeps a step from starting at `at`, and the first instant after `at` at which that may
    /// have changed for the better; none if it never does.
    fn obstacle(&self, at: Timestamp, needed: Millis) -> Option<(Because, Option<Timestamp>)> {
        for window in &self.deny {
            if let Some(stretch) = window.holding(at) {
                let because = Because::Denied { window: stretch.to_string() };
                return Some((because, Some(stretch.span.to)));
            }
            let next = window.next(at).filter(|_| window.overrun == Rule::Deny);
            if let Some(stretch) = next.filter(|next| at.plus(needed) > next.span.from) {
                let begins = stretch.span.from;
                let because = Because::Overruns { window: stretch.to_string(), begins, needed };
                return Some((because, Some(stretch.span.to)));
            }
        }
        let holding = self.allowing(at);
        let next = || self.allow.iter().filter_map(|window| window.next(at)).map(|s| s.span.from);
        let Some(first) = holding.first() else {
            return (!self.allow.is_empty()).then(|| (Because::NotAllowed, next().min()));
        };
        if holding.iter().any(|stretch| stretch.window.overrun == Rule::Allow) {
            return None;
        }
        let left = self.allowed_until(at, at.plus(needed)).since(at);
        (left < needed).then(|| {
            let because = Because::DoesNotFit { window: first.to_string(), left, needed };
            (because, next().min())
        })
    }

    /// The first instant after `at`, at which a step may start, when it may no longer.
    fn closes(&self, mut at: Timestamp, needed: Millis, horizon: Timestamp) -> Option<Timestamp> {
        loop {
            let denied = self.deny.iter().filter_map(|window| {
                let begins = window.next(at)?.span.from;
                Some(match window.overrun {
                    Rule::Allow => begins,
                    Rule::Deny => too_late(begins, needed),
                })
            });
            let next = denied.chain(self.allowance_ends(at, needed, horizon)).min();
            // At the end of all time nothing is later.
            at = next.filter(|next| at < *next && *next <= horizon)?;
            if self.obstacle(at, needed).is_some() {
                return Some(at);
            }
        }
    }

    /// Until when what allows a start at `at` surely allows it; none if nothing has to.
    fn allowance_ends(
        &self,
        at: Timestamp,
        needed: Millis,
        horizon: Timestamp,
    ) -> Option<Timestamp> {
        let overrun = self.allowing(at).into_iter().filter(|s| s.window.overrun == Rule::Allow);
        let overrun = overrun.map(|stretch| stretch.span.to);
        let all = self.allowed_until(at, horizon.plus(needed).plus(Millis(1)));
        let fits = (!self.allow.is_empty()).then(|| too_late(all, needed));
        overrun.chain(fits).max()
    }

    /// The `allow` stretches that hold at `at`.
    fn allowing(&self, at: Timestamp) -> Vec<Stretch<'a>> {
        self.allow.iter().filter_map(|window| window.holding(at)).collect()
    }

    /// Until when some `allow` window holds without a break from `at` on; sought up to `enough`.
    fn allowed_until(&self, at: Timestamp, enough: Timestamp) -> Timestamp {
        let mut until = at;
        while until < enough {
            match self.allowing(until).iter().map(|stretch| stretch.span.to).max() {
                Some(later) => until = later,
                None => break,
            }
        }
        until
    }
}

/// The first instant at which a step that takes `needed` is too late to end by `end`: that itself, if
/// it takes no time, since nothing starts then.
fn too_late(end: Timestamp, needed: Millis) -> Timestamp {
    let span = i64::try_from(needed.0).unwrap_or(i64::MAX).max(1);
    Timestamp::from_millis(end.as_millis().saturating_sub(span).saturating_add(1))
}
