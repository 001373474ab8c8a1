//! The loop: move a run until it can go no further.

use std::time::Duration;

use hardstop_core::{
    effect::Effect,
    event::{Entry, Event, RunResult, Work},
    ids::StepId,
    input::{Input, Request},
    limits::CLOCK_TOLERANCE,
    policy::Actor,
    run::{Ending, Refusal, RunState, outstanding},
    time::{Millis, Timestamp},
};
use hardstop_ports::{clock::Clock, journal::RunFiles};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};

use super::{DriveError, Driver, Worker, rounds::LOOK, run_driver::Resolves};
use crate::{commits::Commits, exec};

/// How far a driver goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// How long it may wait for time to pass, all waits together; zero to stop at every wait that
    /// is not over.
    pub wait_for_time: Millis,
    /// Whether it stays while people are asked.
    pub wait_for_people: bool,
}

/// A person's request that reaches a running driver.
#[derive(Debug)]
pub struct Asked {
    /// Who asks.
    pub actor: Actor,
    /// What they ask.
    pub request: Request,
    /// Whether it was accepted.
    pub reply: oneshot::Sender<Result<(), Refusal>>,
}

/// Everything around a driver that watches or speaks to it.
pub struct Outside<'a> {
    /// Called after each turn with the fold and the lines it appended.
    pub observe: &'a mut dyn FnMut(&RunState, &[Entry]),
    /// What people ask meanwhile.
    pub people: mpsc::Receiver<Asked>,
    /// Becomes true when the driver is to stop: what is under way is ended, recorded, and the
    /// run is left to the next driver.
    pub interrupt: watch::Receiver<bool>,
}

/// Why a driver stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The run is over.
    Closed(RunResult),
    /// It waits for people, or for longer than the mode allows.
    Waiting {
        /// When time alone will move it again, if it will.
        next: Option<Timestamp>,
    },
    /// It was asked to stop.
    Interrupted,
}

/// Clocks are looked at at least this often, since a machine that sleeps or is set stops timers.
const LOOK_AGAIN: Duration = Duration::from_millis(CLOCK_TOLERANCE.0);
/// How soon an instant that has come but released nothing is looked at again.
const LOOK_AT_OVERDUE: Duration = Duration::from_millis(100);
/// And after which time it is no longer waited for.
const OVERDUE_FOR_GOOD: Millis = Millis::from_secs(10);
/// A run that waits for locks is looked after anew within this time, however long it has waited.
const LEAVE_ALONE_MAX: Millis = Millis::from_secs(300);

impl<F, W, C, E> Driver<F, W, C, E>
where
    F: RunFiles,
    W: Worker + 'static,
    C: Clock,
    E: Commits,
{
    /// Moves the run until it is over, waits for something the mode does not wait for, or is
    /// interrupted. On return every event is evidence, or the run says why it is not.
    ///
    /// # Errors
    ///
    /// [`DriveError`]; the journal is intact, and what was under way is unknown to the next
    /// driver unless its outcome was recorded. [`DriveError::Refused`] if a step could start but
    /// the policy went back, so that nothing may.
    pub async fn drive(&mut self, mode: Mode, mut out: Outside<'_>) -> Result<Stop, DriveError> {
        let mut inputs = vec![Input::Wake];
        // Once interrupted, nothing new starts, whatever people say meanwhile.
        let mut resolves = Resolves::Yes;
        let until = self.setup.clock.read().wall.plus(mode.wait_for_time);
        loop {
            if !inputs.is_empty() || resolves == Resolves::Yes {
                let turn = self.turn(std::mem::take(&mut inputs), resolves).await?;
                self.tell(&mut out, &turn.entries);
                if let Some(refusal) = turn.refused {
                    return Err(DriveError::Refused(refusal));
                }
            }
            if resolves == Resolves::Yes {
                inputs = self.look_around()?;
                if !inputs.is_empty() {
                    continue;
                }
            }
            let idle = self.under_way.is_empty();
            let awaits = resolves == Resolves::Yes && self.awaits_commit();
            let stop = (idle && !awaits).then(|| self.stop(mode, until, resolves)).flatten();
            if let Some(turn) = self.begin_checkpoint(idle || awaits, resolves).await? {
                self.tell(&mut out, &turn.entries);
            }
            if let Some(stop) = stop {
                let before = self.session.entries().len();
                self.flush(Resolves::No).await?;
                // A commit that failed or works again is news that may change where it stands.
                let news = &self.session.entries()[before..];
                if news.is_empty() {
                    return Ok(stop);
                }
                self.tell(&mut out, news);
                continue;
            }
            let look_again =
                self.until(self.next_wake().into_iter().chain(self.rounds.next_look()).min());
            tokio::select! {
                // In this order, so that equal worlds give equal runs, and that nothing which
                // repeats can drown the wish to stop.
                biased;
                () = raised(&mut out.interrupt), if resolves == Resolves::Yes => {
                    resolves = Resolves::No;
                    self.under_way.stop_all(exec::Stop::Interrupted);
                }
                finished = self.under_way.next() => {
                    inputs.extend(self.finished(finished).await?);
                }
                result = self.setup.commits.finish() => {
                    if let Some(turn) = self.committed(result, resolves).await? {
                        self.tell(&mut out, &turn.entries);
                    }
                }
                Some(asked) = out.people.recv() => {
                    self.asked(asked, resolves, &mut out).await?;
                }
                () = sleep(look_again) => inputs.push(Input::Wake),
            }
        }
    }

    /// Whether there is nothing more to do in this mode. Asked when nothing is under way.
    ///
    /// * `until`: waits that end later are not waited for.
    fn stop(&self, mode: Mode, until: Timestamp, resolves: Resolves) -> Option<Stop> {
        let state = self.session.state()?;
        if let Ending::Closed(result) = state.ending() {
            return Some(Stop::Closed(result));
        }
        if resolves == Resolves::No {
            return Some(Stop::Interrupted);
        }
        let next = self.next_wake();
        let now = self.setup.clock.read().wall;
        // An instant long past that released nothing will release nothing.
        let soon = next.is_some_and(|at| at <= until && now.since(at) < OVERDUE_FOR_GOOD)
            || self.rounds.is_waiting() && now < until;
        let worth_waiting = mode.wait_for_people || soon && mode.wait_for_time > Millis(0);
        (!worth_waiting).then_some(Stop::Waiting { next })
    }

    /// When time alone will move the run; not before a driver has moved it once.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let wakes = outstanding(self.session.state()?).filter_map(|effect| match effect {
            Effect::Wake { at, .. } => Some(at),
            Effect::Resolve { .. }
            | Effect::Perform { .. }
            | Effect::Lock { .. }
            | Effect::Outputs => None,
        });
        wakes.chain(self.rounds.next_wake()).min()
    }

    /// When a run that is given back can be moved without anybody asking: now, if it was never
    /// begun, something may start or evidence waits to be committed; soon, and less and less soon,
    /// if it waits for locks. `None` if only people can.
    pub fn due(&self) -> Option<Timestamp> {
        let (state, now) = (self.session.state()?, self.setup.clock.read().wall);
        let closed = matches!(state.ending(), Ending::Closed(_));
        if closed || state.opened().is_none() || state.evidence_blocked().is_some() {
            return Some(now);
        }
        let is_held = |step: &Option<StepId>| match step {
            None => state.group().is_none_or(|(_, held)| held),
            Some(step) => state.locks(step).is_none_or(|(_, held)| held),
        };
        let at = |effect: Effect| match effect {
            // People may have moved it, or ended it.
            Effect::Perform { work: Work::Child(_), .. } => Some(now),
            Effect::Perform { .. } if self.rounds.holds(&effect.id()) => None,
            Effect::Lock { step, .. } if is_held(&step) => None,
            Effect::Lock { .. } => Some(self.next_visit(now)),
            Effect::Resolve { .. } | Effect::Perform { .. } | Effect::Outputs => Some(now),
            Effect::Wake { at, .. } => Some(at),
        };
        outstanding(state).filter_map(at).chain(self.next_wake()).min()
    }

    /// When somebody should look again whether the locks can be had: each visit leaves a line in the
    /// journal, so the time between two grows with the time that was waited.
    fn next_visit(&self, now: Timestamp) -> Timestamp {
        let is_news = |entry: &&Entry| !matches!(entry.event, Event::LeaseAcquired { .. });
        let news = self.session.entries().iter().rev().find(is_news);
        let waited = news.map_or(Millis(0), |entry| now.since(entry.at.wall));
        now.plus(Millis(waited.0 / 4).clamp(LOOK, LEAVE_ALONE_MAX))
    }

    fn until(&self, next: Option<Timestamp>) -> Duration {
        let now = self.setup.clock.read().wall;
        match next.map(|at| Duration::from_millis(at.since(now).0)) {
            Some(Duration::ZERO) => LOOK_AT_OVERDUE,
            left => left.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN),
        }
    }

    fn tell(&self, out: &mut Outside<'_>, news: &[Entry]) {
        if let Some(state) = self.session.state() {
            (out.observe)(state, news);
        }
    }

    async fn asked(
        &mut self,
        asked: Asked,
        resolves: Resolves,
        out: &mut Outside<'_>,
    ) -> Result<(), DriveError> {
        let Asked { actor, request, reply } = asked;
        let turn = self.turn(vec![Input::Person { actor, request }], resolves).await?;
        let answer = turn.answers.first().cloned().unwrap_or(Ok(()));
        // Somebody who went away does not need the answer.
        drop(reply.send(answer));
        self.tell(out, &turn.entries);
        Ok(())
    }
}

/// Waits for the switch; for ever if nobody holds it any more.
async fn raised(interrupt: &mut watch::Receiver<bool>) {
    if interrupt.wait_for(|raised| *raised).await.is_err() {
        std::future::pending::<()>().await;
    }
}
