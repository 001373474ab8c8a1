//! Locks between the runs of one repository.
//!
//! All names of one request are had at once, first come first served. What is held around an asker
//! does not keep it waiting: it would wait for itself. A request is never evicted: it ends when its
//! run releases it, is over, or is gone.

use hardstop_core::{
    ids::{RunId, StepId},
    run::RunState,
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

/// Who asks: a step of a run, or a run as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asker {
    /// The run that asks.
    pub run: RunId,
    /// The step that asks; `None` for the run as a whole.
    pub step: Option<StepId>,
    /// The runs that the run is part of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs_around: Vec<RunId>,
    /// The steps of its run that the step is part of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps_around: Vec<StepId>,
}

impl Asker {
    /// A step of the run of a fold; `None` for the run as a whole.
    pub fn of(state: &RunState, step: Option<&StepId>) -> Self {
        let around = step.into_iter().flat_map(|step| state.steps_around(step));
        Self {
            run: state.header().run.clone(),
            step: step.cloned(),
            runs_around: state.header().runs_around().cloned().collect(),
            steps_around: around.cloned().collect(),
        }
    }

    /// Whether both are the same step of the same run, wherever a newer plan has it.
    pub fn is(&self, other: &Self) -> bool {
        self.run == other.run && self.step == other.step
    }

    /// Whether `other` is part of this: what this holds cannot be given back before it is done.
    pub fn is_around(&self, other: &Self) -> bool {
        other.runs_around.contains(&self.run)
            || (self.run == other.run
                && match &self.step {
                    None => other.step.is_some(),
                    Some(step) => other.steps_around.contains(step),
                })
    }
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

impl From<Vec<Ticket>> for Queue {
    fn from(tickets: Vec<Ticket>) -> Self {
        let next = tickets.iter().map(|ticket| ticket.number + 1).max().unwrap_or(0);
        Self { next, tickets }
    }
}

impl Queue {
    /// Asks for `names`, or asks again, and grants what can be granted.
    ///
    /// * Returns the requests that go first; none if the locks are held now.
    pub fn ask(&mut self, asker: &Asker, names: &[String], now: Timestamp) -> Vec<Ticket> {
        let known = self.tickets.iter().position(|ticket| ticket.asker.is(asker));
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
        self.tickets.retain(|ticket| !ticket.asker.is(asker));
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
    /// earlier, unless they cannot have it before `mine` is done.
    fn before(&self, mine: usize) -> Vec<Ticket> {
        let stuck = self.stuck_behind(mine);
        let first = self.rivals(mine).filter(|&at| !stuck[at]);
        first.map(|at| self.tickets[at].clone()).collect()
    }

    /// Of each request, whether it waits, itself or through those before it, for what is held
    /// around request `mine`. To wait for such a one would be to wait for ever.
    fn stuck_behind(&self, mine: usize) -> Vec<bool> {
        let mut stuck = vec![false; self.tickets.len()];
        for at in 0..self.tickets.len() {
            let is_behind = |rival: usize| {
                let Ticket { asker, held, .. } = &self.tickets[rival];
                stuck[rival] || (held.is_some() && asker.is_around(&self.tickets[mine].asker))
            };
            let is_stuck = self.tickets[at].held.is_none() && self.rivals(at).any(is_behind);
            stuck[at] = is_stuck;
        }
        stuck
    }

    /// Those that want one of the names of request `at` and hold it or asked earlier, but for what
    /// is around it.
    fn rivals(&self, at: usize) -> impl Iterator<Item = usize> {
        let me = &self.tickets[at];
        let is_rival = move |other: &Ticket| {
            (other.held.is_some() || other.number < me.number)
                && !other.asker.is(&me.asker)
                && !other.asker.is_around(&me.asker)
                && other.names.iter().any(|name| me.names.contains(name))
        };
        let all = self.tickets.iter().enumerate();
        all.filter(move |(_, other)| is_rival(other)).map(|(at, _)| at)
    }
}
