//! What must hold between the runs of one repository, and the steps of each: nobody has what another
//! holds, but for what is around it.

use std::collections::BTreeMap;

use hardstop_core::{
    event::Event,
    ids::{RunId, StepId},
    run::RunState,
};
use hardstop_ports::locks::Asker;

use crate::invariants::{Checked, hold};

/// What one request of a run is for, and whether it was given.
type Claim = (Vec<String>, bool);

/// The locks of all runs, as their journals have them.
#[derive(Default)]
pub(crate) struct Between {
    claims: BTreeMap<(RunId, Option<StepId>), (Asker, Claim)>,
}

impl Between {
    /// Takes a fact of one run in.
    ///
    /// * `state`: the run as it was before it.
    pub(crate) fn fold(&mut self, state: &RunState, event: &Event) -> Checked {
        let run = &state.header().run;
        let key = |step: &Option<StepId>| (run.clone(), step.clone());
        let claim =
            |step: &Option<StepId>, names| (Asker::of(state, step.as_ref()), (names, false));
        match event {
            Event::RunOpened { group: Some(group), .. } => {
                self.claims.insert(key(&None), claim(&None, vec![format!("group:{group}")]));
            }
            Event::LocksRequested { step, names } => {
                self.claims.insert(key(step), claim(step, names.clone()));
            }
            Event::LocksAcquired { step } => {
                let Some((asker, (names, had))) = self.claims.get_mut(&key(step)) else {
                    return Err(format!("{run} has locks that it did not ask for: {event:?}"));
                };
                *had = true;
                let (asker, names) = (asker.clone(), names.clone());
                let taken = self.claims.values().find(|(other, (theirs, had))| {
                    !other.is(&asker)
                        && !other.is_around(&asker)
                        && *had
                        && theirs.iter().any(|name| names.contains(name))
                });
                return hold(taken.is_none(), || {
                    format!("{run} has {names:?}, which two hold: {taken:?}")
                });
            }
            Event::LocksReleased { step } => drop(self.claims.remove(&key(&Some(step.clone())))),
            Event::StepRerun { impact, .. } | Event::StepSentBack { impact, .. } => {
                for step in impact.again.iter().chain(&impact.restarted).chain(&impact.voided) {
                    self.claims.remove(&key(&Some(step.clone())));
                }
            }
            Event::RunClosed { .. } => self.claims.retain(|(other, _), _| other != run),
            _ => {}
        }
        Ok(())
    }
}
