//! Locks: all that are asked for at once or none, first come first served.

use std::collections::{BTreeMap, BTreeSet};

use hardstop_core::{ids::StepId, time::Timestamp};

/// Whose a lock is: a run, and the step of it that needs it.
pub(super) type Holder = (usize, Option<StepId>);

/// The locks there are.
#[derive(Debug)]
pub(super) struct Locks {
    /// Held by runs outside the scenario, until when.
    others: BTreeMap<String, Timestamp>,
    /// In the order in which they came. One that holds what it asked for keeps its place.
    queue: Vec<(Holder, Vec<String>, bool)>,
}

impl Locks {
    pub(super) const fn new(others: BTreeMap<String, Timestamp>) -> Self {
        Self { others, queue: Vec::new() }
    }

    /// Asks for locks. Whoever asked before keeps the place.
    pub(super) fn ask(&mut self, holder: Holder, names: Vec<String>) {
        match self.queue.iter_mut().find(|(known, ..)| *known == holder) {
            // Asked again after a restart: it is told again what it holds.
            Some((.., held)) => *held = false,
            None => self.queue.push((holder, names, false)),
        }
    }

    pub(super) fn give_back(&mut self, holder: &Holder) {
        self.queue.retain(|(known, ..)| known != holder);
    }

    /// Whoever has got all they asked for since the last time.
    pub(super) fn granted(&mut self, now: Timestamp) -> Vec<Holder> {
        let mut taken: BTreeSet<&String> =
            self.others.iter().filter(|(_, until)| **until > now).map(|(name, _)| name).collect();
        let mut granted = Vec::new();
        for (holder, names, held) in &mut self.queue {
            if names.iter().all(|name| !taken.contains(name)) && !*held {
                *held = true;
                granted.push(holder.clone());
            }
            // Those who wait keep their place: nobody who comes later overtakes them.
            taken.extend(names.iter());
        }
        granted
    }

    /// The instants at which others give locks back.
    pub(super) fn freed(&self) -> impl Iterator<Item = Timestamp> {
        self.others.values().copied()
    }
}
