//! What `rerun --dry-run` prints.

use std::fmt::Write as _;

use hardstop_core::{event::Impact, ids::StepId};
use hardstop_evidence::{digest, document};
use schemars::JsonSchema;
use serde::Serialize;

/// `hardstop rerun --dry-run`: what doing a step again would bring with it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ImpactView {
    /// The step that was named.
    pub(crate) step: String,
    /// The steps that would be done again, in order.
    pub(crate) again: Vec<String>,
    /// Waits and hard stops that would begin anew.
    pub(crate) restarted: Vec<String>,
    /// Approvals, asked or given but not used, that would no longer count.
    pub(crate) voided: Vec<String>,
    /// Evidence files that would no longer count, by their path in the run's folder.
    pub(crate) superseded: Vec<String>,
    /// Steps that read what would be done again. Each would be open until it is done again or
    /// waived.
    pub(crate) stale: Vec<String>,
    /// Whether only a part of the items of a step would be done again.
    pub(crate) partial: bool,
    /// What `--confirm` takes: it changes with anything above.
    pub(crate) code: String,
}

impl ImpactView {
    /// * `step`: the step that was named.
    pub(crate) fn of(step: &StepId, impact: &Impact) -> Self {
        let Impact { again, restarted, voided, superseded, stale, partial } = impact;
        let names = |steps: &[StepId]| steps.iter().map(ToString::to_string).collect();
        Self {
            step: step.to_string(),
            again: names(again),
            restarted: names(restarted),
            voided: names(voided),
            superseded: superseded.clone(),
            stale: names(stale),
            partial: *partial,
            code: digest(&document::to_bytes(&(step, impact))).code(),
        }
    }

    /// A line for each thing that would follow.
    pub(crate) fn in_words(&self) -> String {
        let mut text = String::new();
        let lists = [
            ("done again", &self.again),
            ("begins anew", &self.restarted),
            ("approval is void", &self.voided),
            ("no longer counts", &self.superseded),
            ("becomes stale", &self.stale),
        ];
        for (what, names) in lists {
            for name in names {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{what:18}{name}");
            }
        }
        if self.partial {
            text.push_str("only a part of the items: delays that count from all of them stay\n");
        }
        let _ = writeln!(text, "confirm with      --confirm {}", self.code);
        text
    }
}
