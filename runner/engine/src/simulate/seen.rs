//! What happened, as expectations and people look at it.

use hardstop_core::{event::Entry, time::Timestamp};
use serde_json::Value;

use super::pattern::full;
use crate::documents::sentence;
use hardstop_core::ids::StepId;

/// One event of the run that is rehearsed, or of a run of another runbook within it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// The steps that lead to the run it is of; empty for the run that is rehearsed.
    pub within: Vec<StepId>,
    /// The line of the journal.
    pub entry: Entry,
    /// Its type, as in the journal.
    pub kind: String,
    /// The step it speaks of, as scenarios address it.
    pub step: Option<String>,
    /// The event, as in the journal.
    pub event: Value,
}

impl Seen {
    pub(super) fn new(within: &[StepId], entry: Entry) -> Self {
        let event = serde_json::to_value(&entry.event).unwrap_or_default();
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let step = entry.event.step().map(|step| full(within, step.as_str()));
        Self { at: entry.ts(), within: within.to_vec(), entry, kind, step, event }
    }

    /// What happened, in one sentence.
    pub fn sentence(&self) -> String {
        let text = sentence(&self.entry.event);
        if self.within.is_empty() { text } else { full(&self.within, &text) }
    }

    /// The account that brought it about, if a person did.
    pub(super) fn account(&self) -> Option<&str> {
        let by = self.event.get("by").and_then(|by| by.get("actor"));
        by.or_else(|| self.event.get("actor"))?.get("email")?.as_str()
    }

    /// Whether it begins an attempt, a request, or a wait.
    pub(super) fn begins(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "attempt.started"
                | "call.started"
                | "child.started"
                | "checklist.opened"
                | "gate.reached"
                | "wait.started"
                | "hard_stop.started"
                | "block.entered"
                | "items.listed"
        )
    }

    /// Whether it says that its step was done.
    pub(super) fn finishes(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "step.succeeded"
                | "step.attested"
                | "gate.satisfied"
                | "wait.elapsed"
                | "hard_stop.elapsed"
                | "glass.broken"
        )
    }

    /// Whether it says that its step failed for good.
    pub(super) fn fails(&self) -> bool {
        self.kind == "step.failed"
    }
}
