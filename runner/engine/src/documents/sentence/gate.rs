//! Events of checklists, approvals, waits and hard stops.

use hardstop_core::event::Event;

use super::words::{because, voided};

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
pub(super) fn sentence(event: &Event) -> String {
    match event {
        Event::ChecklistOpened { step, items, deadline, .. } => {
            format!("{step}: put before people until {deadline}, items: {}", items.len())
        }
        Event::ItemTicked { step, item, value, by, .. } => {
            format!("{step}: {by} answered {item}: {value}")
        }
        Event::ItemReopened { step, item, by, reason } => {
            format!("{step}: {by} took the answer to {item} back: {reason}")
        }
        Event::GateReached { step, request, digest, expires, .. } => {
            let code = digest.code();
            format!("{step}: request {request} written, code {code}, until {expires}")
        }
        Event::GateReminded { step, request, nth } => {
            format!("{step}: reminder {nth} of request {request}")
        }
        Event::GateEscalated { step, request, nth } => {
            format!("{step}: escalation {nth} of request {request}: more people may answer")
        }
        Event::ApprovalAccepted { step, request, by, comment, from, .. } => {
            let from = from.map(|at| format!(", to count from {at}")).unwrap_or_default();
            let comment = because(comment.as_deref());
            format!("{step}: {by} said yes to request {request}{from}{comment}")
        }
        Event::ApprovalWithdrawn { step, request, by, reason } => {
            format!("{step}: {by} took their yes to request {request} back: {reason}")
        }
        Event::ApprovalLate { step, request, actor, yes } => {
            let answer = if *yes { "yes" } else { "no" };
            let email = &actor.email;
            format!("{step}: {email} said {answer} to request {request} once it was decided")
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
        Event::DelayMoved { step, since, due } => {
            format!("{step}: begins anew, counted from {since}, due at {due}")
        }
        Event::GlassAsked { step, by, reason } => {
            format!("{step}: {by} asked for it to be ended early: {reason}")
        }
        Event::GlassBroken { step, review_by } => {
            format!("{step}: ended early by breaking the glass; the review is due by {review_by}")
        }
        Event::GlassReviewed { step, by, finding } => {
            format!("{step}: {by} reviewed that it was ended early: {finding}")
        }
        _ => String::new(),
    }
}
