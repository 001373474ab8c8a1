//! The attempts a driver has under way.

use std::{
    collections::BTreeMap,
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use hardstop_core::{
    effect::EffectId,
    event::{Call, Cause, Work},
    header::Header,
    ids::{AttemptNo, RunId, StepId},
    limits::SECRET_TIMEOUT,
    model::{Plan, Secret, StepKind, Uses},
    time::Millis,
};
use hardstop_evidence::redact::Secrets;
use tokio::{sync::watch, time::Instant};

use super::child::{ChildEnd, ChildOrder, Children};
use crate::{
    exec::{Attempt, Exec, Leg, Need, Performed, Stop},
    resolve::Asked,
    withheld,
};

/// Performs attempts: the process runner, or a simulated world.
pub trait Worker {
    /// Performs one attempt. Dropping the future ends it at once.
    fn perform(&self, attempt: Attempt<'_>) -> impl Future<Output = Performed>;

    /// Goes one leg of a call of a plugin's action. Unless a worker says more, nothing provides
    /// any: the step fails without having begun, and what an earlier driver began nobody knows.
    ///
    /// * `None` if it was interrupted: the next driver goes on with it.
    fn call(&self, attempt: Attempt<'_, Uses, Call>) -> impl Future<Output = Option<Performed>> {
        let message = format!("no plugin provides `{}`", attempt.work.action);
        ready(Some(match attempt.leg {
            Leg::Probe => Performed::cannot_tell(message),
            Leg::Begin { .. } | Leg::Poll(_) | Leg::End { .. } => {
                Performed::failure(Cause::NotStarted { message })
            }
        }))
    }

    /// What an attempt may reach, in words for those who read the journal.
    fn grants(&self, _asked: Asked<'_>) -> Vec<String> {
        Vec::new()
    }

    /// The secrets of a run that this process knows, or can know without executing anything.
    /// None, unless a worker says more.
    ///
    /// * `declared`: those of its runbook.
    /// * `blocked`: why its evidence is blocked, if commands may be executed to know those it
    ///   names.
    fn known(
        &self,
        _run: &RunId,
        _declared: &BTreeMap<String, Secret>,
        _blocked: Option<&str>,
    ) -> impl Future<Output = Secrets> {
        ready(Secrets::default())
    }
}

impl Worker for Exec {
    async fn perform(&self, attempt: Attempt<'_>) -> Performed {
        Exec::perform(self, attempt).await
    }

    fn grants(&self, asked: Asked<'_>) -> Vec<String> {
        match asked {
            Asked::Program(program) => self.granted_to(program),
            Asked::Plugin(..) => Vec::new(),
        }
    }

    async fn known(
        &self,
        run: &RunId,
        declared: &BTreeMap<String, Secret>,
        blocked: Option<&str>,
    ) -> Secrets {
        self.secrets.look(declared);
        for (name, source) in declared {
            if blocked.is_some_and(|reason| withheld::names(reason, name)) {
                let stop = watch::channel(None).1;
                let deadline = Instant::now() + Duration::from_millis(SECRET_TIMEOUT.0);
                // One that cannot be had stays unknown, and the run blocked.
                drop(self.secret(name, source, Need { run, deadline, stop }).await);
            }
        }
        self.secrets.masks().borrow().clone()
    }
}

/// An attempt that ended, or a run that came as far as it comes now.
pub(super) struct Finished {
    pub(super) step: StepId,
    pub(super) attempt: AttemptNo,
    pub(super) end: End,
}

/// How.
pub(super) enum End {
    Attempt(Performed),
    /// It goes on under the next driver.
    Left,
    Child(ChildEnd),
}

type Ending = Pin<Box<dyn Future<Output = Finished>>>;

/// Work under way, each with the switch that stops it.
#[derive(Default)]
pub(super) struct UnderWay {
    work: FuturesUnordered<Ending>,
    switches: BTreeMap<EffectId, watch::Sender<Option<Stop>>>,
}

/// All that a worker needs to know of a run, and of this moment.
pub(super) struct Place {
    pub(super) header: Arc<Header>,
    pub(super) plan: Arc<Plan>,
    /// Which part of the attempt.
    pub(super) leg: Leg,
    /// How long it may take from now.
    pub(super) remaining: Duration,
    /// For how long the attempt has been under way.
    pub(super) since: Millis,
    /// Where its last line is shown while it runs.
    pub(super) live: Option<watch::Sender<String>>,
}

impl Place {
    fn attempt<'a, S, W>(
        &'a self,
        (step, attempt, stop): (&'a StepId, AttemptNo, watch::Receiver<Option<Stop>>),
        spec: &'a S,
        work: &'a W,
    ) -> Attempt<'a, S, W> {
        let planned = self.plan.step(&step.base());
        Attempt {
            run: &self.header.run,
            step,
            attempt,
            spec,
            evidence: planned.map_or(&[], |planned| &planned.evidence),
            plugins: &self.plan.plugins,
            secrets: &self.plan.secrets,
            work,
            leg: &self.leg,
            remaining: self.remaining,
            since: self.since,
            stop,
            live: self.live.clone(),
        }
    }
}

impl UnderWay {
    pub(super) fn is_empty(&self) -> bool {
        self.switches.is_empty()
    }

    pub(super) fn holds(&self, id: &EffectId) -> bool {
        self.switches.contains_key(id)
    }

    /// Starts a command or a call. One of a step that the plan does not have is not started: the
    /// plan is pinned, so there is none.
    pub(super) fn attempt<W: Worker + 'static>(
        &mut self,
        worker: Arc<W>,
        place: Place,
        (step, attempt, work): (StepId, AttemptNo, Work),
    ) {
        let stop = self.switch(&step, attempt);
        self.work.push(Box::pin(async move {
            let named = (&step, attempt, stop);
            let kind = place.plan.step(&step.base()).map(|planned| &planned.kind);
            let performed = match (kind, &work) {
                (Some(StepKind::Run(spec)), Work::Command(command)) => {
                    Some(worker.perform(place.attempt(named, spec, command)).await)
                }
                (Some(StepKind::Uses(spec)), Work::Call(call)) => {
                    worker.call(place.attempt(named, spec, call)).await
                }
                _ => std::future::pending().await,
            };
            let end = performed.map_or(End::Left, End::Attempt);
            Finished { step, attempt, end }
        }));
    }

    /// Looks after a run.
    pub(super) fn child(&mut self, children: &dyn Children, order: ChildOrder) {
        let (step, attempt) = (order.step.clone(), order.attempt);
        let stop = self.switch(&step, attempt);
        let moved = children.look_after(order, stop);
        self.work.push(Box::pin(async move {
            Finished { step, attempt, end: End::Child(moved.await) }
        }));
    }

    fn switch(&mut self, step: &StepId, attempt: AttemptNo) -> watch::Receiver<Option<Stop>> {
        let (switch, stop) = watch::channel(None);
        self.switches.insert(EffectId::Perform(step.clone(), attempt), switch);
        stop
    }

    /// Asks one attempt to end.
    pub(super) fn stop(&mut self, id: &EffectId, why: Stop) {
        if let Some(switch) = self.switches.get(id) {
            switch.send_replace(Some(why));
        }
    }

    /// Asks every attempt to end.
    pub(super) fn stop_all(&mut self, why: Stop) {
        for switch in self.switches.values() {
            switch.send_replace(Some(why));
        }
    }

    /// Waits for the next attempt to end; for ever if none is under way.
    pub(super) async fn next(&mut self) -> Finished {
        match self.work.next().await {
            Some(finished) => {
                self.switches.remove(&EffectId::Perform(finished.step.clone(), finished.attempt));
                finished
            }
            None => std::future::pending().await,
        }
    }
}
