//! When things happen at the earliest, as `plan` prints it with `--json`.
//!
//! All instants are RFC 3339 in UTC. They are those of a good day: everything succeeds, work takes
//! no time, people answer at once, locks are free.

use schemars::JsonSchema;
use serde::Serialize;

/// When things happen in a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ForecastView {
    /// When the run would be opened.
    pub(crate) start: String,
    /// When it is closed; none if it never is.
    pub(crate) end: Option<String>,
    /// The runbook's zone, in which `local` is given.
    pub(crate) zone: String,
    /// Every window and freeze that would keep a step from beginning, in order of time.
    pub(crate) shut: Vec<ShutView>,
    /// What should be thought about, a sentence each: a hard stop that ends inside a freeze.
    pub(crate) notes: Vec<String>,
}

/// A stretch of time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SpanView {
    /// Its beginning.
    pub(crate) from: String,
    /// Its end; none if it never comes.
    pub(crate) to: Option<String>,
    /// Its beginning and end as clocks of the runbook's zone show them.
    pub(crate) local: [Option<String>; 2],
}

/// When a step happens.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EarliestView {
    /// When it could begin, were it not for windows.
    pub(crate) turn: String,
    /// When it begins; none if it is skipped or never begins.
    pub(crate) begins: Option<String>,
    /// When it is over; none if it never is.
    pub(crate) ends: Option<String>,
    /// Its beginning and end as clocks of the runbook's zone show them.
    pub(crate) local: [Option<String>; 2],
    /// What a wait or a hard stop counts from.
    pub(crate) since: Option<String>,
    /// When it is due, which may be before it begins.
    pub(crate) due: Option<String>,
    /// What is known only when it runs: `condition` (it counts as skipped), `items` (as few as
    /// there may be are counted), `instant` and `anchor` (it counts as over at once).
    pub(crate) unknown: Option<&'static str>,
    /// `never` or `twice`: how often the clocks of `clocks_zone` show the local time of `until`
    /// that day. The first instant after the gap counts, or the first of the two.
    pub(crate) clocks: Option<&'static str>,
    /// Whose clocks these are.
    pub(crate) clocks_zone: Option<String>,
    /// When an approval is asked for again, because the one before lapses unused.
    pub(crate) asked_again: Vec<String>,
    /// When people are reminded, if nobody answers.
    pub(crate) reminders: Vec<String>,
    /// When more people are asked, if nobody answers.
    pub(crate) escalations: Vec<String>,
    /// The steps of the run of another runbook that it opens.
    pub(crate) child: Vec<ItemView>,
}

/// One item of a step, or one step of a run within the run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ItemView {
    /// Its address, with the keys of the items it is of.
    pub(crate) step: String,
    /// When it happens.
    pub(crate) earliest: EarliestView,
}

/// A window that keeps a step from beginning.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ShutView {
    /// The step; ` > ` leads into the runs of other runbooks.
    pub(crate) step: String,
    /// When it was kept from beginning.
    pub(crate) at: String,
    /// When it begins instead; none if no window opens.
    pub(crate) opens: Option<String>,
    /// Which window, and why: a freeze by the name of its event.
    pub(crate) because: String,
}
