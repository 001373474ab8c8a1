//! One run as every command shows it.

use hardstop_core::{
    run::{Ending, RunState},
    view::{self, Need, Waiting},
};
use hardstop_engine::documents::sanitise::line;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{clock::SystemClock, holders::reasons, wire::Site};

/// The most characters of a text from outside on one line.
pub(crate) const TEXT_MAX: usize = 200;

/// A run, and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunView {
    /// The run's id.
    pub(crate) run: String,
    /// The part of it that is enough to name it.
    pub(crate) short: String,
    /// The runbook's id.
    pub(crate) runbook: String,
    /// The runbook's path in the repository.
    pub(crate) path: String,
    /// For people.
    pub(crate) title: String,
    /// `running`, `waiting`, `paused`, `succeeded`, `incomplete`, `failed` or `aborted`.
    pub(crate) status: String,
    /// Whether the run is over.
    pub(crate) closed: bool,
    /// Whether the runbook's text is not the committed one: a rehearsal.
    pub(crate) draft: bool,
    /// Whether one person may approve their own work, because the repository has no policy.
    pub(crate) solo: bool,
    /// When it was opened.
    pub(crate) opened: String,
    /// Why it does not move, one sentence a branch.
    pub(crate) why: Vec<String>,
    /// All that it waits for.
    pub(crate) waiting: Vec<WaitingView>,
    /// The commands that would move it, the likeliest first.
    pub(crate) next: Vec<String>,
}

/// One thing a run waits for.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WaitingView {
    /// The step; none for the run as a whole.
    pub(crate) step: Option<String>,
    /// `answers`, `approval`, `verb`, `word`, `confirmation`, `time`, `next_attempt`, `window`,
    /// `locks`, `turn`, `settlement`, `lift`, `clock` or `storage`.
    pub(crate) kind: &'static str,
    /// Since when.
    pub(crate) since: Option<String>,
    /// When time alone will change it.
    pub(crate) due: Option<String>,
    /// The code to answer a request with.
    pub(crate) code: Option<String>,
    /// The commands that answer it.
    pub(crate) commands: Vec<String>,
}

impl RunView {
    /// The run of a fold.
    ///
    /// * `site`: knows who holds what it waits for.
    pub(crate) fn of(site: &Site, state: &RunState) -> Self {
        let header = state.header();
        let short = header.run.short();
        let waiting = view::waiting(state);
        let closed = matches!(state.ending(), Ending::Closed(_));
        let mut next: Vec<String> = waiting.iter().flat_map(|open| open.commands(short)).collect();
        next.dedup();
        if next.is_empty() && !closed {
            next.push(format!("hardstop advance {short}"));
        }
        Self {
            run: header.run.to_string(),
            short: short.to_owned(),
            runbook: header.runbook.id.to_string(),
            path: header.runbook.path.clone(),
            title: line(&state.plan().title, TEXT_MAX),
            status: view::status(state).to_string(),
            closed,
            draft: header.runbook.draft,
            solo: header.policy.version == 0 || state.policy().is_some_and(|(v, _)| v == 0),
            opened: header.created.to_string(),
            why: reasons(state, &site.live.locks(), SystemClock::now())
                .iter()
                .map(|sentence| line(sentence, TEXT_MAX * 2))
                .collect(),
            waiting: waiting.iter().map(|open| WaitingView::of(open, short)).collect(),
            next,
        }
    }
}

impl RunView {
    /// Whether nobody is asked for anything.
    pub(crate) fn waits_for_time_alone(&self) -> bool {
        self.waiting
            .iter()
            .all(|open| matches!(open.kind, "time" | "next_attempt" | "action" | "locks" | "turn"))
    }
}

impl WaitingView {
    fn of(open: &Waiting, run: &str) -> Self {
        let code =
            if let Need::Approval { code, .. } = &open.need { Some(code.clone()) } else { None };
        Self {
            step: open.step.as_ref().map(ToString::to_string),
            kind: kind(&open.need),
            since: open.since.map(|since| since.to_string()),
            due: open.due().map(|due| due.to_string()),
            code,
            commands: open.commands(run),
        }
    }
}

fn kind(need: &Need) -> &'static str {
    match need {
        Need::Answers { .. } => "answers",
        Need::Approval { .. } => "approval",
        Need::Verb { .. } => "verb",
        Need::Word { .. } => "word",
        Need::Confirmation { .. } => "confirmation",
        Need::Time { .. } => "time",
        Need::NextAttempt { .. } => "next_attempt",
        Need::Window { .. } => "window",
        Need::Locks { .. } => "locks",
        Need::Turn { .. } => "turn",
        Need::Run { .. } => "run",
        Need::Action { .. } => "action",
        Need::Settlement { .. } => "settlement",
        Need::Lift { .. } => "lift",
        Need::Revision { .. } => "revision",
        Need::Clock => "clock",
        Need::Storage { .. } => "storage",
    }
}
