//! Locks between the runs of one repository.
//!
//! All names of one request are had at once, first come first served. A request is never evicted:
//! it ends when its run releases it, is over, or is gone.

use hardstop_core::{
    ids::{RunId, StepId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Locks that could be neither had nor looked at. Nothing that needs one may go on: whoever cannot
/// see the holders must not take it that there are none.
#[derive(Debug, Error)]
#[error("the locks between runs cannot be used: {path}")]
pub struct LocksError {
    /// What holds them.
    pub path: String,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asker {
    /// The run the locks belong to: the outermost of those that `run` is part of. What one run
    /// holds never keeps itself waiting.
    pub owner: RunId,
    /// The run that asks.
    pub run: RunId,
    /// The step that asks; `None` for the run as a whole.
    pub step: Option<StepId>,
}

/// One request for locks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Its place: lower ones asked earlier.
    pub number: u64,
    /// Who asked.
    pub asker: Asker,
    /// For what, sorted.
    pub names: Vec<String>,
    /// When it was asked.
    pub asked: Timestamp,
    /// Since when they are held; `None` while the request waits.
    pub held: Option<Timestamp>,
}

/// Where the locks of one repository are kept.
pub trait Locks {
    /// Asks for `names`, or asks again: a place once taken is kept, whoever restarts.
    ///
    /// * Returns the requests that go first; none if the locks are held now.
    ///
    /// # Errors
    ///
    /// [`LocksError`]; the locks are not had, and nobody lost a place.
    fn ask(
        &self,
        asker: &Asker,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<Ticket>, LocksError>;

    /// Gives back what `asker` holds or waits for; nothing if it does neither.
    ///
    /// # Errors
    ///
    /// [`LocksError`]; to be tried again.
    fn release(&self, asker: &Asker) -> Result<(), LocksError>;

    /// Every request, in the order of asking.
    ///
    /// # Errors
    ///
    /// [`LocksError`] if they cannot be read.
    fn list(&self) -> Result<Vec<Ticket>, LocksError>;
}

/// The requests of a repository, and the rule by which they are granted. Pure; stores keep it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    next: u64,
    tickets: Vec<Ticket>,
}

impl Queue {
    /// Asks for `names`, or asks again, and grants what can be granted.
    ///
    /// * Returns the requests that go first; none if the locks are held now.
    pub fn ask(&mut self, asker: &Asker, names: &[String], now: Timestamp) -> Vec<Ticket> {
        let known = self.tickets.iter().position(|ticket| ticket.asker == *asker);
        let mine = known.unwrap_or_else(|| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names.dedup();
            let asker = asker.clone();
            self.tickets.push(Ticket { number: self.next, asker, names, asked: now, held: None });
            self.next += 1;
            self.tickets.len() - 1
        });
        let before = if self.tickets[mine].held.is_some() { Vec::new() } else { self.before(mine) };
        if before.is_empty() {
            self.tickets[mine].held.get_or_insert(now);
        }
        before
    }

    /// Drops what `asker` holds or waits for.
    pub fn release(&mut self, asker: &Asker) {
        self.tickets.retain(|ticket| ticket.asker != *asker);
    }

    /// Drops the requests of runs that are gone.
    pub fn keep(&mut self, is_live: impl Fn(&RunId) -> bool) {
        self.tickets.retain(|ticket| is_live(&ticket.asker.run));
    }

    /// Every request, in the order of asking.
    pub fn tickets(&self) -> &[Ticket] {
        &self.tickets
    }

    /// Those that go before ticket `mine`: who holds one of its names, and who asked for one
    /// earlier. A name that its owner holds already it need not wait for.
    fn before(&self, mine: usize) -> Vec<Ticket> {
        let me = &self.tickets[mine];
        let is_ours = |name: &String| {
            self.tickets.iter().any(|other| {
                other.asker.owner == me.asker.owner
                    && other.held.is_some()
                    && other.names.contains(name)
            })
        };
        let wanted: Vec<&String> = me.names.iter().filter(|name| !is_ours(name)).collect();
        let goes_first = |other: &&Ticket| {
            other.asker.owner != me.asker.owner
                && (other.held.is_some() || other.number < me.number)
                && other.names.iter().any(|name| wanted.contains(&name))
        };
        self.tickets.iter().filter(goes_first).cloned().collect()
    }
}
