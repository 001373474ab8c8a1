//! Who took part in a run, and what each of them did.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{
    event::{Entry, Event, SkipReason},
    ids::PersonId,
    policy::{Actor, By, Channel},
};
use serde::Serialize;

/// One person.
#[derive(Serialize)]
pub(super) struct Person {
    name: String,
    accounts: String,
    deeds: String,
}

/// Everybody of whom an event tells, by name.
pub(super) fn of(entries: &[Entry]) -> Vec<Person> {
    let mut people: BTreeMap<&PersonId, (BTreeSet<String>, Vec<String>)> = BTreeMap::new();
    for entry in entries {
        for (by, deed) in deeds(&entry.event) {
            let (accounts, deeds) = people.entry(&by.person).or_default();
            accounts.insert(account(&by.actor));
            deeds.push(format!("{deed} ({})", entry.seq));
        }
    }
    let person = |(id, (accounts, deeds)): (&PersonId, (BTreeSet<String>, Vec<String>))| Person {
        name: id.to_string(),
        accounts: accounts.into_iter().collect::<Vec<_>>().join("; "),
        deeds: deeds.join("; "),
    };
    people.into_iter().map(person).collect()
}

/// An account, the way it came, and how far that is to be trusted.
pub(super) fn account(actor: &Actor) -> String {
    let via = match actor.via {
        Channel::Cli => "command line",
        Channel::Terminal => "terminal",
        Channel::Trigger => "trigger",
    };
    format!("{} ({via}, level {})", actor.email, actor.level)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all other events are nobody's deed")]
fn deeds(event: &Event) -> Vec<(&By, String)> {
    let deed = |by, what: &str| vec![(by, what.to_owned())];
    match event {
        Event::RunOpened { by, .. } => deed(by, "opened the run"),
        Event::RunHeld { by, .. } => deed(by, "held the run"),
        Event::RunLifted { by, .. } => deed(by, "lifted the hold"),
        Event::AbortRequested { by, .. } => deed(by, "asked for an early end"),
        Event::StepSkipped { step, reason: SkipReason::Person { by, .. } } => {
            vec![(by, format!("skipped {step}"))]
        }
        Event::StepRetried { step, by, .. } => vec![(by, format!("retried {step}"))],
        Event::AttestationOffered { step, by, .. } => {
            vec![(by, format!("offered to attest {step}"))]
        }
        Event::StepAttested { step, by, second, .. } => {
            let second = second.iter().map(|second| (second, format!("confirmed {step}")));
            [(by, format!("attested {step}"))].into_iter().chain(second).collect()
        }
        Event::ItemTicked { step, item, by, .. } => vec![(by, format!("answered {step} {item}"))],
        Event::ItemReopened { step, item, by, .. } => {
            vec![(by, format!("took the answer to {step} {item} back"))]
        }
        Event::ApprovalAccepted { step, by, .. } => vec![(by, format!("approved {step}"))],
        Event::GateRejected { step, by, .. } => vec![(by, format!("rejected {step}"))],
        Event::ApprovalWithdrawn { step, by, .. } => {
            vec![(by, format!("took back a yes to {step}"))]
        }
        Event::StepRerun { step, by, .. } => vec![(by, format!("had {step} done again"))],
        Event::StepSentBack { to, by, .. } => vec![(by, format!("sent the run back to {to}"))],
        Event::RunRebased { by, .. } => deed(by, "rebased the run"),
        Event::RunClaimed { by, .. } => deed(by, "took over the run"),
        Event::NoteWritten { by, .. } => deed(by, "left a note"),
        Event::GlassAsked { step, by, .. } => vec![(by, format!("asked to end {step} early"))],
        Event::GlassReviewed { step, by, .. } => vec![(by, format!("reviewed {step}"))],
        Event::ItemWaived { item, by, .. } => vec![(by, format!("waived {}", item.step()))],
        _ => Vec::new(),
    }
}
