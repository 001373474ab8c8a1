//! Events of the run as a whole.

use hardstop_core::{event::Event, time::Millis};

use super::words::{because, still_open, word};

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
pub(super) fn sentence(event: &Event) -> String {
    match event {
        Event::RunOpened { runbook, by, .. } => format!("{by} opened the run of {runbook}"),
        Event::LeaseAcquired { epoch, holder } => {
            format!("{holder} took the lease (epoch {})", epoch.0)
        }
        Event::PolicyLoaded { version: 0, .. } => {
            "the solo policy came into force: one person may do and approve everything".to_owned()
        }
        Event::PolicyLoaded { version, revoked, .. } => {
            let rest = revoked.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
            format!("policy version {version} came into force{rest}")
        }
        Event::RunHeld { by, reason } => format!("{by} held the run: {reason}"),
        Event::RunLifted { by, reason } => {
            format!("{by} lifted the hold{}", because(reason.as_deref()))
        }
        Event::RunRebased { by, reason, commit, .. } => {
            format!("{by} had the run go on at commit {commit}: {reason}")
        }
        Event::RunClaimed { by, note } => {
            format!("{by} took over the care of the run{}", because(note.as_deref()))
        }
        Event::NoteWritten { step, by, text } => {
            let about = step.as_ref().map(|step| format!(" on {step}")).unwrap_or_default();
            format!("{by} left a note{about}: {text}")
        }
        Event::ItemWaived { item, by, reason } => {
            format!("{by} waived that {}: {reason}", still_open(item))
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
        Event::RunClosed { result, took, .. } => {
            format!("the run was closed as {} after {took}", word(*result))
        }
        _ => String::new(),
    }
}
