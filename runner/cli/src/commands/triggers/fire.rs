//! Opens the runs whose turn has come, each for one key and none twice.

use std::collections::BTreeMap;

use hardstop_core::{
    header::{Trigger, TriggerKind},
    ids::RunId,
    limits::TRIGGER_LOOK_BACK,
    time::Timestamp,
};
use hardstop_journal::{HeldMarks, Mark, MarkState, Marks, OpenError};
use hardstop_runbook::Overlap;

use super::{
    intake::Intake,
    record::Record,
    start::{self, is_passing, reason},
};
use crate::{
    error::CliError,
    output::FiredView,
    wire::{Machine, new_run_id},
};

/// What triggers did.
#[derive(Default)]
pub(crate) struct Fired {
    /// What became of each key that was looked at, if that is news.
    pub(crate) told: Vec<FiredView>,
    /// The next instant of a schedule.
    pub(crate) next: Option<Timestamp>,
}

/// Notes what is due and opens the runs whose turn has come. They are not moved.
///
/// One process at a time; another waits here until it is done.
///
/// # Errors
///
/// If the marks or the evidence branch cannot be read: nothing may be opened then. What concerns
/// one trigger alone is told as its outcome.
pub(crate) fn fire(machine: &Machine, now: Timestamp) -> Result<Fired, CliError> {
    let triggers = &machine.config.triggers;
    if triggers.is_empty() {
        return Ok(Fired::default());
    }
    let marks = Marks::new(machine.site.repo.common_dir()).lock()?;
    let record = Record::read(&machine.site)?;
    let mut told = Vec::new();
    let intake = Intake { site: &machine.site, marks: &marks, record: &record, now };
    for it in &triggers.schedules {
        let taken = intake.schedule(it, &mut told);
        failed(taken, TriggerKind::Schedule, &it.id, now, &mut told);
    }
    for it in &triggers.after {
        let taken = intake.after(it, &mut told);
        failed(taken, TriggerKind::After, &it.id, now, &mut told);
    }
    if let Some(it) = &triggers.requests {
        let taken = intake.requests(it, &mut told);
        failed(taken, TriggerKind::Request, &it.folder, now, &mut told);
    }
    let turns = Turns { machine, marks: &marks, record: &record, now };
    turns.take(&mut told)?;
    let next = triggers.schedules.iter().filter_map(|it| it.cron.next(&it.zone, now)).min();
    Ok(Fired { told, next })
}

fn failed(
    done: Result<(), CliError>,
    kind: TriggerKind,
    id: &str,
    now: Timestamp,
    told: &mut Vec<FiredView>,
) {
    if let Err(error) = done {
        told.push(FiredView::of(kind, id, now, "failed").because(reason(&error)));
    }
}

struct Turns<'t> {
    machine: &'t Machine,
    marks: &'t HeldMarks,
    record: &'t Record<'t>,
    now: Timestamp,
}

impl Turns<'_> {
    /// Takes the marks in their order.
    fn take(&self, told: &mut Vec<FiredView>) -> Result<(), CliError> {
        let mut open = Vec::new();
        for mark in self.marks.read().list()? {
            match mark.state {
                // A key given by hand is opened by the command that gives it.
                MarkState::Pending | MarkState::Claimed { .. }
                    if mark.trigger.kind != TriggerKind::Key =>
                {
                    open.push(mark);
                }
                MarkState::Pending | MarkState::Claimed { .. } => {}
                MarkState::Opened { .. }
                | MarkState::Skipped { .. }
                | MarkState::Refused { .. } => {
                    self.outgrow(&mark)?;
                }
            }
        }
        let Some(first) = open.first() else { return Ok(()) };
        let elsewhere = self.record.opened(first.trigger.at, self.now)?;
        for mark in open {
            match self.turn(&mark, &elsewhere) {
                Ok(None) => {}
                Ok(Some(state)) => told.push(self.settle(mark, state)?),
                Err(error) if is_passing(&error) => {
                    let Trigger { kind, id, at, .. } = &mark.trigger;
                    told.push(FiredView::of(*kind, id, *at, "failed").because(reason(&error)));
                }
                Err(error) => {
                    told.push(self.settle(mark, MarkState::Refused { why: reason(&error) })?);
                }
            }
        }
        Ok(())
    }

    /// What becomes of a mark; nothing while its turn has not come.
    fn turn(
        &self,
        mark: &Mark,
        elsewhere: &BTreeMap<String, (RunId, Trigger)>,
    ) -> Result<Option<MarkState>, CliError> {
        let claimed = match &mark.state {
            MarkState::Claimed { run } => Some(run.clone()),
            MarkState::Pending
            | MarkState::Opened { .. }
            | MarkState::Skipped { .. }
            | MarkState::Refused { .. } => None,
        };
        if let Some(run) = claimed.clone().filter(|run| self.record.has(run)) {
            return Ok(Some(MarkState::Opened { run }));
        }
        if let Some((run, _)) = elsewhere.get(&mark.trigger.key) {
            return Ok(Some(MarkState::Opened { run: run.clone() }));
        }
        if !self.is_here(mark)? {
            return Ok(None);
        }
        if claimed.is_none()
            && let Some(overlap) = self.overlap(mark)
            && overlap != Overlap::Start
            && let Some(run) = self.record.open_run_of(mark.trigger.kind, &mark.trigger.id)?
        {
            let why = format!("run {} of this schedule is still open", run.short());
            return Ok((overlap == Overlap::Skip).then_some(MarkState::Skipped { why }));
        }
        let run = claimed.map_or_else(|| new_run_id(self.now), Ok)?;
        let (draft, actor) = start::draft(self.machine, self.record, mark)?;
        let files = draft.files(self.machine, &run, actor, Some(mark.trigger.clone()))?;
        // From here on this key has this run or none, whatever happens to this process.
        let claim = Mark { state: MarkState::Claimed { run: run.clone() }, ..mark.clone() };
        self.marks.write(&claim)?;
        match self.machine.open_new(&run, &files) {
            Ok(_) | Err(CliError::Open(OpenError::Exists { .. })) => {
                Ok(Some(MarkState::Opened { run }))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether what a mark asks for can be read: a request only where its branch is.
    fn is_here(&self, mark: &Mark) -> Result<bool, CliError> {
        let requests = self.machine.config.triggers.requests.as_ref();
        match requests.filter(|_| mark.trigger.kind == TriggerKind::Request) {
            Some(requests) => Ok(self.machine.site.repo.is_at(&requests.branch)?),
            None => Ok(true),
        }
    }

    fn overlap(&self, mark: &Mark) -> Option<Overlap> {
        let schedules = &self.machine.config.triggers.schedules;
        let is = |it: &&hardstop_runbook::Schedule| {
            mark.trigger.kind == TriggerKind::Schedule && it.id == mark.trigger.id
        };
        schedules.iter().find(is).map(|it| it.overlap)
    }

    fn settle(&self, mark: Mark, state: MarkState) -> Result<FiredView, CliError> {
        let mark = Mark { state, ..mark };
        let view = FiredView::from(&mark);
        let own = match (&mark.trigger.kind, &mark.source) {
            (TriggerKind::Request, Some(blob)) => {
                format!("request/{}@{blob}", mark.trigger.id)
            }
            (
                TriggerKind::Schedule
                | TriggerKind::After
                | TriggerKind::Request
                | TriggerKind::Key,
                _,
            ) => mark.trigger.key.clone(),
        };
        if own != mark.trigger.key {
            // The file is dealt with; its key only if it has a run, for another file may have it.
            let trigger = Trigger { key: own, ..mark.trigger.clone() };
            self.marks.write(&Mark { trigger, ..mark.clone() })?;
            if !matches!(mark.state, MarkState::Opened { .. }) {
                self.marks.forget(&mark.trigger.key)?;
                return Ok(view);
            }
        }
        self.marks.write(&mark)?;
        Ok(view)
    }

    /// Forgets what nothing can ask for again: instants and ends that were looked at long ago.
    fn outgrow(&self, mark: &Mark) -> Result<(), CliError> {
        let is_looked_at = match mark.trigger.kind {
            TriggerKind::Schedule | TriggerKind::After => true,
            TriggerKind::Request | TriggerKind::Key => false,
        };
        if is_looked_at && self.now.since(mark.noted) > TRIGGER_LOOK_BACK {
            self.marks.forget(&mark.trigger.key)?;
        }
        Ok(())
    }
}
