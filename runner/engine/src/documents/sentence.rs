//! Every event as one sentence of plain text, for a timeline.

use hardstop_core::{
    event::{Event, Lost, RunResult, SkipReason, VoidReason},
    policy::By,
    time::Millis,
    view::{Status, describe},
};

/// What happened, without when.
///
/// Text from outside is in it as it came: whoever shows it passes it through
/// [`sanitise`](super::sanitise) first.
pub fn sentence(event: &Event) -> String {
    match event {
        Event::RunOpened { .. }
        | Event::LeaseAcquired { .. }
        | Event::PolicyLoaded { .. }
        | Event::RunHeld { .. }
        | Event::RunLifted { .. }
        | Event::ClockAnomaly { .. }
        | Event::EvidenceBlocked { .. }
        | Event::EvidenceUnblocked {}
        | Event::AbortRequested { .. }
        | Event::RunEnding { .. }
        | Event::RunClosed { .. } => of_run(event),
        Event::AttemptStarted { .. }
        | Event::AttemptFailed { .. }
        | Event::AttemptLost { .. }
        | Event::BackoffElapsed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::StepRetried { .. }
        | Event::StepAttested { .. }
        | Event::AttestationOffered { .. } => of_step(event),
        Event::ChecklistOpened { .. }
        | Event::ItemTicked { .. }
        | Event::GateReached { .. }
        | Event::ApprovalAccepted { .. }
        | Event::ApprovalRefused { .. }
        | Event::ApprovalVoided { .. }
        | Event::GateSatisfied { .. }
        | Event::GateRejected { .. }
        | Event::GateExpired { .. }
        | Event::WaitStarted { .. }
        | Event::WaitElapsed { .. }
        | Event::HardStopStarted { .. }
        | Event::HardStopElapsed { .. } => of_gate(event),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
fn of_run(event: &Event) -> String {
    match event {
        Event::RunOpened { runbook, by, .. } => format!("{by} opened the run of {runbook}"),
        Event::LeaseAcquired { epoch, holder } => {
            format!("{holder} took the lease (epoch {})", epoch.0)
        }
        Event::PolicyLoaded { version: 0, .. } => {
            "the solo policy came into force: one person may do and approve everything".to_owned()
        }
        Event::PolicyLoaded { version, .. } => format!("policy version {version} came into force"),
        Event::RunHeld { by, reason } => format!("{by} held the run: {reason}"),
        Event::RunLifted { by, reason } => {
            format!("{by} lifted the hold{}", because(reason.as_deref()))
        }
        Event::ClockAnomaly { jump_ms, held } => {
            let way = if *jump_ms < 0 { "back" } else { "ahead" };
            let rest = if *held { "; the run is held" } else { "" };
            format!("the clock was moved {way} by {}{rest}", Millis(jump_ms.unsigned_abs()))
        }
        Event::EvidenceBlocked { reason } => format!("evidence could not be committed: {reason}"),
        Event::EvidenceUnblocked {} => "evidence can be committed again".to_owned(),
        Event::AbortRequested { by, reason } => {
            format!("{by} asked for an early end: {reason}")
        }
        Event::RunEnding { result } => format!("the result is decided: {}", word(*result)),
        Event::RunClosed { result, took } => {
            format!("the run was closed as {} after {took}", word(*result))
        }
        _ => String::new(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
fn of_step(event: &Event) -> String {
    match event {
        Event::AttemptStarted { step, attempt, deadline, .. } => {
            format!("{step}: attempt {attempt} started, to end by {deadline}")
        }
        Event::AttemptFailed { step, attempt, cause, retry_at, .. } => {
            let next = retry_at.map(|at| format!("; the next is due at {at}")).unwrap_or_default();
            format!("{step}: attempt {attempt} {}{next}", describe(cause))
        }
        Event::AttemptLost { step, attempt, cause: Lost::RunnerGone, again } => {
            let next = if *again { "; it is tried again" } else { "; a person must say" };
            format!("{step}: the runner went away during attempt {attempt}{next}")
        }
        Event::BackoffElapsed { step } => format!("{step}: the delay between attempts is over"),
        Event::StepSucceeded { step, attempt, outputs, artifacts } => {
            let values: Vec<_> =
                outputs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let values = values.join(", ");
            let outputs = if values.is_empty() { values } else { format!("; {values}") };
            let files = artifacts.len();
            format!("{step}: succeeded (attempt {attempt}, evidence files: {files}{outputs})")
        }
        Event::StepFailed { step, attempt, cause } => {
            format!("{step}: {} (attempt {attempt}, and no more by itself)", describe(cause))
        }
        Event::StepSkipped { step, reason } => format!("{step}: {}", skipped(reason)),
        Event::StepRetried { step, after, by, reason } => {
            format!(
                "{step}: {by} asked for one more attempt after {after}{}",
                because(reason.as_deref())
            )
        }
        Event::StepAttested { step, by, second, reason, .. } => {
            format!("{step}: {}", attested(by, second.as_ref(), reason))
        }
        Event::AttestationOffered { step, by, reason, .. } => {
            format!("{step}: {by} says that it was done outside, to be confirmed: {reason}")
        }
        _ => String::new(),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
fn of_gate(event: &Event) -> String {
    match event {
        Event::ChecklistOpened { step, items, deadline, .. } => {
            format!("{step}: put before people until {deadline}, items: {}", items.len())
        }
        Event::ItemTicked { step, item, value, by, .. } => {
            format!("{step}: {by} answered {item}: {value}")
        }
        Event::GateReached { step, request, digest, expires, .. } => {
            let code = digest.code();
            format!("{step}: request {request} written, code {code}, until {expires}")
        }
        Event::ApprovalAccepted { step, request, by, comment } => {
            format!("{step}: {by} said yes to request {request}{}", because(comment.as_deref()))
        }
        Event::ApprovalRefused { step, request, actor, reason } => {
            let email = &actor.email;
            format!("{step}: the answer of {email} to request {request} does not count: {reason}")
        }
        Event::ApprovalVoided { step, request, reason } => {
            format!("{step}: request {request} is void: {}", voided(reason))
        }
        Event::GateSatisfied { step, request, valid_until } => {
            format!("{step}: request {request} is approved, to be used by {valid_until}")
        }
        Event::GateRejected { step, request, by, reason } => {
            format!("{step}: {by} said no to request {request}: {reason}")
        }
        Event::GateExpired { step, request } => {
            format!("{step}: nobody answered request {request} in time")
        }
        Event::WaitStarted { step, since, due } | Event::HardStopStarted { step, since, due } => {
            format!("{step}: began, counted from {since}, due at {due}")
        }
        Event::WaitElapsed { step } | Event::HardStopElapsed { step } => {
            format!("{step}: its time has passed")
        }
        _ => String::new(),
    }
}

/// How a step came to be left undone.
pub(super) fn skipped(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Condition { condition } => format!("skipped, for this is false: {condition}"),
        SkipReason::Person { by, reason } => format!("skipped by {by}: {reason}"),
    }
}

/// Who says that a step was done outside.
pub(super) fn attested(by: &By, second: Option<&By>, reason: &str) -> String {
    let second = second.map_or_else(
        || "without a second person".to_owned(),
        |second| format!("confirmed by {second}"),
    );
    format!("attested by {by}, {second}: {reason}")
}

/// A result in one word.
pub(super) fn word(result: RunResult) -> &'static str {
    Status::from(result).word()
}

fn voided(reason: &VoidReason) -> String {
    match reason {
        VoidReason::Changed { what } => format!("{} changed since", what.join(", ")),
        VoidReason::Expired => "it was not used in time".to_owned(),
        VoidReason::Entitlement { message } => message.clone(),
    }
}

fn because(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}
