//! Parts that sentences have in common.

use hardstop_core::{
    event::{OpenItem, RunResult, SkipReason, VoidReason},
    policy::By,
    view::Status,
};

/// How a step came to be left undone.
pub(in super::super) fn skipped(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Condition { condition } => format!("skipped, for this is false: {condition}"),
        SkipReason::Person { by, reason } => format!("skipped by {by}: {reason}"),
    }
}

/// Who says that a step was done outside.
pub(in super::super) fn attested(by: &By, second: Option<&By>, reason: &str) -> String {
    let second = second.map_or_else(
        || "without a second person".to_owned(),
        |second| format!("confirmed by {second}"),
    );
    format!("attested by {by}, {second}: {reason}")
}

/// A result in one word.
pub(in super::super) fn word(result: RunResult) -> &'static str {
    Status::from(result).word()
}

pub(super) fn voided(reason: &VoidReason) -> String {
    match reason {
        VoidReason::Changed { what } => format!("{} changed since", what.join(", ")),
        VoidReason::Expired => "it was not used in time".to_owned(),
        VoidReason::Entitlement { message } => message.clone(),
    }
}

pub(super) fn because(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// What is still open, as a clause.
pub(in super::super) fn still_open(item: &OpenItem) -> String {
    match item {
        OpenItem::Failed { step } => format!("{step} failed and was tolerated"),
        OpenItem::Altered { step } => format!("what {step} altered was not set back"),
        OpenItem::Stale { step } => format!("{step} read what was done again since"),
        OpenItem::Review { step } => format!("breaking the glass of {step} was not reviewed"),
    }
}
