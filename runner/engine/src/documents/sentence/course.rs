//! Events of the course a run takes: composites, locks, windows, and what is done again.

use hardstop_core::{
    event::{Event, Impact},
    ids::StepId,
    model::Part,
};

use super::words::word;

#[expect(clippy::wildcard_enum_match_arm, reason = "`sentence` routes only the events named here")]
pub(super) fn sentence(event: &Event) -> String {
    match event {
        Event::ItemsListed { step, items, allowed, .. } => {
            format!("{step}: items listed: {}, of which may fail: {allowed}", items.len())
        }
        Event::BlockEntered { step, attempt } => format!("{step}: entered, time {attempt}"),
        Event::BlockTurned { step, part } => format!("{step}: went on to {}", of_part(*part)),
        Event::RemedyStarted { step, steps } => {
            format!("{step}: its failure is answered by {}", list(steps))
        }
        Event::BackoutStarted { result, steps } if steps.is_empty() => {
            format!("forward work is over ({}); nothing has to be taken back", word(*result))
        }
        Event::BackoutStarted { result, steps } => {
            format!("forward work is over ({}); taken back by {}", word(*result), list(steps))
        }
        Event::LocksRequested { step, names } => {
            format!("{}asked for {}", of(step.as_ref()), names.join(", "))
        }
        Event::LocksAcquired { step } => format!("{}has what it asked for", of(step.as_ref())),
        Event::LocksReleased { step } => format!("{step}: gave its locks back"),
        Event::WindowClosed { step, opens, because } => {
            let opens = opens.map_or_else(String::new, |at| format!(" until {at}"));
            format!("{step}: may not start{opens}: {because}")
        }
        Event::WindowOpened { step } => format!("{step}: may start now"),
        Event::WindowOverrun { step } => format!("{step}: still under way after its window closed"),
        Event::StepRerun { step, by, reason, impact } => {
            format!("{step}: {by} had it done again: {reason}{}", follows(impact))
        }
        Event::StepSentBack { step, to, by, reason, impact } => {
            format!("{step}: {by} sent the run back to {to}: {reason}{}", follows(impact))
        }
        _ => String::new(),
    }
}

const fn of_part(part: Part) -> &'static str {
    match part {
        Part::Steps => "its steps",
        Part::Rescue => "its rescue",
        Part::Always => "what always follows",
        Part::Undo => "taking it back",
        Part::Restore => "setting it back",
    }
}

/// The step, or the run if it is its own group.
fn of(step: Option<&StepId>) -> String {
    step.map_or_else(|| "the run ".to_owned(), |step| format!("{step}: "))
}

/// What doing steps again brings with it, as the end of a sentence.
fn follows(impact: &Impact) -> String {
    let Impact { again, restarted, voided, superseded, stale, partial } = impact;
    let files = (!superseded.is_empty()).then(|| superseded.len().to_string());
    let named = [
        ("done again", Some(list(again))),
        ("begun anew", Some(list(restarted))),
        ("void", Some(list(voided))),
        ("evidence files superseded", files),
        ("stale", Some(list(stale))),
    ];
    let named = named.into_iter().filter_map(|(what, which)| {
        let which = which.filter(|which| !which.is_empty())?;
        Some(format!("; {what}: {which}"))
    });
    let part = if *partial { "; only a part of the items" } else { "" };
    named.collect::<String>() + part
}

fn list(steps: &[StepId]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
