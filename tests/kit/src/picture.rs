//! One-line pictures of facts, work and states, for comparison with the text of a test.
//!
//! Instants are given as the time since [`START`]: `@90s`.

use hardstop_core::{
    effect::Effect,
    event::{Cause, Event, RunResult, SkipReason, VoidReason},
    run::{Ending, StepState},
    time::Timestamp,
};

/// Where every bench begins: 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// An instant as the time since [`START`], exactly.
pub fn instant(at: Timestamp) -> String {
    let ms = at.as_millis() - START.as_millis();
    match ms {
        _ if ms != 0 && ms % 3_600_000 == 0 => format!("@{}h", ms / 3_600_000),
        _ if ms % 1_000 == 0 => format!("@{}s", ms / 1_000),
        _ => format!("@{ms}ms"),
    }
}

/// An event: what happened, and what is worth knowing about it.
pub fn event(event: &Event) -> String {
    match event {
        Event::RunOpened { by, .. } => format!("opened by={by}"),
        Event::LeaseAcquired { epoch, .. } => format!("lease {}", epoch.0),
        Event::PolicyLoaded { version, .. } => format!("policy {version}"),
        Event::RunHeld { by, .. } => format!("held by={by}"),
        Event::RunLifted { by, .. } => format!("lifted by={by}"),
        Event::ClockAnomaly { jump_ms, held } => {
            format!("clock {jump_ms:+}ms{}", if *held { " held" } else { "" })
        }
        Event::EvidenceBlocked { .. } => "evidence blocked".to_owned(),
        Event::EvidenceUnblocked {} => "evidence unblocked".to_owned(),
        Event::AbortRequested { by, .. } => format!("abort by={by}"),
        Event::RunEnding { result } => format!("ending {}", result_word(*result)),
        Event::RunClosed { result, .. } => format!("closed {}", result_word(*result)),
        Event::GateReached { step, request, expires, .. } => {
            format!("{step} asked#{request} until={}", instant(*expires))
        }
        Event::ApprovalAccepted { step, request, by, .. } => {
            format!("{step} yes#{request} by={by}")
        }
        Event::ApprovalRefused { step, request, reason, .. } => {
            format!("{step} not-counted#{request} {reason}")
        }
        Event::ApprovalVoided { step, request, reason } => {
            format!("{step} void#{request} {}", void(reason))
        }
        Event::GateSatisfied { step, request, valid_until } => {
            format!("{step} satisfied#{request} until={}", instant(*valid_until))
        }
        Event::GateRejected { step, request, by, .. } => format!("{step} no#{request} by={by}"),
        Event::GateExpired { step, request } => format!("{step} expired#{request}"),
        Event::AttemptStarted { step, attempt, deadline, .. } => {
            format!("{step} started#{attempt} by={}", instant(*deadline))
        }
        Event::AttemptFailed { step, attempt, cause: why, retry_at, .. } => {
            let retry = retry_at.map(|at| format!(" retry={}", instant(at))).unwrap_or_default();
            format!("{step} missed#{attempt} {}{retry}", cause(why))
        }
        Event::AttemptLost { step, attempt, again, .. } => {
            format!("{step} lost#{attempt}{}", if *again { " again" } else { "" })
        }
        Event::BackoffElapsed { step } => format!("{step} due-again"),
        Event::StepSucceeded { step, attempt, .. } => format!("{step} succeeded#{attempt}"),
        Event::StepFailed { step, attempt, cause: why } => {
            format!("{step} failed#{attempt} {}", cause(why))
        }
        Event::StepSkipped { step, reason } => match reason {
            SkipReason::Condition { .. } => format!("{step} skipped by condition"),
            SkipReason::Person { by, .. } => format!("{step} skipped by={by}"),
        },
        Event::StepRetried { step, after, by, .. } => format!("{step} retried#{after} by={by}"),
        Event::StepAttested { step, by, second, .. } => match second {
            Some(second) => format!("{step} attested by={by} and={second}"),
            None => format!("{step} attested by={by}"),
        },
        Event::AttestationOffered { step, by, .. } => format!("{step} offered by={by}"),
        Event::ChecklistOpened { step, attempt, deadline, .. } => {
            format!("{step} opened#{attempt} by={}", instant(*deadline))
        }
        Event::ItemTicked { step, item, by, .. } => format!("{step} ticked {item} by={by}"),
        Event::WaitStarted { step, since, due } | Event::HardStopStarted { step, since, due } => {
            format!("{step} waits since={} due={}", instant(*since), instant(*due))
        }
        Event::WaitElapsed { step } | Event::HardStopElapsed { step } => format!("{step} elapsed"),
        other => format!("{other:?}"),
    }
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Exit { code } => format!("exit={code}"),
        Cause::Signal { signal } => format!("signal={signal}"),
        Cause::TimedOut => "timed-out".to_owned(),
        Cause::Aborted => "aborted".to_owned(),
        Cause::Interrupted => "interrupted".to_owned(),
        Cause::NotStarted { .. } => "not-started".to_owned(),
        Cause::NotGranted { .. } => "not-granted".to_owned(),
        Cause::Unresolved { .. } => "unresolved".to_owned(),
        Cause::Capture { .. } => "capture".to_owned(),
        Cause::Evidence { .. } => "evidence".to_owned(),
        Cause::Storage { .. } => "storage".to_owned(),
        Cause::Rejected => "rejected".to_owned(),
        _ => "other".to_owned(),
    }
}

fn void(reason: &VoidReason) -> String {
    match reason {
        VoidReason::Changed { what } => format!("changed: {}", what.join(", ")),
        VoidReason::Expired => "expired".to_owned(),
        VoidReason::Entitlement { message } => format!("entitlement: {message}"),
    }
}

fn result_word(result: RunResult) -> &'static str {
    match result {
        RunResult::Succeeded => "succeeded",
        RunResult::Incomplete => "incomplete",
        RunResult::Failed => "failed",
        RunResult::Aborted => "aborted",
    }
}

/// A piece of work: its kind, its step and its attempt or instant.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Resolve { step, attempt } => format!("resolve {step}#{attempt}"),
        Effect::Perform { step, attempt, .. } => format!("perform {step}#{attempt}"),
        Effect::Lock { .. } => "lock".to_owned(),
        Effect::Wake { step, at } => format!("wake {step}{}", instant(*at)),
    }
}

/// A step's state in one word, with its attempt or request.
pub fn state(state: &StepState) -> String {
    match state {
        StepState::Pending => "pending".to_owned(),
        StepState::Running { attempt, .. } => format!("running#{attempt}"),
        StepState::Backoff { .. } => "backoff".to_owned(),
        StepState::Ticking { attempt, .. } => format!("ticking#{attempt}"),
        StepState::Asking { request, .. } => format!("asking#{request}"),
        StepState::Approved { request, .. } => format!("approved#{request}"),
        StepState::Delaying { .. } => "delaying".to_owned(),
        StepState::Failed { attempt, .. } => format!("failed#{attempt}"),
        StepState::Unknown { attempt } => format!("unknown#{attempt}"),
        StepState::Succeeded { attempt } => format!("succeeded#{attempt}"),
        StepState::Skipped { .. } => "skipped".to_owned(),
        StepState::Attested { .. } => "attested".to_owned(),
    }
}

/// How far a run is from its end.
pub fn ending(ending: Ending) -> String {
    match ending {
        Ending::Working => "working".to_owned(),
        Ending::Finishing(result) => format!("finishing {}", result_word(result)),
        Ending::Closed(result) => format!("closed {}", result_word(result)),
    }
}
