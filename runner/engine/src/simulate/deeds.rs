//! When people do what they do, and what comes of it.

use hardstop_core::{input::Input, run::StepState, time::Timestamp};
use hardstop_runbook::scenario::{Act, Deed, Outlook, Scenario, When};

use super::{
    agenda::Next,
    pattern::fits,
    request::{about, requests},
    seen::Seen,
    stage::{Refused, Stage},
};

/// How far each deed is.
#[derive(Debug)]
pub(super) struct Deeds {
    /// Those whose instant is not known yet, in the order of the file.
    waiting: Vec<usize>,
    /// By their place in the file: whether it was done.
    pub(super) done: Vec<bool>,
    /// How much of what happened was looked at.
    looked: usize,
}

impl Deeds {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let is_relative = |at: &usize| !matches!(scenario.deeds[*at].when, When::At(_));
        let waiting = (0..scenario.deeds.len()).filter(is_relative).collect();
        Self { waiting, done: vec![false; scenario.deeds.len()], looked: 0 }
    }
}

impl Stage<'_> {
    /// Puts on the agenda what is done at an instant of the file.
    pub(super) fn schedule_deeds(&mut self) {
        for (at, deed) in self.scenario.deeds.iter().enumerate() {
            if let When::At(instant) = deed.when {
                self.agenda.put(instant, Next::Deed(at));
            }
        }
    }

    /// Puts on the agenda what is done a while after something that has happened now.
    pub(super) fn arm_deeds(&mut self) {
        let from = self.deeds.looked;
        self.deeds.looked = self.seen.len();
        let waiting = std::mem::take(&mut self.deeds.waiting);
        for at in waiting {
            match self.instant(&self.scenario.deeds[at], from) {
                Some(instant) => drop(self.agenda.put(instant, Next::Deed(at))),
                None => self.deeds.waiting.push(at),
            }
        }
    }

    /// When a deed is done; `None` while nobody can tell.
    fn instant(&self, deed: &Deed, from: usize) -> Option<Timestamp> {
        match &deed.when {
            When::At(instant) => Some(*instant),
            When::Turn(span) => self.is_its_turn(deed).then(|| self.now.wall.plus(*span)),
            When::Point { step, point, delay } => {
                let is_it = |seen: &&Seen| {
                    is_point(seen, *point) && seen.step.as_ref().is_some_and(|it| fits(step, it))
                };
                self.seen[from..].iter().find(is_it).map(|seen| seen.at.plus(*delay))
            }
        }
    }

    /// Whether what the deed answers is there to be answered.
    fn is_its_turn(&self, deed: &Deed) -> bool {
        let Some(run) = self.run_of(&deed.within) else { return false };
        let state = self.runs[run].state();
        let Some(step) = about(&deed.act) else { return state.opened().is_some() };
        let Some(stands) = state.step(step) else { return false };
        let failed = matches!(stands, StepState::Failed { .. } | StepState::Unknown { .. });
        let ticking = matches!(stands, StepState::Ticking { .. });
        let asking = matches!(stands, StepState::Asking { .. });
        let delaying = matches!(stands, StepState::Delaying { .. });
        match deed.act {
            Act::Tick { .. } | Act::Untick { .. } => ticking,
            Act::Approve { .. } | Act::Reject { .. } => asking,
            Act::Withdraw { .. } => asking || matches!(stands, StepState::Approved { .. }),
            Act::Retry { .. } | Act::Attest { .. } => failed,
            Act::Skip { .. } => failed || ticking || delaying,
            Act::SendBack { .. } => ticking || asking,
            Act::BreakGlass { .. } => delaying,
            Act::Rerun { .. } | Act::Waive { .. } => failed || stands.is_settled(),
            Act::Review { .. } => stands.is_settled(),
            Act::Claim { .. }
            | Act::Note { .. }
            | Act::Hold { .. }
            | Act::Lift { .. }
            | Act::Abort { .. }
            | Act::Restart => true,
        }
    }

    /// Does what the deed of that place says.
    pub(super) fn do_deed(&mut self, at: usize) {
        let scenario = self.scenario;
        let deed = &scenario.deeds[at];
        // Somebody else was quicker: its turn will come again, or never.
        if matches!(deed.when, When::Turn(_)) && !self.is_its_turn(deed) {
            self.deeds.waiting.push(at);
            return;
        }
        self.deeds.done[at] = true;
        if let Act::Restart = deed.act {
            return self.restart();
        }
        let Some(run) = self.run_of(&deed.within) else {
            let message = "no run of another runbook is under way there".to_owned();
            return self.stuck("scenario::deed", &deed.place, message, None);
        };
        let requests = match requests(self.runs[run].state(), &self.seen, deed, self.now.wall) {
            Ok(requests) => requests,
            Err(message) => return self.stuck("scenario::deed", &deed.place, message, None),
        };
        for request in requests {
            let actor = deed.by.clone();
            let answers = self.turn(run, vec![Input::Person { actor, request }]);
            for refusal in answers.into_iter().filter_map(Result::err) {
                self.refused.push(Refused {
                    account: deed.by.email.clone(),
                    step: about(&deed.act)
                        .map(|step| super::pattern::full(&deed.within, step.as_str())),
                    reason: refusal.to_string(),
                    deed: Some(deed.place.clone()),
                });
            }
        }
    }
}

fn is_point(seen: &Seen, point: Outlook) -> bool {
    match point {
        Outlook::Started => seen.begins(),
        Outlook::Finished => seen.finishes(),
        Outlook::Failed => seen.fails(),
    }
}
