//! Why a run does not move, in one sentence.

use std::fmt::Write as _;

use super::{GroupNeed, Need, OpenQuestion, Status, Waiting, status, waiting};
use crate::{
    event::{Cause, OpenItem},
    policy::{By, Subject},
    run::RunState,
    time::Timestamp,
};

/// One sentence: what the run waits for, since when, until when, who can move it, and with which
/// command. A run with several branches gets one sentence a branch.
pub fn why(state: &RunState, now: Timestamp) -> String {
    let run = state.header().run.short();
    let all = waiting(state);
    if all.is_empty() {
        let status = status(state);
        return if status == Status::Running {
            format!("run {run} can go on; nobody is moving it: hardstop advance {run}")
        } else {
            format!("run {run} is over: {status}")
        };
    }
    let with_command = |open: &Waiting| match open.commands(run).first() {
        Some(command) => format!("{}: {command}", reason(open, run, now)),
        None => reason(open, run, now),
    };
    all.iter().map(with_command).collect::<Vec<_>>().join("\n")
}

/// What [`why`] says, without the commands: for those who list these beside it. Empty for a run
/// that waits for nothing.
pub fn reasons(state: &RunState, now: Timestamp) -> Vec<String> {
    let run = state.header().run.short();
    waiting(state).iter().map(|open| reason(open, run, now)).collect()
}

fn reason(open: &Waiting, run: &str, now: Timestamp) -> String {
    let mut text = need(open, run, now);
    if let Some(since) = open.since.filter(|_| open.is_for_people()) {
        // Writing to a String cannot fail.
        let _ = write!(text, ", since {}", since.to_the_second());
    }
    text
}

fn need(open: &Waiting, run: &str, now: Timestamp) -> String {
    let step = open.step.as_ref().map(ToString::to_string).unwrap_or_default();
    match &open.need {
        Need::Answers { items, assignees, until } => {
            let (wanted, until) = (answers(items), until.to_the_second());
            let whom = people(assignees);
            format!("run {run} waits for {wanted} to checklist `{step}` from {whom}, until {until}")
        }
        Need::Approval { approvers, given, deferred, wanted, groups, until, .. } => {
            let until = until.to_the_second();
            let (given, later) = (given.len(), later(deferred, now));
            let whom = missing(approvers, groups);
            format!(
                "run {run} waits for approval `{step}`: {given} of {wanted} given{later}, {whom}, until {until}"
            )
        }
        Need::Verb { attempt, cause, tolerated } => {
            let rest = if *tolerated { "; the run goes on but cannot end" } else { "" };
            format!("run {run} is paused: `{step}` {} (attempt {attempt}){rest}", describe(cause))
        }
        Need::Word { attempt, why } => format!(
            "run {run} is paused: the runner went away during attempt {attempt} of `{step}`, and nobody can tell whether it happened{}",
            in_brackets(why.as_deref())
        ),
        Need::Confirmation { first } => format!(
            "run {run} is paused: `{first}` attested `{step}`, and a second person must confirm it"
        ),
        Need::Time { until, hard } => format!(
            "run {run} waits at {} `{step}` until {} ({} left){}",
            if *hard { "hard stop" } else { "wait" },
            until.to_the_second(),
            until.since(now),
            if *hard { "; nobody can skip it" } else { "" }
        ),
        Need::NextAttempt { at } => {
            let (at, left) = (at.to_the_second(), at.since(now));
            format!("run {run} tries `{step}` again at {at} ({left} left)")
        }
        Need::Window { opens, because } => {
            format!("run {run} may not start `{step}`{}: {because}", opening(*opens, now))
        }
        Need::Locks { names } => format!("run {run} waits with `{step}` for {}", names.join(", ")),
        Need::Run { run: child, path } => {
            format!("run {run} waits at `{step}` for run {} of {path}", child.short())
        }
        Need::Action { poll_at, note, link } => format!(
            "run {run} waits for `{step}`, asked again at {} ({} left){}",
            poll_at.to_the_second(),
            poll_at.since(now),
            said(note.as_deref(), link.as_deref())
        ),
        Need::Turn { group } => {
            format!("run {run} waits for its turn: another run of group `{group}` is under way")
        }
        Need::Settlement { item, until } => {
            format!("run {run} cannot end: {}{}", still_open(item, &step), due_by(*until, now))
        }
        Need::Lift { by, reason } => format!("run {run} is held by `{by}`: {reason}"),
        Need::Clock => format!(
            "run {run} is held because the clock of this machine went back; set it right first"
        ),
        Need::Revision { revocation } => format!(
            "run {run} is paused: {revocation}; what is under way ends, and nothing new starts on this \
             runbook"
        ),
        Need::Storage { reason } => {
            format!("run {run} is paused: evidence cannot be committed: {reason}")
        }
    }
}

/// By when something should be settled, as the end of a sentence.
fn due_by(until: Option<Timestamp>, now: Timestamp) -> String {
    let Some(until) = until else { return String::new() };
    let overdue = if now > until { ", which is past" } else { "" };
    format!(" by {}{overdue}", until.to_the_second())
}

/// What an action said of itself, as the end of a sentence.
pub fn said(note: Option<&str>, link: Option<&str>) -> String {
    let note = note.map(|note| format!(": {note}")).unwrap_or_default();
    format!("{note}{}", in_brackets(link))
}

/// When a window opens, as the middle of a sentence.
fn opening(opens: Option<Timestamp>, now: Timestamp) -> String {
    opens.map_or("; no time is known at which it may".to_owned(), |opens| {
        format!(" until {} ({} left)", opens.to_the_second(), opens.since(now))
    })
}

fn in_brackets(text: Option<&str>) -> String {
    text.map(|text| format!(" ({text})")).unwrap_or_default()
}

/// How many answers are needed, in words.
fn answers(items: &[OpenQuestion]) -> String {
    let required = items.iter().filter(|item| !item.optional).count();
    format!("{required} answer{}", if required == 1 { "" } else { "s" })
}

fn still_open(item: &OpenItem, step: &str) -> String {
    match item {
        OpenItem::Failed { .. } => format!("the failure of `{step}` is not settled"),
        OpenItem::Altered { .. } => format!("what `{step}` changed was not set or taken back"),
        OpenItem::Stale { .. } => format!("`{step}` read what was done again since"),
        OpenItem::Review { .. } => {
            format!("hard stop `{step}` was ended early, and its review is due")
        }
    }
}

/// Whose yes does not count yet, and from when it does.
fn later(deferred: &[(By, Timestamp)], now: Timestamp) -> String {
    let not_yet = deferred.iter().filter(|(_, from)| *from > now);
    let each = not_yet.map(|(by, from)| format!("`{by}` from {} on", from.to_the_second()));
    let each: Vec<String> = each.collect();
    if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) }
}

/// Who is missing: of each group that has not agreed yet, or of all who may answer.
fn missing(approvers: &[Subject], groups: &[GroupNeed]) -> String {
    let missing = groups.iter().filter(|group| group.given < group.wanted).map(|group| {
        let GroupNeed { name, approvers, given, wanted } = group;
        format!("{} more for {name} from {}", wanted - given, people(approvers))
    });
    let missing: Vec<String> = missing.collect();
    if missing.is_empty() { format!("from {}", people(approvers)) } else { missing.join(", ") }
}

fn people(subjects: &[Subject]) -> String {
    if subjects.is_empty() {
        return "anyone the policy allows".to_owned();
    }
    subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// What went wrong, as the end of a sentence that begins with the step.
pub fn describe(cause: &Cause) -> String {
    match cause {
        Cause::Exit { code } => format!("failed with exit code {code}"),
        Cause::Signal { signal } => format!("was ended by signal {signal}"),
        Cause::TimedOut => "timed out".to_owned(),
        Cause::Aborted => "was stopped because the run was aborted".to_owned(),
        Cause::Interrupted => "was stopped because the runner was interrupted".to_owned(),
        Cause::NotStarted { message } => format!("could not be started: {message}"),
        Cause::NotGranted { message } => format!("is not granted: {message}"),
        Cause::Unresolved { message } => format!("could not be resolved: {message}"),
        Cause::Capture { message } => format!("gave other output than declared: {message}"),
        Cause::Evidence { message } => format!("did not leave its evidence: {message}"),
        Cause::Storage { message } => format!("left output that could not be kept: {message}"),
        Cause::Rejected => "was rejected".to_owned(),
        Cause::Action { message, .. } => format!("failed: {message}"),
        Cause::Child { run, result } => format!("ended as {result} in run {run}"),
    }
}
