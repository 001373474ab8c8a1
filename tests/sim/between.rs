//! What must hold between the runs of one repository: nobody has what another holds.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Event,
    ids::{RunId, StepId},
};

use crate::invariants::{Checked, hold};

/// What one request of a run is for, and whether it was given.
type Claim = (Vec<String>, bool);

/// The locks of all runs, as their journals have them.
#[derive(Default)]
pub(crate) struct Between {
    claims: BTreeMap<(RunId, RunId, Option<StepId>), Claim>,
}

impl Between {
    /// Takes a fact of one run in.
    pub(crate) fn fold(&mut self, run: &RunId, owner: &RunId, event: &Event) -> Checked {
        let key = |step: &Option<StepId>| (owner.clone(), run.clone(), step.clone());
        match event {
            Event::RunOpened { group: Some(group), .. } => {
                self.claims.insert(key(&None), (vec![format!("group:{group}")], false));
            }
            Event::LocksRequested { step, names } => {
                self.claims.insert(key(step), (names.clone(), false));
            }
            Event::LocksAcquired { step } => {
                let Some((names, had)) = self.claims.get_mut(&key(step)) else {
                    return Err(format!("{run} has locks that it did not ask for: {event:?}"));
                };
                *had = true;
                let names = names.clone();
                let taken = self.claims.iter().find(|((other, ..), (theirs, had))| {
                    other != owner && *had && theirs.iter().any(|name| names.contains(name))
                });
                return hold(taken.is_none(), || {
                    format!("{run} has {names:?}, which two runs hold: {taken:?}")
                });
            }
            Event::LocksReleased { step } => drop(self.claims.remove(&key(&Some(step.clone())))),
            Event::StepRerun { impact, .. } | Event::StepSentBack { impact, .. } => {
                for step in impact.again.iter().chain(&impact.restarted).chain(&impact.voided) {
                    self.claims.remove(&key(&Some(step.clone())));
                }
            }
            Event::RunClosed { .. } => self.claims.retain(|(_, other, _), _| other != run),
            _ => {}
        }
        Ok(())
    }
}
