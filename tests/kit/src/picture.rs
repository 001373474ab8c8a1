//! One-line pictures of facts, work and states, for comparison with the text of a test.
//!
//! Instants are given as the time since [`START`]: `@90s`.

use hardstop_core::{
    effect::{Effect, Leg},
    event::{Cause, Event, Found, Impact, Pending, RunResult, SkipReason, VoidReason},
    ids::StepId,
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
#[expect(clippy::wildcard_enum_match_arm, reason = "the others stand in the function below")]
pub fn event(event: &Event) -> String {
    match event {
        Event::RunOpened { by, .. } => format!("opened by={by}"),
        Event::LeaseAcquired { epoch, .. } => format!("lease {}", epoch.0),
        Event::PolicyLoaded { version, revoked, .. } => {
            format!("policy {version}{}", if revoked.is_some() { " revokes" } else { "" })
        }
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
        Event::ItemReopened { step, item, by, .. } => format!("{step} unticked {item} by={by}"),
        Event::WaitStarted { step, since, due } | Event::HardStopStarted { step, since, due } => {
            format!("{step} waits since={} due={}", instant(*since), instant(*due))
        }
        Event::WaitElapsed { step } | Event::HardStopElapsed { step } => format!("{step} elapsed"),
        other => more(other),
    }
}

fn ids(steps: &[StepId]) -> String {
    steps.iter().map(StepId::as_str).collect::<Vec<_>>().join(",")
}

fn impact(impact: &Impact) -> String {
    let part = |word: &str, steps: &[StepId]| {
        if steps.is_empty() { String::new() } else { format!(" {word}={}", ids(steps)) }
    };
    format!(
        "{}{}{}{}{}",
        part("again", &impact.again),
        part("restarted", &impact.restarted),
        part("voided", &impact.voided),
        part("stale", &impact.stale),
        if impact.partial { " partial" } else { "" }
    )
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others stand in the function above")]
fn more(event: &Event) -> String {
    match event {
        Event::CallStarted { step, attempt, .. } => format!("{step} called#{attempt}"),
        Event::CallPending { step, attempt, pending, .. } => {
            let Pending { state, poll_at, .. } = pending;
            format!("{step} goes-on#{attempt} {state} until={}", instant(*poll_at))
        }
        Event::CallProbed { step, attempt, found, .. } => {
            let found = match found {
                Found::NotStarted => "not-started",
                Found::UnderWay => "under-way",
                Found::Over => "over",
                Found::CannotTell { again: false, .. } => "cannot-tell",
                Found::CannotTell { again: true, .. } => "cannot-tell again",
            };
            format!("{step} sought#{attempt} {found}")
        }
        Event::ChildStarted { step, attempt, .. } => format!("{step} runs#{attempt}"),
        Event::AttemptProbed { step, attempt, .. } => format!("{step} probed#{attempt}"),
        Event::ItemsListed { step, items, allowed, .. } => {
            let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
            format!("{step} items={} allowed={allowed}", keys.join(","))
        }
        Event::BlockEntered { step, attempt } => format!("{step} entered#{attempt}"),
        Event::BlockTurned { step, part } => format!("{step} turned {part:?}").to_lowercase(),
        Event::RemedyStarted { step, steps } => format!("{step} remedy={}", ids(steps)),
        Event::BackoutStarted { result, steps } => {
            format!("backout {} {}", result_word(*result), ids(steps))
        }
        Event::LocksRequested { step, names } => {
            format!("{} wants {}", step.as_ref().map_or("run", StepId::as_str), names.join("+"))
        }
        Event::LocksAcquired { step } => {
            format!("{} has its locks", step.as_ref().map_or("run", StepId::as_str))
        }
        Event::LocksReleased { step } => format!("{step} lets its locks go"),
        Event::WindowClosed { step, opens, .. } => {
            format!("{step} closed until={}", opens.map_or("ever".to_owned(), instant))
        }
        Event::WindowOpened { step } => format!("{step} open"),
        Event::WindowOverrun { step } => format!("{step} overruns"),
        Event::StepRerun { step, by, impact: it, .. } => {
            format!("{step} rerun by={by}{}", impact(it))
        }
        Event::StepSentBack { step, to, by, impact: it, .. } => {
            format!("{step} sent-back to={to} by={by}{}", impact(it))
        }
        Event::RunRebased { by, .. } => format!("rebased by={by}"),
        Event::RunClaimed { by, .. } => format!("claimed by={by}"),
        Event::NoteWritten { by, .. } => format!("note by={by}"),
        Event::ApprovalWithdrawn { step, request, by, .. } => {
            format!("{step} withdrawn#{request} by={by}")
        }
        Event::ApprovalLate { step, request, yes, .. } => {
            format!("{step} late#{request} {}", if *yes { "yes" } else { "no" })
        }
        Event::GateReminded { step, request, nth } => format!("{step} reminded#{request} {nth}"),
        Event::GateEscalated { step, request, nth } => format!("{step} escalated#{request} {nth}"),
        Event::DelayMoved { step, since, due } => {
            format!("{step} moved since={} due={}", instant(*since), instant(*due))
        }
        Event::GlassAsked { step, by, .. } => format!("{step} glass by={by}"),
        Event::GlassBroken { step, review_by } => {
            format!("{step} broken review={}", instant(*review_by))
        }
        Event::GlassReviewed { step, by, .. } => format!("{step} reviewed by={by}"),
        Event::ItemWaived { item, by, .. } => format!("{} waived by={by}", item.step()),
        other => panic!("{other:?} has no picture"),
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
        Cause::Action { .. } => "action".to_owned(),
        Cause::Child { result, .. } => format!("child={result}"),
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
        Effect::Perform { step, attempt, leg, .. } => match leg {
            Leg::Begin { recovering: false } => format!("perform {step}#{attempt}"),
            Leg::Begin { recovering: true } => format!("perform {step}#{attempt} recovering"),
            Leg::Poll(pending) => format!("poll {step}#{attempt}{}", instant(pending.poll_at)),
            Leg::Probe => format!("probe {step}#{attempt}"),
        },
        Effect::Lock { step, names } => {
            format!("lock {} {}", step.as_ref().map_or("run", StepId::as_str), names.join("+"))
        }
        Effect::Outputs => "outputs".to_owned(),
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
        StepState::Open { part, .. } => format!("open {part:?}").to_lowercase(),
    }
}

/// How far a run is from its end.
pub fn ending(ending: Ending) -> String {
    match ending {
        Ending::Working => "working".to_owned(),
        Ending::BackingOut(result) => format!("backing-out {}", result_word(result)),
        Ending::Finishing(result) => format!("finishing {}", result_word(result)),
        Ending::Closed(result) => format!("closed {}", result_word(result)),
    }
}
