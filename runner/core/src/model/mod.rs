//! What was asked for: the compiled form of a runbook.
//!
//! A [`Plan`] is made once, when a run is opened, and kept with the run as `plan.json`. A run in
//! flight never reads YAML again, so a newer parser cannot change what an old run means.

mod plan;
mod step;

pub use plan::{Input, InputKind, Phase, Plan, Secret};
pub use step::{
    Anchor, AnchorPoint, Approval, Capture, CapturePattern, Checklist, Delay, EvidenceFile, Item,
    ItemKind, OnFailure, OnRejected, OnTimeout, Program, Retry, RetryOn, Run, SeparatedRole, Shell,
    Step, StepKind, Until,
};
