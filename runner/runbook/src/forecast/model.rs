//! What a forecast says.

use std::collections::BTreeMap;

use hardstop_core::{
    calendar::{Shown, Zone},
    event::Event,
    ids::StepId,
    time::Timestamp,
};

use crate::resolve::Unknown;

/// When things happen at the earliest in a run opened at [`Forecast::start`].
#[derive(Clone, Debug)]
pub struct Forecast {
    /// When the run is opened.
    pub start: Timestamp,
    /// When it is closed; `None` if it never is: a window stays shut, or it would need more events
    /// than a run may have.
    pub end: Option<Timestamp>,
    /// The steps whose turn comes, by their addresses, each item for itself. What runs only when
    /// something fails is not among them.
    pub steps: BTreeMap<StepId, ForecastStep>,
    /// Their addresses by those of the plan, in the order of their turns.
    instances: BTreeMap<StepId, Vec<StepId>>,
}

/// When one step, or one item of it, happens.
#[derive(Clone, Debug)]
pub struct ForecastStep {
    /// When it could begin, were it not for windows.
    pub turn: Timestamp,
    /// When it begins; `None` if it is skipped, or a window stays shut.
    pub begins: Option<Timestamp>,
    /// When it is over; `None` if it never is.
    pub ends: Option<Timestamp>,
    /// What it counts from and when it is due, if it is a wait or a hard stop. It may be due before
    /// it begins.
    pub counts: Option<(Timestamp, Timestamp)>,
    /// The windows that keep it from beginning, in order.
    pub shut: Vec<Shut>,
    /// Whether it is skipped because its condition is false.
    pub skipped: bool,
    /// What is known only when it runs.
    pub unknown: Option<Unknown>,
    /// The zone whose clocks do not show its local time once, and how often they do.
    pub clocks: Option<(Zone, Shown)>,
    /// When its request is written, if it is an approval: again whenever the one before was not
    /// used in time.
    pub asked: Vec<Timestamp>,
    /// When people would be reminded of its first request.
    pub reminders: Vec<Timestamp>,
    /// When more people would be asked.
    pub escalations: Vec<Timestamp>,
    /// The run of another runbook that it opens.
    pub child: Option<Forecast>,
}

/// A window that keeps a step from beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shut {
    /// When the step was kept from beginning.
    pub at: Timestamp,
    /// When it may; `None` if no such instant is known.
    pub opens: Option<Timestamp>,
    /// Which window, in words: the freeze by the name of its event.
    pub because: String,
}

impl Forecast {
    pub(super) const fn new(start: Timestamp) -> Self {
        Self { start, end: None, steps: BTreeMap::new(), instances: BTreeMap::new() }
    }

    /// The step, or each item of it, in the order of their turns. `base` has no keys.
    pub fn of(&self, base: &StepId) -> impl Iterator<Item = (&StepId, &ForecastStep)> {
        let ids = self.instances.get(base).into_iter().flatten();
        ids.filter_map(|id| self.steps.get_key_value(id))
    }

    /// Notes what an event says of its step.
    pub(super) fn note(&mut self, at: Timestamp, event: &Event) {
        if let Event::RunClosed { .. } = event {
            self.end = Some(at);
        }
        let Some(step) = event.step() else { return };
        self.at(step, at).note(at, event);
    }

    /// The step, whose turn it is now if it was not before.
    pub(super) fn at(&mut self, step: &StepId, now: Timestamp) -> &mut ForecastStep {
        self.steps.entry(step.clone()).or_insert_with(|| {
            self.instances.entry(step.base()).or_default().push(step.clone());
            ForecastStep::new(now)
        })
    }
}

impl ForecastStep {
    const fn new(turn: Timestamp) -> Self {
        Self {
            turn,
            begins: None,
            ends: None,
            counts: None,
            shut: Vec::new(),
            skipped: false,
            unknown: None,
            clocks: None,
            asked: Vec::new(),
            reminders: Vec::new(),
            escalations: Vec::new(),
            child: None,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing of a good day")]
    fn note(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::AttemptStarted { .. }
            | Event::CallStarted { .. }
            | Event::ChildStarted { .. }
            | Event::ChecklistOpened { .. }
            | Event::ItemsListed { .. }
            | Event::BlockEntered { .. } => self.begins = Some(at),
            Event::WaitStarted { since, due, .. } | Event::HardStopStarted { since, due, .. } => {
                self.begins = Some(at);
                self.counts = Some((*since, *due));
            }
            Event::GateReached { .. } => {
                self.begins = self.begins.or(Some(at));
                self.asked.push(at);
            }
            Event::WaitElapsed { .. } | Event::HardStopElapsed { .. } => self.ends = Some(at),
            // An approval is over when it is given, not when it is used or given once more.
            Event::GateSatisfied { .. } | Event::StepSucceeded { .. } => {
                self.ends = self.ends.or(Some(at));
            }
            Event::StepSkipped { .. } => {
                self.skipped = true;
                self.ends = Some(at);
            }
            Event::WindowClosed { opens, because, .. } => {
                self.shut.push(Shut { at, opens: *opens, because: because.clone() });
            }
            _ => {}
        }
    }
}
