//! Events of steps that do something.

use std::collections::BTreeMap;

use hardstop_core::{
    event::{Event, Found, Lost, Pending},
    value::Value,
    view::{describe, said},
};

use super::words::{attested, because, skipped};

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
pub(super) fn sentence(event: &Event) -> String {
    match event {
        Event::AttemptStarted { step, attempt, deadline, .. } => {
            format!("{step}: attempt {attempt} started, to end by {deadline}")
        }
        Event::CallStarted { step, attempt, call, deadline } => {
            let action = &call.action;
            format!("{step}: attempt {attempt} started with {action}, to end by {deadline}")
        }
        Event::ChildStarted { step, attempt, child } => {
            format!("{step}: attempt {attempt} started run {} of {}", child.run, child.path)
        }
        Event::AttemptProbed { step, attempt, outputs, cause, .. } => {
            let found = cause.as_ref().map_or_else(|| values(outputs), describe);
            let found = if found.is_empty() { found } else { format!(": {found}") };
            format!("{step}: asked in attempt {attempt}, not yet as it must be{found}")
        }
        Event::CallPending { step, attempt, pending, .. } => {
            let Pending { poll_at, note, link, .. } = pending;
            let said = said(note.as_deref(), link.as_deref());
            format!("{step}: attempt {attempt} goes on, asked again at {poll_at}{said}")
        }
        Event::CallProbed { step, attempt, found, .. } => {
            let found = match found {
                Found::NotStarted => "it never began, and begins now".to_owned(),
                Found::UnderWay => "it goes on".to_owned(),
                Found::Over => "it is over".to_owned(),
                Found::CannotTell { message, again: true } => {
                    format!("nobody can tell ({message}); it is tried again")
                }
                Found::CannotTell { message, again: false } => {
                    format!("nobody can tell ({message}); a person must say")
                }
            };
            format!("{step}: looked for attempt {attempt}: {found}")
        }
        Event::AttemptFailed { step, attempt, cause, retry_at, .. } => {
            let next = retry_at.map(|at| format!("; the next is due at {at}")).unwrap_or_default();
            format!("{step}: attempt {attempt} {}{next}", describe(cause))
        }
        Event::AttemptLost { step, attempt, cause: Lost::RunnerGone, again } => {
            let next =
                if *again { "; it is tried again" } else { "; nobody knows what became of it" };
            format!("{step}: the runner went away during attempt {attempt}{next}")
        }
        Event::BackoffElapsed { step } => format!("{step}: the delay between attempts is over"),
        Event::StepSucceeded { step, attempt, outputs, artifacts } => {
            let values = values(outputs);
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

fn values(outputs: &BTreeMap<String, Value>) -> String {
    let values = outputs.iter().map(|(name, value)| format!("{name}={value}"));
    values.collect::<Vec<_>>().join(", ")
}
