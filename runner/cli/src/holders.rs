//! Who holds what a run waits for. A run's own journal does not say it: the store of locks does.

use std::error::Error as _;

use hardstop_core::{
    effect::Effect,
    run::{RunState, outstanding},
    time::Timestamp,
    view::{self, Waiting},
};
use hardstop_journal::FileLocks;
use hardstop_ports::locks::{Asker, Locks as _, LocksError, Queue, Ticket};

/// How many of those that go first are named.
const SHOWN: usize = 3;

/// Why a run does not move, as the core has it, and who holds what it waits for: one sentence for
/// each thing it waits for.
pub(crate) fn reasons(state: &RunState, locks: &FileLocks, now: Timestamp) -> Vec<String> {
    let reasons = view::reasons(state, now).into_iter().zip(view::waiting(state));
    reasons.map(|(reason, open)| reason + &held_by(state, &open, locks, now)).collect()
}

/// Who keeps a run from having the locks or the turn it waits for, as the end of a sentence.
///
/// * Nothing if it waits for something else.
pub(crate) fn held_by(
    state: &RunState,
    open: &Waiting,
    locks: &FileLocks,
    now: Timestamp,
) -> String {
    let wanted = outstanding(state).find_map(|effect| match effect {
        Effect::Lock { step, names } if step == open.step => Some(names),
        Effect::Lock { .. }
        | Effect::Perform { .. }
        | Effect::Resolve { .. }
        | Effect::Outputs
        | Effect::Wake { .. } => None,
    });
    let Some(names) = wanted else { return String::new() };
    // Asked of a copy: to look is not to ask.
    let first = locks.list().map(|tickets| {
        Queue::from(tickets).ask(&Asker::of(state, open.step.as_ref()), &names, now)
    });
    match first {
        Ok(first) => those(&first, now),
        Err(error) => unknown(&error),
    }
}

fn those(first: &[Ticket], now: Timestamp) -> String {
    let each = first.iter().take(SHOWN).map(|Ticket { asker, held, asked, .. }| {
        let step = asker.step.as_ref().map_or_else(String::new, |step| format!(" (`{step}`)"));
        let who = format!("run {}{step}", asker.run.short());
        match held {
            Some(held) => format!("held by {who} for {}", now.since(*held)),
            None => format!("asked for earlier by {who}, {} ago", now.since(*asked)),
        }
    });
    let mut each: Vec<String> = each.collect();
    let more = first.len().saturating_sub(SHOWN);
    if more > 0 {
        each.push(format!("and {more} more"));
    }
    if each.is_empty() { ", free now".to_owned() } else { format!(", {}", each.join(", ")) }
}

fn unknown(error: &LocksError) -> String {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    format!("; nobody can tell who holds it: {error}{cause}")
}
