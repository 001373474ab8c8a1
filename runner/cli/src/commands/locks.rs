//! `hardstop locks`.

use std::{collections::BTreeMap, fmt::Write as _};

use clap::Args;
use hardstop_core::{
    exit::ExitCode,
    time::{Millis, Timestamp},
};
use hardstop_engine::documents::sanitise::line;
use hardstop_ports::locks::{Locks as _, Ticket};

use crate::{
    clock::SystemClock,
    error::CliError,
    output::{AskerView, LockView, LocksView, Printer, TEXT_MAX},
    wire::Site,
};

/// List the locks of this clone: which run holds each since when, and who waits for it in which order.
#[derive(Args, Debug)]
pub(crate) struct Locks {}

impl Locks {
    /// Prints the locks of this clone's runs.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub(crate) fn run(self, out: &Printer) -> Result<ExitCode, CliError> {
        let Self {} = self;
        let tickets = Site::open()?.live.locks().list()?;
        out.answer(&listed(&tickets, SystemClock::now()), in_words)?;
        Ok(ExitCode::Done)
    }
}

fn listed(tickets: &[Ticket], now: Timestamp) -> LocksView {
    let mut by_name: BTreeMap<&str, Vec<&Ticket>> = BTreeMap::new();
    for ticket in tickets {
        for name in &ticket.names {
            by_name.entry(name).or_default().push(ticket);
        }
    }
    let locks = by_name.into_iter().map(|(name, tickets)| {
        let (held, waiting): (Vec<&Ticket>, Vec<&Ticket>) =
            tickets.into_iter().partition(|ticket| ticket.held.is_some());
        let views = |tickets: Vec<&Ticket>| tickets.into_iter().map(|it| asker(it, now)).collect();
        LockView { lock: line(name, TEXT_MAX), held_by: views(held), waiting: views(waiting) }
    });
    LocksView { locks: locks.collect() }
}

fn asker(Ticket { asker, held, asked, .. }: &Ticket, now: Timestamp) -> AskerView {
    let since = held.unwrap_or(*asked);
    AskerView {
        run: asker.run.to_string(),
        short: asker.run.short().to_owned(),
        step: asker.step.as_ref().map(ToString::to_string),
        since: since.to_string(),
        age_ms: now.since(since).0,
    }
}

fn in_words(view: &LocksView) -> String {
    if view.locks.is_empty() {
        return "no run of this clone holds a lock or waits for one\n".to_owned();
    }
    let mut text = String::new();
    for LockView { lock, held_by, waiting } in &view.locks {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{lock}");
        for holder in held_by {
            let _ = writeln!(text, "  held by {}", one(holder));
        }
        for (place, waiting) in (1..).zip(waiting) {
            let _ = writeln!(text, "  {place}. waits {}", one(waiting));
        }
    }
    text
}

fn one(AskerView { short, step, since, age_ms, .. }: &AskerView) -> String {
    let step = step.as_ref().map_or_else(String::new, |step| format!(" (`{step}`)"));
    format!("run {short}{step} for {}, since {since}", Millis(*age_ms))
}
