//! What was asked for: the compiled form of a runbook.
//!
//! A [`Plan`] is made once, when a run is opened, and kept with the run as `plan.json`. A run in
//! flight never reads YAML again, so a newer parser cannot change what an old run means.

mod call;
mod gate;
mod grants;
mod group;
mod plan;
mod step;

pub use call::{Child, ChildPlan, PinnedPlugin, Poll, Uses};
pub use gate::{
    Anchor, AnchorPoint, Approval, ApprovalGroup, AttemptRule, Bound, BreakGlass, Delay,
    Escalation, OnRejected, OnTimeout, SeparatedRole, Until,
};
pub use grants::{Caps, Grants, HttpGrant, SecretGrant, programs};
pub use group::{Budget, Expect, ForEach, OnExceeded, Part, Within};
pub use plan::{Concurrency, Input, InputKind, OnConflict, Phase, Plan, PlannedWindow, Secret};
pub use step::{
    AfterRemedy, Capture, CapturePattern, Checklist, EvidenceFile, Item, ItemKind, OnFailure,
    Program, Retry, RetryOn, Run, Shell, Step, StepKind, Tries,
};
