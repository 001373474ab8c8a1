//! What a run waits for, as sentences that stay true however late they are read.

use hardstop_core::{
    policy::Subject,
    run::RunState,
    view::{Need, Waiting, describe, said, waiting},
};
use serde::Serialize;

use super::sentence::still_open;

/// One thing a run waits for, and the commands that give it.
#[derive(Serialize)]
pub(super) struct Wait {
    text: String,
    commands: Vec<String>,
}

/// Everything the run waits for.
pub(super) fn of(state: &RunState) -> Vec<Wait> {
    let run = state.header().run.short();
    let wait = |open: &Waiting| Wait { text: sentence(open), commands: open.commands(run) };
    waiting(state).iter().map(wait).collect()
}

fn sentence(open: &Waiting) -> String {
    let step = open.step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
    let need = match &open.need {
        Need::Answers { items, assignees, until } => {
            let items = items.len();
            format!("items without an answer: {items}, asked of {}, until {until}", all(assignees))
        }
        Need::Approval { code, approvers, given, wanted, until, .. } => {
            let (given, approvers) = (given.len(), all(approvers));
            format!("request {code}: {given} of {wanted} yes, asked of {approvers}, until {until}")
        }
        Need::Verb { attempt, cause, tolerated } => {
            let rest =
                if *tolerated { "; tolerated, but to be settled before the end" } else { "" };
            format!("{} (attempt {attempt}){rest}", describe(cause))
        }
        Need::Word { attempt, why } => {
            let why = why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            format!(
                "the runner went away during attempt {attempt}; a person must say what became of it{why}"
            )
        }
        Need::Confirmation { first } => {
            format!("{first} says that it was done outside; a second person must confirm it")
        }
        Need::Time { until, hard: true } => format!("stopped until {until}; nobody can skip it"),
        Need::Time { until, hard: false } => format!("time to pass until {until}"),
        Need::NextAttempt { at } => format!("the next attempt at {at}"),
        Need::Window { opens: Some(opens), because } => format!("closed until {opens}: {because}"),
        Need::Window { opens: None, because } => {
            format!("closed, nobody knows until when: {because}")
        }
        Need::Locks { names } => format!("what others hold: {}", names.join(", ")),
        Need::Run { run, path } => format!("run {run} of {path} to end"),
        Need::Action { poll_at, note, link } => {
            let said = said(note.as_deref(), link.as_deref());
            format!("an action that goes on, asked again at {poll_at}{said}")
        }
        Need::Turn { group } => format!("an earlier run of {group} to end"),
        Need::Settlement { item, .. } => {
            format!("to be settled or waived before the end: {}", still_open(item))
        }
        Need::Lift { by, reason } => format!("the hold by {by} to be lifted: {reason}"),
        Need::Revision { revocation } => {
            format!("{revocation}; a newer commit of it, or an early end")
        }
        Need::Clock => "the clock went back; set it right, then lift the hold".to_owned(),
        Need::Storage { reason } => format!("evidence cannot be committed: {reason}"),
    };
    format!("{step}{need}")
}

fn all(subjects: &[Subject]) -> String {
    if subjects.is_empty() {
        return "anyone the policy allows".to_owned();
    }
    subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}
