//! What a leg came to, held against what it must come to.

use std::collections::BTreeSet;

use hardstop_engine::documents::sanitise::line;
use hardstop_ports::plugin::{Answer, Ended, Failure};
use hardstop_runbook::{
    action::{Action, unfit},
    exchanges::{Complaint, Failing, Leg, Outcome},
};
use serde_json::Value;

use super::world::{complaint, shown};
use crate::output::TEXT_MAX;

/// Characters that a complaint shows of what a guest printed.
const PRINTED_CHARS_MAX: usize = 2_000;

/// All that did not come out as expected.
///
/// * `name`: what people call the leg.
pub(super) fn judge(name: &str, leg: &Leg, ended: &Ended, action: &Action) -> Vec<Complaint> {
    let (wanted, place) = &leg.outcome;
    let mut found = Vec::new();
    let mut say = |message: String, help: Option<String>| {
        found.push(complaint(place.clone(), message, help));
    };
    if let Answer::Done(output) = &ended.answer {
        let value = serde_json::from_str(&output.value).unwrap_or_default();
        for why in unfit(&action.output, "output", &value) {
            say(format!("{name} gave what its schema does not allow: {why}"), None);
        }
    }
    if !is_as(wanted, &ended.answer) {
        let said = format!("{name} {}", came(&ended.answer));
        say(said, Some(format!("it must {}{}", must(wanted), printed(&ended.printed))));
    }
    let link = match &ended.answer {
        Answer::Done(output) => output.link.as_deref(),
        Answer::Pending(pending) => pending.link.as_deref(),
        Answer::Failed(_)
        | Answer::NotStarted
        | Answer::Over(_)
        | Answer::CannotTell(_)
        | Answer::Cancelled => None,
    };
    if let Some(wanted) = leg.link.as_deref().filter(|wanted| link != Some(*wanted)) {
        let given = link.map_or_else(|| "no link".to_owned(), |link| format!("the link `{link}`"));
        say(format!("{name} gives {given}"), Some(format!("expected is `{wanted}`")));
    }
    let kept: BTreeSet<String> = ended.artifacts.keys().cloned().collect();
    if let Some(wanted) = leg.artifacts.as_ref().filter(|wanted| **wanted != kept) {
        let list = |names: &BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if names.is_empty() { "no file".to_owned() } else { names.join(", ") }
        };
        say(format!("{name} keeps {}", list(&kept)), Some(format!("expected: {}", list(wanted))));
    }
    found
}

fn is_as(wanted: &Outcome, answer: &Answer) -> bool {
    let is_failing = |wanted: &Failing, failure: &Failure| {
        wanted.code == failure.code
            && wanted.message.as_ref().is_none_or(|part| failure.message.contains(part))
            && wanted.retryable.is_none_or(|retryable| retryable == failure.retryable)
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (wanted, answer) {
        (Outcome::Done(outputs), Answer::Done(output)) => {
            json(&output.value) == Some(Value::Object(outputs.clone()))
        }
        (Outcome::Pending { state, poll_after, note }, Answer::Pending(pending)) => {
            state.as_ref().is_none_or(|state| json(&pending.state).as_ref() == Some(state))
                && poll_after.is_none_or(|it| u128::from(it.0) == pending.poll_after.as_millis())
                && note.as_ref().is_none_or(|note| pending.note.as_ref() == Some(note))
        }
        (Outcome::Failed(wanted), Answer::Failed(failure))
        | (Outcome::Over(wanted), Answer::Over(failure)) => is_failing(wanted, failure),
        (Outcome::CannotTell(part), Answer::CannotTell(why)) => why.contains(part),
        (Outcome::NotStarted, Answer::NotStarted) | (Outcome::Cancelled, Answer::Cancelled) => true,
        (
            Outcome::Done(_)
            | Outcome::Pending { .. }
            | Outcome::Failed(_)
            | Outcome::Over(_)
            | Outcome::NotStarted
            | Outcome::CannotTell(_)
            | Outcome::Cancelled,
            _,
        ) => false,
    }
}

/// What a call came to, after its name.
fn came(answer: &Answer) -> String {
    let failure = |it: &Failure| {
        let again = if it.retryable { ", retryable" } else { "" };
        format!("`{}`{again}: {}", it.code, it.message)
    };
    let said = match answer {
        Answer::Done(output) => format!("is done: {}", output.value),
        Answer::Pending(it) => {
            let note =
                it.note.as_deref().map(|note| format!(", note `{note}`")).unwrap_or_default();
            format!("goes on: {} after {:?}{note}", it.state, it.poll_after)
        }
        Answer::Failed(it) => format!("failed with {}", failure(it)),
        Answer::Over(it) => format!("found that it had failed with {}", failure(it)),
        Answer::NotStarted => "found that it had never begun".to_owned(),
        Answer::CannotTell(why) => format!("cannot tell: {why}"),
        Answer::Cancelled => "is ended".to_owned(),
    };
    line(&said, TEXT_MAX)
}

/// What it must come to.
fn must(wanted: &Outcome) -> String {
    let failing = |it: &Failing| {
        let again = match it.retryable {
            Some(true) => ", retryable",
            Some(false) => ", not retryable",
            None => "",
        };
        let part = it.message.as_deref().map(|part| format!(": …{part}…")).unwrap_or_default();
        format!("`{}`{again}{part}", it.code)
    };
    let said = match wanted {
        Outcome::Done(outputs) => format!("be done: {}", Value::Object(outputs.clone())),
        Outcome::Pending { state, poll_after, note } => {
            let state = state.as_ref().map(|state| format!(": {state}")).unwrap_or_default();
            let after = poll_after.map(|after| format!(" after {after}")).unwrap_or_default();
            let note = note.as_deref().map(|note| format!(", note `{note}`")).unwrap_or_default();
            format!("go on{state}{after}{note}")
        }
        Outcome::Failed(it) => format!("fail with {}", failing(it)),
        Outcome::Over(it) => format!("find that it had failed with {}", failing(it)),
        Outcome::NotStarted => "find that it had never begun".to_owned(),
        Outcome::CannotTell(part) => format!("not be able to tell: …{part}…"),
        Outcome::Cancelled => "be ended".to_owned(),
    };
    line(&said, TEXT_MAX)
}

fn printed(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let text = shown(text.trim(), PRINTED_CHARS_MAX);
    if text.is_empty() { text } else { format!("\nthe plugin printed:\n{text}") }
}
