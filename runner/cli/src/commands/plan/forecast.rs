//! The forecast of the core, as the plan shows it.

use std::iter::successors;

use hardstop_core::{
    calendar::{Shown, Zone},
    ids::StepId,
    model::{Phase, Plan, Step, StepKind},
    time::Timestamp,
};
use hardstop_runbook::{Forecast, ForecastStep, Shut, Unknown};

use crate::output::{EarliestView, ForecastView, ItemView, ShutView, SpanView};

/// A forecast and the plan it is of.
#[derive(Clone, Copy)]
pub(super) struct Foreseen<'f> {
    pub(super) plan: &'f Plan,
    pub(super) forecast: &'f Forecast,
    /// The zone of the outermost runbook, whose people read this.
    pub(super) zone: &'f Zone,
}

impl Foreseen<'_> {
    /// The run as a whole.
    pub(super) fn whole(self) -> ForecastView {
        let mut shut = Vec::new();
        self.shut("", &mut shut);
        shut.sort_by_key(|(window, _)| window.at);
        ForecastView {
            start: self.forecast.start.to_string(),
            end: self.forecast.end.map(|end| end.to_string()),
            zone: self.zone.name().to_owned(),
            notes: self.notes(),
            shut: shut.into_iter().map(|(window, step)| view_of(window, &step)).collect(),
        }
    }

    /// Every window that is in the way, with the step in whose way it is.
    fn shut(self, within: &str, found: &mut Vec<(Shut, String)>) {
        for (id, step) in &self.forecast.steps {
            let address = format!("{within}{id}");
            found.extend(step.shut.iter().map(|window| (window.clone(), address.clone())));
            if let Some(child) = self.child(id, step) {
                child.shut(&format!("{address} > "), found);
            }
        }
    }

    /// Steps that no window lets begin, and why.
    pub(super) fn never(self) -> Vec<(&'static str, StepId, String)> {
        let mut never = Vec::new();
        for (id, step) in &self.forecast.steps {
            if let Some(Shut { opens: None, because, at }) = step.shut.last() {
                let at = at.to_the_second();
                let message =
                    format!("no window opens for step `{id}` after {at}, when its turn comes");
                never.push(("runbook::never", id.clone(), format!("{message}: {because}")));
            }
            if let Some(child) = step.child.as_ref().filter(|child| child.end.is_none()) {
                let at = child.start.to_the_second();
                let message = format!("the run that `{id}` opens at {at} never ends");
                never.push(("runbook::never", id.clone(), message));
            }
        }
        never
    }

    /// Hard stops that end where nothing may begin.
    fn notes(self) -> Vec<String> {
        let mut notes = Vec::new();
        for (id, step) in &self.forecast.steps {
            let planned = self.plan.step(&id.base());
            let is_stop = planned.is_some_and(|it| matches!(it.kind, StepKind::HardStop(_)));
            let Some(end) = step.ends.filter(|_| is_stop) else { continue };
            let mut windows = self.forecast.steps.values().flat_map(|other| &other.shut);
            if let Some(Shut { opens, because, .. }) = windows.find(|window| window.at == end) {
                let end = end.to_the_second();
                let on = opens.map_or_else(
                    || "no window opens after it".to_owned(),
                    |opens| format!("work goes on at {}", opens.to_the_second()),
                );
                notes.push(format!("hard stop `{id}` ends at {end}, when {because}; {on}"));
            }
        }
        notes
    }

    /// From the first turn of a step of the phase to the end of the last.
    pub(super) fn phase(self, phase: &Phase) -> Option<SpanView> {
        let steps = phase.steps.iter().flat_map(|step| self.forecast.of(&step.id));
        let steps: Vec<&ForecastStep> = steps.map(|(_, step)| step).collect();
        let from = steps.iter().map(|step| step.turn).min()?;
        let to = steps.iter().map(|step| step.ends).reduce(|a, b| Some(a?.max(b?)))?;
        Some(SpanView {
            from: from.to_string(),
            to: to.map(|to| to.to_string()),
            local: self.local([Some(from), to]),
        })
    }

    /// When a step of the plan happens, and each item of it.
    pub(super) fn step(self, base: &StepId) -> (Option<EarliestView>, Vec<ItemView>) {
        let found = self.forecast.of(base);
        let (whole, items): (Vec<_>, Vec<_>) = found.partition(|(id, _)| *id == base);
        let whole = match whole.first() {
            Some((id, step)) => Some(self.earliest(id, step)),
            None => self.first_to_last(&items),
        };
        let item = |(id, step): (&StepId, &ForecastStep)| ItemView {
            step: id.to_string(),
            earliest: self.earliest(id, step),
        };
        let known = self.has_known_items(base);
        (whole, items.into_iter().filter(|_| known).map(item).collect())
    }

    /// Whether the fan-outs a step stands in, its own included, are known to be of these items.
    fn has_known_items(self, base: &StepId) -> bool {
        let plan = self.plan;
        let around = |step: &&Step| plan.step(&step.within.as_ref()?.step);
        let mut chain = successors(plan.step(base), around);
        chain.all(|step| {
            let mut fans = self.forecast.of(&step.id);
            fans.all(|(_, fan)| fan.unknown != Some(Unknown::Items))
        })
    }

    fn first_to_last(self, items: &[(&StepId, &ForecastStep)]) -> Option<EarliestView> {
        let (id, first) = items.first()?;
        let ends = items.iter().map(|(_, step)| step.ends).reduce(|a, b| Some(a?.max(b?)))?;
        let begins = items.iter().filter_map(|(_, step)| step.begins).min();
        let mut span = (*first).clone();
        (span.begins, span.ends, span.counts, span.child) = (begins, ends, None, None);
        Some(self.earliest(id, &span))
    }

    fn earliest(self, id: &StepId, step: &ForecastStep) -> EarliestView {
        let texts = |instants: &[Timestamp]| instants.iter().map(ToString::to_string).collect();
        let steps = |child: Foreseen<'_>| -> Vec<ItemView> {
            let all = child.plan.steps().flat_map(|step| child.forecast.of(&step.id));
            all.map(|(id, step)| ItemView {
                step: id.to_string(),
                earliest: child.earliest(id, step),
            })
            .collect()
        };
        EarliestView {
            turn: step.turn.to_string(),
            begins: step.begins.map(|at| at.to_string()),
            ends: step.ends.map(|at| at.to_string()),
            local: self.local([step.begins, step.ends]),
            since: step.counts.map(|(since, _)| since.to_string()),
            due: step.counts.map(|(_, due)| due.to_string()),
            unknown: step.unknown.map(|unknown| match unknown {
                Unknown::Condition => "condition",
                Unknown::Items => "items",
                Unknown::Instant => "instant",
                Unknown::Anchor => "anchor",
            }),
            clocks: step.clocks.as_ref().and_then(|(_, shown)| match shown {
                Shown::Once => None,
                Shown::Never => Some("never"),
                Shown::Twice => Some("twice"),
            }),
            clocks_zone: step.clocks.as_ref().map(|(zone, _)| zone.name().to_owned()),
            asked_again: texts(step.asked.get(1..).unwrap_or_default()),
            reminders: texts(&step.reminders),
            escalations: texts(&step.escalations),
            child: self.child(id, step).map(steps).unwrap_or_default(),
        }
    }

    /// The run of another runbook that a step opens.
    fn child<'s>(&'s self, id: &StepId, step: &'s ForecastStep) -> Option<Foreseen<'s>> {
        let forecast = step.child.as_ref()?;
        let StepKind::Runbook(child) = &self.plan.step(&id.base())?.kind else { return None };
        let plan = &self.plan.children.get(&child.path)?.plan;
        Some(Foreseen { plan, forecast, zone: self.zone })
    }

    fn local(self, instants: [Option<Timestamp>; 2]) -> [Option<String>; 2] {
        instants.map(|at| at.map(|at| self.zone.show(at)))
    }
}

fn view_of(window: Shut, step: &str) -> ShutView {
    ShutView {
        step: step.to_owned(),
        at: window.at.to_string(),
        opens: window.opens.map(|opens| opens.to_string()),
        because: window.because,
    }
}
