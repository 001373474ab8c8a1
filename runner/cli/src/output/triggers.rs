//! What triggers did and will do.

use hardstop_core::{header::TriggerKind, time::Timestamp};
use hardstop_journal::{Mark, MarkState};
use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop triggers`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TriggersView {
    /// The triggers of the configuration, in its order.
    pub(crate) triggers: Vec<TriggerRow>,
    /// The next instant of a schedule.
    pub(crate) next: Option<String>,
}

/// One trigger of `hardstop triggers`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TriggerRow {
    /// Its name; the folder of requests.
    pub(crate) id: String,
    /// `schedule`, `after` or `request`.
    pub(crate) kind: &'static str,
    /// When it opens a run.
    pub(crate) when: String,
    /// The runbook; none for requests, which say it themselves.
    pub(crate) runbook: Option<String>,
    /// The next instant of a schedule.
    pub(crate) next: Option<String>,
    /// The newest run it opened that this clone knows of.
    pub(crate) last: Option<FiredView>,
    /// What waits for its turn, in order.
    pub(crate) pending: Vec<FiredView>,
    /// What was not opened and why, the newest last; a few of them.
    pub(crate) not_opened: Vec<FiredView>,
}

/// What became of one key of a trigger.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FiredView {
    /// The trigger's name; the path of a request.
    pub(crate) trigger: String,
    /// `schedule`, `after`, `request` or `key`.
    pub(crate) kind: &'static str,
    /// What it is about: the instant of a schedule, the end of the earlier run, the commit of a
    /// request.
    pub(crate) at: String,
    /// `opened`, `pending`, `missed`, `skipped`, `refused`, or `failed`, which is tried again.
    pub(crate) outcome: &'static str,
    /// The run, if one was opened.
    pub(crate) run: Option<String>,
    /// Why none was opened.
    pub(crate) why: Option<String>,
}

impl FiredView {
    /// What became of something that has no mark.
    pub(crate) fn of(kind: TriggerKind, id: &str, at: Timestamp, outcome: &'static str) -> Self {
        let (trigger, at) = (id.to_owned(), at.to_string());
        Self { trigger, kind: kind.name(), at, outcome, run: None, why: None }
    }

    /// With the reason.
    pub(crate) fn because(mut self, why: String) -> Self {
        self.why = Some(why);
        self
    }

    /// For people, on one line.
    pub(crate) fn in_words(&self) -> String {
        let Self { trigger, at, outcome, run, why, .. } = self;
        let run = run
            .as_ref()
            .map_or_else(String::new, |run| format!("  run {}", run.get(..10).unwrap_or(run)));
        let why = why.as_ref().map_or_else(String::new, |why| format!("  {why}"));
        format!("{trigger}  {outcome}{run}  for {at}{why}")
    }
}

impl From<&Mark> for FiredView {
    fn from(mark: &Mark) -> Self {
        let of = |outcome| Self::of(mark.trigger.kind, &mark.trigger.id, mark.trigger.at, outcome);
        match &mark.state {
            MarkState::Pending => of("pending"),
            MarkState::Claimed { run } | MarkState::Opened { run } => {
                Self { run: Some(run.to_string()), ..of("opened") }
            }
            MarkState::Skipped { why } => of("skipped").because(why.clone()),
            MarkState::Refused { why } => of("refused").because(why.clone()),
        }
    }
}
