//! A plan in words: what would be done, by whom, and when at the earliest.

use std::fmt::Write as _;

use hardstop_core::time::{Millis, Timestamp};

use crate::output::{
    EarliestView, GateView, ItemView, PlanView, PlannedPhase, PlannedStep, ShutView,
};

const MARGIN: &str = "              ";
/// Items and steps of a run within that a step shows; `--json` has them all.
const ITEMS_SHOWN: usize = 20;
/// Steps a window names.
const STEPS_SHOWN: usize = 4;

/// The whole plan.
pub(super) fn in_words(view: &PlanView) -> String {
    let draft = if view.draft { ", DRAFT: not the committed text" } else { "" };
    let mut text = format!("{} ({}{draft})\n", view.title, view.path);
    // Writing to a String cannot fail.
    let solo = if view.solo { " (solo: nobody else has a say)" } else { "" };
    let _ = writeln!(text, "policy version {}{solo}", view.policy_version);
    for (name, value) in &view.inputs {
        let _ = writeln!(text, "input {name} = {value}");
    }
    for plugin in &view.plugins {
        let _ = writeln!(text, "{plugin}");
    }
    for phase in &view.phases {
        let _ = writeln!(text, "\n{}{}", phase.title, order(phase));
        phase.steps.iter().for_each(|step| tell(step, view.solo, &mut text));
    }
    summary(view, &mut text);
    text
}

fn order(phase: &PlannedPhase) -> String {
    match (phase.finally, phase.needs.as_slice()) {
        (true, _) => ", on every exit".to_owned(),
        (false, []) => String::new(),
        (false, needs) => format!(", after {}", needs.join(" and ")),
    }
}

fn tell(step: &PlannedStep, solo: bool, text: &mut String) {
    let skipped = if step.applies == Some(false) { ", skipped" } else { "" };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {:11} {} ({}{skipped})", step.kind, step.title, step.step);
    if step.applies != Some(false) {
        when(step, text);
    }
    if let Some(condition) = &step.condition {
        let known = match step.applies {
            Some(true) => "which is true",
            Some(false) => "which is false",
            None => "decided when its turn comes",
        };
        let _ = writeln!(text, "{MARGIN}if {condition}, {known}");
    }
    for does in &step.does {
        let _ = writeln!(text, "{MARGIN}{does}");
    }
    if let Some(gate) = &step.gate {
        let _ = writeln!(text, "{MARGIN}{}", who(gate, solo));
        for excluded in &gate.excluded {
            let _ = writeln!(text, "{MARGIN}not {}: {}", excluded.person, excluded.role);
        }
    }
    if let Some(timeout) = step.timeout_ms {
        let _ = writeln!(text, "{MARGIN}at most {}", Millis(timeout));
    }
}

/// When the step happens, an instant a line.
fn when(step: &PlannedStep, text: &mut String) {
    let Some(earliest) = &step.earliest else { return };
    let people = matches!(step.kind, "approval" | "checklist");
    instants(earliest, people, text);
    for (of, all) in [(step.step.as_str(), &step.items), ("", &earliest.child)] {
        all.iter().take(ITEMS_SHOWN).for_each(|item| within(item, of, text));
        if let Some(more) = all.len().checked_sub(ITEMS_SHOWN).filter(|more| *more > 0) {
            line(text, "", &format!("and {more} more"));
        }
    }
}

/// One line about an item, or about a step of the run that a step opens.
fn within(item: &ItemView, of: &str, text: &mut String) {
    let name = item.step.strip_prefix(of).filter(|key| !key.is_empty()).unwrap_or(&item.step);
    let ItemView { earliest, .. } = item;
    let mut told = match (&earliest.begins, &earliest.ends) {
        (None, Some(_)) => "skipped".to_owned(),
        (None, None) => format!("never, its turn is {}", second(&earliest.turn)),
        (Some(begins), Some(ends)) if begins == ends => second(begins),
        (Some(begins), Some(ends)) => format!("{} to {}", second(begins), second(ends)),
        (Some(begins), None) => format!("{}, and never over", second(begins)),
    };
    if let Some(because) = unknown(earliest) {
        told = format!("{told}; {because}");
    }
    line(text, name, &told);
}

fn instants(earliest: &EarliestView, people: bool, text: &mut String) {
    let [begins, ends] = &earliest.local;
    if earliest.unknown == Some("condition") {
        line(text, "not before", &second(&earliest.turn));
    } else if earliest.begins.as_ref() != Some(&earliest.turn) {
        line(text, "its turn", &second(&earliest.turn));
    }
    if let Some(at) = &earliest.begins {
        let from = if people { "not before" } else { "from" };
        line(text, from, &both(at, begins.as_deref()));
    }
    if let Some(due) = earliest.due.as_ref().filter(|due| Some(*due) < earliest.begins.as_ref()) {
        line(text, "due", &format!("{}, which is past", second(due)));
    }
    if let Some(at) = earliest.ends.as_ref().filter(|ends| Some(*ends) != earliest.begins.as_ref())
        && earliest.begins.is_some()
    {
        line(text, "until", &both(at, ends.as_deref()));
    }
    match (earliest.clocks, &earliest.clocks_zone) {
        (Some("never"), Some(zone)) => {
            let why = "are put forward past that time: the first instant after the gap counts";
            line(text, "note", &format!("clocks in {zone} {why}"));
        }
        (Some(_), Some(zone)) => {
            line(text, "note", &format!("clocks in {zone} show that time twice: the first counts"));
        }
        (_, _) => {}
    }
    if let Some(because) = unknown(earliest) {
        line(text, "note", because);
    }
    let lists = [
        ("asked again", &earliest.asked_again),
        ("reminded", &earliest.reminders),
        ("escalated", &earliest.escalations),
    ];
    for (what, instants) in lists.into_iter().filter(|(_, instants)| !instants.is_empty()) {
        let mut told: Vec<String> = instants.iter().take(3).map(|at| second(at)).collect();
        told.extend((instants.len() > 3).then(|| format!("{} times in all", instants.len())));
        line(text, what, &told.join(", "));
    }
}

fn unknown(earliest: &EarliestView) -> Option<&'static str> {
    Some(match earliest.unknown? {
        "condition" => "known only when it runs whether it is done; counted as skipped",
        "items" => "its items are known only when it runs; the fewest there may be are counted",
        "instant" => "known only when it runs when it is over; counted as over at once",
        _ => "what it counts from may not happen; counted as over at once",
    })
}

/// What it comes to: each phase, each window in the way, and the end.
fn summary(view: &PlanView, text: &mut String) {
    let forecast = &view.forecast;
    let zone = if forecast.zone == "UTC" { "" } else { forecast.zone.as_str() };
    let and_zone = if zone.is_empty() { String::new() } else { format!(" and {zone}") };
    let at = second(&forecast.start);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "\nearliest instants in UTC{and_zone} if it starts at {at}, everything succeeds,\nwork \
         takes no time, people answer at once and locks are free:"
    );
    let width = view.phases.iter().map(|phase| phase.title.chars().count()).max().unwrap_or(0);
    for PlannedPhase { title, earliest, .. } in &view.phases {
        let told = earliest.as_ref().map_or_else(
            || "only if something fails".to_owned(),
            |span| {
                let [from, to] = &span.local;
                let end =
                    span.to.as_ref().map_or("never over".to_owned(), |at| both(at, to.as_deref()));
                format!("{}  to  {end}", both(&span.from, from.as_deref()))
            },
        );
        let _ = writeln!(text, "  {title:width$}  {told}");
    }
    shut(&forecast.shut, text);
    for note in &forecast.notes {
        let _ = writeln!(text, "NOTE     {note}");
    }
    match (view.earliest_end_ms, &forecast.end) {
        (Some(took), Some(end)) => {
            let _ = writeln!(
                text,
                "earliest end: {} after the start, at {}",
                Millis(took),
                second(end)
            );
        }
        (_, _) => text.push_str("earliest end: never\n"),
    }
    for obstacle in &view.obstacles {
        let _ = writeln!(text, "OBSTACLE {obstacle}");
    }
}

/// The windows in the way, those that keep several steps for the same time on one line.
fn shut(windows: &[ShutView], text: &mut String) {
    let same =
        |a: &ShutView, b: &ShutView| (&a.at, &a.opens, &a.because) == (&b.at, &b.opens, &b.because);
    for group in windows.chunk_by(same) {
        let [first, ..] = group else { continue };
        let names = group.iter().take(STEPS_SHOWN).map(|shut| format!("`{}`", shut.step));
        let mut names = names.collect::<Vec<_>>().join(", ");
        if let Some(more) = group.len().checked_sub(STEPS_SHOWN).filter(|more| *more > 0) {
            names = format!("{names} and {more} more");
        }
        let until = first
            .opens
            .as_ref()
            .map_or_else(|| "for good".to_owned(), |opens| format!("until {}", second(opens)));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "SHUT     {names} from {} {until}: {}",
            second(&first.at),
            first.because
        );
    }
}

fn line(text: &mut String, label: &str, told: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{MARGIN}{label:<11} {told}");
}

/// An instant of a view for people.
fn second(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), Timestamp::to_the_second)
}

/// The same, and what clocks in the runbook's zone show then.
fn both(at: &str, local: Option<&str>) -> String {
    match local.and_then(|local| local.split_once(' ')) {
        Some((day, rest)) if !rest.ends_with(" UTC") => {
            let time = rest.split(' ').next().unwrap_or(rest);
            format!("{}  {day} {time}", second(at))
        }
        Some(_) | None => second(at),
    }
}

fn who(gate: &GateView, solo: bool) -> String {
    let people = match gate.people.as_slice() {
        _ if solo => "anybody, the one who starts it too".to_owned(),
        [] => "nobody".to_owned(),
        people => people.join(", "),
    };
    let GateView { approvers, min_approvals, min_level, .. } = gate;
    format!("{min_approvals} of {} at level {min_level}: {people}", approvers.join(" or "))
}
